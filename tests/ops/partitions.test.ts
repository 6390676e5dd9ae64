import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { clientAt, opsDatabase } from './ops.ts'

const ops = opsDatabase()

/** The days of a table's partitions, with their bounds. */
const partitionsOf = async (table: string) =>
  (
    await ops.rows<{ name: string }>(
      `select inhrelid::regclass::text as name from pg_inherits
      where inhparent = format('bronze.%I', $1::text)::regclass order by 1`,
      [table],
    )
  ).map(({ name }) => name.slice(-8))

test('partitions are days of UTC: yesterday, today and three days ahead, whatever the time zone', async () => {
  const client = await clientAt(ops, '2026-03-01T23:30:00Z')
  await client.query(`set timezone = 'Pacific/Auckland'; set datestyle = 'German'`)
  await client.query(`select ops.add_source('days')`)
  expect(await partitionsOf('days')).toEqual([
    '20260228',
    '20260301',
    '20260302',
    '20260303',
    '20260304',
  ])
  const { rows } = await ops.owner
    .query(
      `set timezone = 'UTC';
    select pg_get_expr(relpartbound, oid) as bound from pg_class where oid = 'bronze.days_20260301'::regclass`,
    )
    .then((results) => (results as unknown as { rows: unknown[] }[])[1]!)
  expect(rows).toEqual([
    { bound: `FOR VALUES FROM ('2026-03-01 00:00:00+00') TO ('2026-03-02 00:00:00+00')` },
  ])
})

test('missing days are made, and only those', async () => {
  const client = await clientAt(ops, '2026-03-01T12:00:00Z')
  await client.query(`select ops.add_source('missing')`)
  await client.query('drop table bronze.missing_20260301')
  const make = (table: string) =>
    client.query<{ made: number }>('select ops.make_bronze_partitions($1, 4) as made', [table])
  expect((await make('missing')).rows).toEqual([{ made: 2 }])
  expect((await make('missing')).rows).toEqual([{ made: 0 }])
  expect(await partitionsOf('missing')).toContain('20260301')
  expect(await partitionsOf('missing')).toContain('20260305')
})

test('two sessions that make them at once make each once, and neither fails', async () => {
  const [one, two] = [
    await clientAt(ops, '2026-05-01T12:00:00Z'),
    await clientAt(ops, '2026-05-01T12:00:00Z'),
  ]
  await ops.rows(`select ops.add_source('both')`)
  const make = 'select ops.make_bronze_partitions() as made'
  await one.query('begin')
  const first = await one.query<{ made: number }>(make)
  const second = two.query<{ made: number }>(make)
  await until('the second waits for the first', async () => {
    const waiting = `select from pg_locks where locktype = 'advisory' and not granted`
    return (await ops.rows(waiting)).length > 0
  })
  await one.query('commit')
  expect(first.rows[0]!.made).toBeGreaterThanOrEqual(5)
  expect((await second).rows).toEqual([{ made: 0 }])
})

test('the hourly job waits for an apply that makes some, however long that takes', async () => {
  const [applying, job] = [
    await clientAt(ops, '2026-05-01T12:00:00Z'),
    await clientAt(ops, '2026-05-01T12:00:00Z'),
  ]
  await applying.query('begin')
  await applying.query('select ops.make_bronze_partitions()')
  const running = job.query(`select ops.run_job('make bronze partitions')`)
  await until('it has waited for longer than for a table', async () => {
    const waiting = `select from pg_locks
      join pg_stat_activity using (pid)
      where locktype = 'advisory' and not granted and query like '%make bronze partitions%'
        and query_start < clock_timestamp() - interval '1 second'`
    return (await ops.rows(waiting)).length > 0
  })
  await applying.query('commit')
  await running
  expect(await ops.rows(`select subject from ops.health where problem like 'job%'`)).toEqual([])
})

test('rows of the ingester go into the partition of their day, also tomorrow', async () => {
  const client = await clientAt(ops, '2026-03-01T12:00:00Z')
  await client.query(`select ops.add_source('routed')`)
  const insert = `insert into bronze.routed (generation, kafka_partition, kafka_offset, batch_no, kafka_at)
    values (1, 0, 0, 1, now())`
  await client.query(insert)
  await client.query(`set sluice.now = '2026-03-02T00:00:00Z'`)
  await client.query(insert)
  const rows = await ops.rows(
    'select tableoid::regclass::text as name from bronze.routed order by 1',
  )
  expect(rows).toEqual([{ name: 'bronze.routed_20260301' }, { name: 'bronze.routed_20260302' }])
})

test('a day past the last partition is an error without the name of a constraint', async () => {
  const client = await clientAt(ops, '2026-03-01T12:00:00Z')
  await client.query(`select ops.add_source('overrun')`)
  await client.query(`set sluice.now = '2026-03-09T00:00:00Z'`)
  const insert = client.query(`insert into bronze.overrun
    (generation, kafka_partition, kafka_offset, batch_no, kafka_at) values (1, 0, 0, 1, now())`)
  await expect(insert).rejects.toMatchObject({ code: '23514', constraint: undefined })
})

test('only partitions that lie wholly before the retention are dropped', async () => {
  const client = await clientAt(ops, '2026-03-01T12:00:00Z')
  await client.query(`select ops.add_source('expiring', p_retain => '2 days')`)
  await client.query(`select ops.add_source('kept')`)
  const dropAt = async (time: string) => {
    await client.query(`select set_config('sluice.now', $1, false)`, [time])
    await client.query('select ops.drop_expired_partitions()')
    return (await partitionsOf('expiring'))[0]
  }
  expect(await dropAt('2026-03-02T23:59:59Z')).toBe('20260228')
  // the last row of 28 February is two days old now
  expect(await dropAt('2026-03-03T00:00:00Z')).toBe('20260301')
  expect(await dropAt('2026-03-03T23:59:59Z')).toBe('20260301')
  expect(await dropAt('2026-03-06T00:00:00Z')).toBe('20260304')
  expect(await partitionsOf('kept')).toHaveLength(5)
})

test('a table that is in use is left for the next run, and keeps no other from being dropped', async () => {
  const client = await clientAt(ops, '2026-03-01T12:00:00Z')
  for (const topic of ['before', 'in-use', 'later'])
    await client.query(`select ops.add_source($1, p_retain => '1 day')`, [topic])
  const reader = await ops.database.client()
  await reader.query('begin')
  await reader.query('select from bronze.in_use')
  const dropAt = async (time: string) => {
    await client.query(`select set_config('sluice.now', $1, false)`, [time])
    const { rows } = await client.query<{ outcome: string }>(
      `select ops.run_job('drop expired partitions') as outcome`,
    )
    return rows[0]!.outcome
  }
  const waiting = async () =>
    (
      await client.query<Record<string, unknown>>(
        `select subject, message from ops.health where problem = 'retention waits' or subject = 'drop expired partitions'`,
      )
    ).rows
  // the last row of 28 February is a day old, of 1 March not yet
  expect(await dropAt('2026-03-02T12:00:00Z')).toBe('ok')
  expect(await partitionsOf('before')).toHaveLength(4)
  expect(await partitionsOf('in_use')).toHaveLength(5)
  expect(await partitionsOf('later')).toHaveLength(4)
  expect(await waiting()).toEqual([])
  expect(await dropAt('2026-03-03T00:00:01Z')).toBe('ok')
  expect(await waiting()).toEqual([
    {
      subject: 'in-use',
      message:
        'bronze.in_use_20260228 should have been dropped more than a day ago, one of 1 such days',
    },
  ])
  await reader.query('commit')
  expect(await dropAt('2026-03-03T00:00:02Z')).toBe('ok')
  expect(await partitionsOf('in_use')).toHaveLength(3)
  expect(await waiting()).toEqual([])
})
