import type pg from 'pg'
import type { StoredRow } from './verdict.ts'
import { quote } from './storeNames.ts'

/** Every event of bronze through the model, its dead letters aside; columns of `parsed`. */
export function parsedFrom({ schema, object, store, floor }: StoredRow, columns: string): string {
  const name = `'${schema}.${object}'`
  const range = 'row(ranges.*)::ops.batch_range'
  return `select ${columns}
    from unnest(ops.applied_ranges(${name})) as ranges
    cross join lateral store.${quote(`${store}_parse`)}(
      ${range}, ops.dead_offsets(${name}, ${range}), '${floor.toISOString()}'
    ) as parsed`
}

/** Whether batches that a model has taken were dropped from bronze since. */
export async function hasLostBronze(client: pg.ClientBase, row: StoredRow): Promise<boolean> {
  const { rows } = await client.query<{ is_lost: boolean }>(
    `select exists (
      select
      from ops.model_inputs as inputs
      join ops.batches using (source_id)
      where inputs.model = $1
        and inputs.version = $2
        and batches.row_count > 0
        and batches.stored_at < ops.bronze_floor(substr(inputs.input, length('bronze.') + 1))
    ) as is_lost`,
    [`${row.schema}.${row.object}`, row.version],
  )
  return rows[0]!.is_lost
}

export async function falseLetters(
  client: pg.ClientBase,
  { schema, object }: StoredRow,
): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    'select count(*) from ops.false_letters($1)',
    [`${schema}.${object}`],
  )
  return Number(rows[0]!.count)
}

export const notCounted = 'events of bronze are not as the ledger counts them'

/** Events of a model's bronze tables that are not as the ledger counts them: rows lost or added since by hand. */
export async function uncountedEvents(
  client: pg.ClientBase,
  { schema, object, version }: StoredRow,
): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `select coalesce(sum(ops.uncounted_events(inputs.source_id)), 0) as count
    from ops.model_inputs as inputs
    where inputs.model = $1 and inputs.version = $2`,
    [`${schema}.${object}`, version],
  )
  return Number(rows[0]!.count)
}
