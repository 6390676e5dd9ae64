import { parseDecimal, printDecimal } from './decimal.ts'
import { sortedBy, type Row } from './rows.ts'

/** The columns of a model that an oracle knows, with blanks between them; so many at the front are its grain. */
export interface ModelColumns {
  grain: number
  columns: string
}

/** How many decimals a column has in the figures; and whether the database has more, which are rounded away. */
export type Decimals = Record<string, { scale: number; isRounded?: boolean }>

/**
 * What pg returned for a model, in the form of an oracle's figures: the columns that the oracle knows (a model may
 * have more), sorted by the grain, times as ISO strings, whole numbers as strings, decimals with as many digits as the
 * column has there. A decimal with a digit too many stays as it is, so that it differs, unless it `isRounded`.
 */
export function canonicalRows(
  { grain, columns }: ModelColumns,
  decimals: Decimals,
  rows: Record<string, unknown>[],
): Row[] {
  const names = columns.split(' ')
  const canonical = rows.map((row) =>
    Object.fromEntries(
      names.map((name) => [name, canonicalValue(name, decimals[name], row[name])]),
    ),
  )
  return sortedBy(canonical, names.slice(0, grain))
}

function canonicalValue(
  column: string,
  decimal: Decimals[string] | undefined,
  value: unknown,
): string | null {
  if (value === null) return null
  if (value === undefined) throw new Error(`Expected a column "${column}", found none.`)
  if (value instanceof Date) return value.toISOString()
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (!decimal) return text
  const { scale, isRounded } = decimal
  const units = parseDecimal(text, scale)
  if (units === null) return text
  const isExact = parseDecimal(text, scale + 20) === units * 10n ** 20n
  return isExact || isRounded ? printDecimal(units, scale) : text
}

/** An oracle's rows with the columns of the model alone, in the order that `canonicalRows` gives. */
export function sortedByGrain({ columns, grain }: ModelColumns, rows: Row[]): Row[] {
  const names = columns.split(' ')
  const picked = rows.map((row) => Object.fromEntries(names.map((name) => [name, row[name]!])))
  return sortedBy(picked, names.slice(0, grain))
}
