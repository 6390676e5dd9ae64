import { fromItem, rewrite, visitNodes, type Node, type Select } from './ast.ts'
import { columnList, quote } from './storeNames.ts'

/** An event table that an incremental model may read. */
export interface EventTable {
  /** As models name it: `silver.orders`. */
  name: string
  version: number
  /** The table in schema store. */
  store: string
  time: string
  /** Empty without a key. */
  key: string[]
  /** By what its partitions are unique: the key, but that of a table which is unique for ever. */
  uniqueBy: string[]
  columns: string[]
}

/** The event tables that a select reads, in the order in which it names them first. */
export function inputsOf(select: Select, tables: Map<string, EventTable>): EventTable[] {
  const inputs = new Set<EventTable>()
  visitNodes(select, (type, range) => {
    const table = type === 'RangeVar' ? tables.get(nameIn(range)) : undefined
    if (table) inputs.add(table)
  })
  return [...inputs]
}

/** Says of relations that are no event tables that they are entities, joined as they are when rows arrive. */
export function markEntities(select: Select, tables: EventTable[]): Select {
  return rewrite(select, (type, range) => {
    if (type !== 'RangeVar' || !range['schemaname']) return undefined
    if (tables.some((table) => table.name === nameIn(range))) return undefined
    return { RangeVar: { ...range, sluice_entity: true } }
  })
}

export const nameIn = (range: Node): string =>
  `${(range['schemaname'] as string | undefined) ?? ''}.${range['relname'] as string}`

/** Puts a query in the place of each event table, under the same alias. Changes the tree. */
export function replaceTables<T>(
  tree: T,
  inputs: EventTable[],
  query: (table: EventTable, inputNo: number, range: Node) => string,
): T {
  return rewrite(tree, (type, range) => {
    if (type !== 'RangeVar') return undefined
    const index = inputs.findIndex((input) => input.name === nameIn(range))
    if (index < 0) return undefined
    const alias = range['alias'] as { aliasname?: string; colnames?: unknown } | undefined
    const text = query(inputs[index]!, index + 1, range)
    return fromItem(text, alias?.aliasname ?? (range['relname'] as string), alias?.colnames)
  })
}

/** The rows of the new slices of input `inputNo`, which is counted from 1 as in ops.model_inputs. */
export function newRows({ store, time, columns }: EventTable, inputNo: number): string {
  const range = `(sluice_new[${inputNo}])`
  return `select ${columnList(columns)}
    from store.${quote(store)}
    where slice_no between ${range}.from_slice and ${range}.to_slice
      and ${quote(time)} between ${range}.from_at and ${range}.to_at`
}

/** All rows of an event table, as its view shows them. */
export function allRows({ store, columns }: EventTable): string {
  return `select ${columnList(columns)} from store.${quote(store)}`
}
