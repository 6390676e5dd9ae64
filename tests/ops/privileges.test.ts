import { beforeAll, expect, test } from 'vitest'
import type { Role } from '../../cli/database.ts'
import { testDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase('applied')
})

/** Rows of the last statement, with a connection of its own. */
const as = async (role: Role, ...statements: string[]): Promise<unknown[]> => {
  const client = await database.client(role)
  let rows: unknown[] = []
  for (const sql of statements) rows = (await client.query<Record<string, unknown>>(sql)).rows
  return rows
}
const denied = { code: '42501' }
const insert = `insert into bronze.ecommerce_cart (generation, kafka_partition, kafka_offset, batch_no, kafka_at)
  values (1, 0, 0, 1, now())`

test('sluice_ingest writes bronze and cannot read it', async () => {
  await as('sluice_ingest', insert)
  await expect(as('sluice_ingest', 'select * from bronze.ecommerce_cart')).rejects.toMatchObject(
    denied,
  )
  await expect(as('sluice_ingest', 'delete from bronze.ecommerce_cart')).rejects.toMatchObject(
    denied,
  )
  await expect(as('sluice_ingest', 'select * from gold.hourly_sales')).rejects.toMatchObject(denied)
})

test('sluice_ingest calls what ingest needs, and changes neither sources nor positions otherwise', async () => {
  expect((await as('sluice_ingest', 'select * from ops.ingest_sources()')).length).toBeGreaterThan(
    3,
  )
  await as('sluice_ingest', 'select * from ops.read_positions(1, 1::smallint)')
  await as('sluice_ingest', `select ops.advance('[]', '[]')`)
  await as('sluice_ingest', `select ops.report_ends('[]')`)
  await as('sluice_ingest', 'select ops.make_bronze_partitions()')
  for (const sql of [
    `select ops.add_source('x')`,
    `select ops.reset_source('ecommerce-cart')`,
    `select ops.drop_source('ecommerce-cart', true)`,
    `select ops.run_job('make bronze partitions')`,
    'update ops.offsets set next_offset = 0',
    'select * from ops.dead_letters',
  ]) {
    await expect(as('sluice_ingest', sql), sql).rejects.toMatchObject(denied)
  }
})

test('sluice_refresh runs jobs and makes none', async () => {
  await as('sluice_refresh', 'select * from ops.due_jobs()')
  expect(await as('sluice_refresh', `select ops.run_job('forget old job runs') as o`)).toEqual([
    { o: 'ok' },
  ])
  for (const sql of [
    `select ops.put_job('x', 'drop schema gold cascade', '1 day')`,
    `select ops.drop_job('forget old job runs')`,
    `insert into ops.jobs (job_name, command, every) values ('x', 'y', '1 day')`,
    `select ops.refresh_materialized('gold', 'bought_together')`,
    insert,
  ]) {
    await expect(as('sluice_refresh', sql), sql).rejects.toMatchObject(denied)
  }
})

test('grafana_reader reads silver, gold and the views of ops, and no table of ops nor bronze', async () => {
  const { rows } = await (
    await database.client()
  ).query<{ name: string; readable: boolean; is_open: boolean }>(
    `select format('%I.%I', nspname, relname) as name,
      has_any_column_privilege('grafana_reader', pg_class.oid, 'select') as readable,
      nspname in ('silver', 'gold') or nspname = 'ops' and relkind = 'v' as is_open
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where nspname in ('bronze', 'silver', 'gold', 'store', 'ops') and relkind in ('r', 'p', 'v', 'm')`,
  )
  expect(rows.filter(({ readable, is_open }) => readable !== is_open)).toEqual([])
  expect(rows.filter(({ is_open }) => is_open).length).toBeGreaterThan(20)
})

test.each(['grafana_reader', 'analyst'] as const)(
  '%s cannot write, even when it asks to',
  async (role) => {
    const writable = 'set default_transaction_read_only = off'
    for (const writing of [
      'create table gold.mine (n int)',
      insert,
      'delete from ops.dead_letters',
    ]) {
      await expect(as(role, writable, writing), writing).rejects.toMatchObject(denied)
    }
  },
)

test('grafana_reader gives up after 15 s', async () => {
  expect(await as('grafana_reader', 'show statement_timeout')).toEqual([
    { statement_timeout: '15s' },
  ])
})

test('analyst reads bronze, gold and the tables of ops', async () => {
  for (const table of [
    'bronze.ecommerce_cart',
    'gold.hourly_sales',
    'silver.purchases',
    'ops.dead_letters',
  ]) {
    await as('analyst', `select * from ${table} limit 1`)
  }
  await expect(as('analyst', `select ops.pause_source('ecommerce-cart')`)).rejects.toMatchObject(
    denied,
  )
})

test('partitions that are made later have the rights of the first ones', async () => {
  await (
    await database.client()
  ).query(
    `set sluice.now = '2031-01-01T00:00:00Z'; select ops.make_bronze_partitions('ecommerce_cart')`,
  )
  await as('analyst', 'select * from bronze.ecommerce_cart_20310101')
  await as(
    'sluice_ingest',
    insert
      .replace('ecommerce_cart', 'ecommerce_cart_20310101')
      .replace('kafka_at)', 'kafka_at, ingested_at)')
      .replace('now())', `now(), '2031-01-01T00:00:00Z')`),
  )
})

/** Who may call which function of the engine, but for its owner. */
const callable: Record<string, string[]> = {
  now: ['public'],
  advance: ['sluice_ingest'],
  hold_folder: ['sluice_ingest'],
  ingest_sources: ['sluice_ingest'],
  leave_folder: ['sluice_ingest'],
  make_bronze_partitions: ['sluice_ingest', 'sluice_refresh'],
  move_files: ['sluice_ingest'],
  open_files: ['sluice_ingest'],
  open_partitions: ['sluice_ingest'],
  read_files: ['sluice_ingest'],
  read_positions: ['sluice_ingest'],
  report_ends: ['sluice_ingest'],
  report_files: ['sluice_ingest'],
  report_lost_records: ['sluice_ingest'],
  source_redactions: ['sluice_ingest'],
  start_file: ['sluice_ingest'],
  stop_file: ['sluice_ingest'],
  stop_source: ['sluice_ingest'],
  count_stored: ['analyst', 'sluice_refresh'],
  catch_up: ['sluice_refresh'],
  drop_expired_partitions: ['sluice_refresh'],
  due_jobs: ['sluice_refresh'],
  record_job_run: ['sluice_refresh'],
  run_due_job: ['sluice_refresh'],
  run_job: ['sluice_refresh'],
  tick: ['sluice_refresh'],
  try_catch_up: ['sluice_refresh'],
  try_tick: ['sluice_refresh'],
}

test('no function of the engine can be called by others than is meant', async () => {
  const { rows } = await (
    await database.client()
  ).query<{ name: string; roles: string[] }>(
    `select proname as name, array_agg(coalesce(rolname, 'public')::text order by rolname) as roles
    from pg_proc
    cross join lateral aclexplode(coalesce(proacl, acldefault('f', proowner))) as rights
    left join pg_roles on pg_roles.oid = rights.grantee
    where pronamespace = 'ops'::regnamespace and rights.grantee <> proowner
    group by proname`,
  )
  expect(Object.fromEntries(rows.map(({ name, roles }) => [name, roles]))).toEqual(callable)
})

test('every function that acts as its owner has a fixed search_path', async () => {
  const { rows } = await (
    await database.client()
  ).query(
    `select proname from pg_proc
    where pronamespace in ('ops'::regnamespace, 'store'::regnamespace) and prosecdef
      and not coalesce(proconfig, '{}') && array['search_path=pg_catalog, pg_temp']`,
  )
  expect(rows).toEqual([])
})

test('no schema of Sluice is open for others to make things in', async () => {
  const { rows } = await (
    await database.client()
  ).query(
    `select nspname, role from pg_namespace
    cross join unnest(array['public', 'sluice_ingest', 'sluice_refresh', 'grafana_reader', 'analyst']) as role
    where nspname in ('bronze', 'silver', 'gold', 'store', 'ops')
      and has_schema_privilege(role, nspname, 'create')`,
  )
  expect(rows).toEqual([])
})
