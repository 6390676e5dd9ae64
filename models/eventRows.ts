import { copyOf, fromItem, rewrite } from './ast.ts'
import type { EventTable } from './eventTables.ts'
import type { Flat } from './flatten.ts'
import { identity, namesColumn } from './order.ts'
import { columnList, quote } from './storeNames.ts'

/** That rows of an event table are of the new slices. */
export function newOnly(table: EventTable, inputs: EventTable[]): string[] {
  const range = `(sluice_new[${inputs.indexOf(table) + 1}])`
  return [
    `slice_no between ${range}.from_slice and ${range}.to_slice`,
    `${quote(table.time)} between ${range}.from_at and ${range}.to_at`,
  ]
}

/** The rows of an event table under conditions, with their identity where the select asks for it. */
export function rowsOf(
  { store, columns, key }: EventTable,
  select: unknown,
  conditions: string[],
): string {
  const identities = ['sluice_source_id', 'sluice_generation', 'sluice_partition', 'sluice_offset']
  const row = `, row(${[...identities, ...key.map(quote)].join(', ')}) as ${identity}`
  const where = conditions.length > 0 ? `\n    where ${conditions.join('\n      and ')}` : ''
  return `select ${columnList(columns)}${namesColumn(select, identity) ? row : ''}
    from store.${quote(store)}${where}`
}

/** A copy of a tree in which each numbered event table is a query. */
export function readTables<T>(
  tree: T,
  { occurrences }: Flat,
  query: (table: EventTable, occurrence: number) => string,
): T {
  return rewrite(copyOf(tree), (type, range) => {
    const number = range['sluice_no'] as number | undefined
    if (type !== 'RangeVar' || number === undefined) return undefined
    const alias = range['alias'] as { aliasname?: string; colnames?: unknown } | undefined
    const text = query(occurrences[number - 1]!, number)
    return fromItem(text, alias?.aliasname ?? (range['relname'] as string), alias?.colnames)
  })
}
