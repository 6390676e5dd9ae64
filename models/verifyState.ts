import type pg from 'pg'
import { quote } from './storeNames.ts'
import { comparable, compare, outputsOf, type StoredRow } from './verdict.ts'

/**
 * Rows of a merged model's own tables that are not what its events make, though what readers see may be right: the
 * state below `having` and averages, and the values that were counted as distinct. The function that fills the model
 * fills temporary copies, of all slices; the copies go at once.
 */
export async function wrongState(client: pg.ClientBase, row: StoredRow): Promise<number> {
  const tables = await tablesOf(client, row)
  for (const table of tables) {
    await client.query(
      `create temporary table ${quote(table)} (like store.${quote(table)}) on commit drop`,
    )
  }
  await fillCopies(client, row)
  let wrong = 0
  for (const table of tables) {
    const columns = await outputsOf(client, { schema: 'store', object: table })
    const outputs = columns.map(comparable).join(', ')
    const { extra, missing } = await compare(
      client,
      `select ${outputs} from store.${quote(table)} as rows`,
      `select ${outputs} from pg_temp.${quote(table)} as rows`,
    )
    wrong += extra + missing
    await client.query(`drop table pg_temp.${quote(table)}`)
  }
  return wrong
}

async function tablesOf(
  client: pg.ClientBase,
  { schema, object, version }: StoredRow,
): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name
    from ops.store_objects($1, $2)
    join pg_class on pg_class.oid = to_regclass(substr(identity, length('table ') + 1))
    where identity like 'table %'
    order by relname`,
    [`${schema}.${object}`, version],
  )
  return rows.map(({ name }) => name)
}

async function fillCopies(
  client: pg.ClientBase,
  { schema, object, store }: StoredRow,
): Promise<void> {
  const { rows } = await client.query<{ body: string }>(
    `select prosrc as body from pg_proc where oid = to_regproc($1)`,
    [`store.${quote(`${store}_fill`)}`],
  )
  const body = rows[0]!.body.replaceAll(
    // the state and its side tables
    new RegExp(`store\\."(${store}(_distinct_\\d+)?)"`, 'g'),
    'pg_temp."$1"',
  )
  await client.query(
    `create or replace function pg_temp.sluice_fill(sluice_new ops.slice_range[]) returns void
    language plpgsql as $verify$${body}$verify$`,
  )
  await client.query('select pg_temp.sluice_fill((ops.all_slices(ops.find_model($1))).new)', [
    `${schema}.${object}`,
  ])
}
