import pg from 'pg'
import type { Model } from './model.ts'

export const quote = (name: string): string => pg.escapeIdentifier(name)

/** `silver.orders`, quoted where need be. */
export function qualified({ schema, object }: { schema: string; object: string }): string {
  return `${quote(schema)}.${quote(object)}`
}

/** The table of one version of a model, without its schema, which is `store`. */
export function storeName({ schema, object }: { schema: string; object: string }, version: number) {
  return `${schema}_${object}_v${version}`
}

/** Names in schema store get endings of up to 18 characters; PostgreSQL cuts at 63. */
const longestName = 45

/** Why a model can't be kept in a table under its name. */
export function nameProblem(model: Model): string | undefined {
  const length = `${model.schema}_${model.object}`.length
  if (length <= longestName) return undefined
  return `The name ${model.name} is ${length} characters long; a model in a table has at most ${longestName}`
}

/** A column of a model as the server describes it. */
export interface Column {
  name: string
  /** As format_type writes it, with its modifier: `numeric(12,2)`. */
  type: string
  /** As SQL, where it is not that of the type and was asked for. */
  collation?: string
}

/** A column's type with its collation, as `create table` takes it. */
export const columnType = ({ type, collation }: Column): string =>
  collation === undefined ? type : `${type} collate ${collation}`

/** Columns of what a function gives, whose type has no collation, in their own. */
export const collated = (columns: Column[], prefix: string): string =>
  columns
    .map(({ name, collation }) => {
      const value = `${prefix}${quote(name)}`
      return collation === undefined ? value : `${value} collate ${collation} as ${quote(name)}`
    })
    .join(', ')

export const columnList = (names: string[], prefix = ''): string =>
  names.map((name) => `${prefix}${quote(name)}`).join(', ')
