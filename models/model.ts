import type { Structure } from './structure.ts'

export const kinds = [
  'event',
  'entity',
  'incremental',
  'materialized',
  'view',
  'routine',
  'sources',
] as const
export type Kind = (typeof kinds)[number]

/** One header line, `-- key: value`, and where its value stands in the file. */
export interface HeaderLine {
  value: string
  offset: number
}

/** One model file, read and parsed. */
export interface Model {
  /** Schema-qualified, as `gold.hourly_sales`; of a sources file `<domain>.sources`. */
  name: string
  schema: string
  object: string
  kind: Kind
  /** As shown to people: relative to the working folder. */
  path: string
  description: string
  header: Record<string, HeaderLine>
  text: string
  checksum: string
  /** The statements after the header; `bodyOffset` is where they begin in `text`. */
  body: string
  bodyOffset: number
  structure: Structure
}

/** The columns that a header line names: `-- grain: a, b`. */
export function columnsOf(model: Model, key: string): string[] {
  const line = model.header[key]
  return line ? line.value.split(',').map((column) => column.trim()) : []
}

export const relationKinds: readonly Kind[] = [
  'event',
  'entity',
  'incremental',
  'materialized',
  'view',
]

export function isRelation(kind: Kind): boolean {
  return relationKinds.includes(kind)
}

/** The kinds that are kept in tables of schema store, with a view on top. */
export function isTable(kind: Kind): boolean {
  return kind === 'event' || kind === 'entity' || kind === 'incremental'
}
