import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { EventTable } from './eventTables.ts'
import { columnList, quote } from './storeNames.ts'

/** An index by which a model finds rows of an event table below it. It stays when the model goes: others may use it. */
export interface EventIndex {
  /** The table's name in schema store. */
  store: string
  columns: string[]
}

/** None where the index of the table's key begins with these columns, as it does with no columns at all. */
export const indexOn = ({ store, uniqueBy }: EventTable, ...columns: string[]): EventIndex[] =>
  columns.every((column, index) => column === uniqueBy[index]) ? [] : [{ store, columns }]

/** Made within a transaction, an index of a table of this size holds up ticks for about a tenth of a second. */
const smallBytes = 16 * 1024 * 1024

/**
 * Makes an index that is not there yet, within the transaction, of those that partitions have already, where they have.
 * Not where others use the table, and so much of it has none that ticks would wait for long: then it returns false, and
 * nothing was done.
 */
export async function makeIndex(
  client: pg.ClientBase,
  index: EventIndex,
  isNewTable: boolean,
): Promise<boolean> {
  const partitions = isNewTable ? [] : await partitionsWithout(client, index)
  const bytes = partitions.reduce((sum, partition) => sum + Number(partition.bytes), 0)
  if (bytes > smallBytes || partitions.some((partition) => partition.hasInvalid)) return false
  await client.query(
    `create index if not exists ${quote(nameOf(index))} on ${tableOf(index)} (${columnList(index.columns)})`,
  )
  return true
}

/** Makes an index for each partition that has none while ticks go on, outside of any transaction. */
export async function makeIndexAside(client: pg.ClientBase, index: EventIndex): Promise<void> {
  for (const { name, hasInvalid } of await partitionsWithout(client, index)) {
    const one = { store: name, columns: index.columns }
    if (hasInvalid) {
      await client.query(`drop index concurrently if exists store.${quote(nameOf(one))}`)
    }
    await client.query(
      `create index concurrently ${quote(nameOf(one))} on ${tableOf(one)} (${columnList(one.columns)})`,
    )
  }
}

interface Partition {
  name: string
  bytes: string
  /** Whether a build that came to no end left an index. */
  hasInvalid: boolean
}

/** Those whose index is neither a part of the table's nor made aside to become one. */
async function partitionsWithout(client: pg.ClientBase, index: EventIndex): Promise<Partition[]> {
  const { rows } = await client.query<
    Partition & { indexes: { name: string; isPart: boolean; isValid: boolean }[] }
  >(
    `select
      partitions.relname as name,
      pg_relation_size(partitions.oid) as bytes,
      coalesce((
        select jsonb_agg(jsonb_build_object(
          'name', indexes.relname,
          'isPart', coalesce(inhparent = to_regclass('store.' || quote_ident($2)), false),
          'isValid', indisvalid
        ))
        from pg_index
        join pg_class as indexes on indexes.oid = indexrelid
        left join pg_inherits on inhrelid = indexrelid
        where indrelid = partitions.oid
      ), '[]') as indexes
    from pg_partition_tree(to_regclass('store.' || quote_ident($1))) as tree
    join pg_class as partitions on partitions.oid = tree.relid
    where tree.isleaf and tree.level > 0
    order by 1`,
    [index.store, nameOf(index)],
  )
  return rows.flatMap(({ name, bytes, indexes }) => {
    const own = nameOf({ store: name, columns: index.columns })
    const found = indexes.find((one) => one.isPart || one.name === own)
    return found?.isValid ? [] : [{ name, bytes, hasInvalid: found !== undefined }]
  })
}

const tableOf = ({ store }: EventIndex) => `store.${quote(store)}`

/** PostgreSQL would cut it, and two could be one. */
function nameOf({ store, columns }: EventIndex): string {
  const name = `${store}_${columns.join('_')}_idx`
  if (name.length <= 63) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8)
  return `${store.slice(0, 50)}_${hash}_idx`
}
