import pg from 'pg'
import { quote } from './storeNames.ts'
import { comparable, compare, outputsOf, type StoredRow } from './verdict.ts'

/**
 * Rows of a merged model's own tables that are not what its events make, though what readers see may be right: the
 * state below `having` and averages, and the values that were counted as distinct. The function that fills the model
 * fills temporary copies, of all slices; the copies go at once.
 */
export async function wrongState(client: pg.ClientBase, row: StoredRow): Promise<number> {
  const body = await fillOf(client, row)
  if (body === undefined) return 0
  const tables = await tablesOf(client, row)
  for (const table of tables) {
    await client.query(
      `create temporary table ${quote(table)} (like store.${quote(table)}) on commit drop`,
    )
  }
  await fillCopies(client, row, body, tables)
  let wrong = 0
  for (const table of tables) {
    const columns = await outputsOf(client, { schema: 'store', object: table })
    const outputs = columns.map((output) => comparable(output)).join(', ')
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

/** The body of the filling function; undefined where there can be no copies. */
async function fillOf(client: pg.ClientBase, { store }: StoredRow): Promise<string | undefined> {
  const { rows } = await client.query<{ body: string }>(
    `select prosrc as body
    from pg_proc
    where oid = to_regproc($1)
      and has_database_privilege(current_database(), 'temp')`,
    [`store.${quote(`${store}_fill`)}`],
  )
  return rows[0]?.body
}

async function fillCopies(
  client: pg.ClientBase,
  { schema, object }: StoredRow,
  body: string,
  tables: string[],
): Promise<void> {
  const ofCopies = tables.reduce(
    (text, table) => text.replaceAll(`store.${quote(table)}`, `pg_temp.${quote(table)}`),
    body,
  )
  await client.query(
    `create or replace function pg_temp.sluice_fill(sluice_new ops.slice_range[]) returns void
    language plpgsql as ${pg.escapeLiteral(ofCopies)}`,
  )
  await client.query('select pg_temp.sluice_fill((ops.all_slices(ops.find_model($1))).new)', [
    `${schema}.${object}`,
  ])
}
