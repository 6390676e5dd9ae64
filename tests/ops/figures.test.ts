import { expect, test } from 'vitest'
import { advance, batchOf, clientAt, openSource, opsDatabase } from './ops.ts'

const ops = opsDatabase()
const second = {
  batch_no: 2,
  from_offset: 3,
  first_offset: 3,
  last_offset: 4,
  next_offset: 5,
  rows: 2,
}

test('lag: records, and seconds since the newest stored event, per partition', async () => {
  const id = await openSource(ops, 'lagging', 2)
  await advance(ops.owner, [batchOf(id, { end_offset: 13 }), batchOf(id, { partition: 1 })])
  await ops.rows(`set sluice.now = '2026-03-01T10:00:30.5Z'`)
  const lag = await ops.rows(
    `select topic, table_name, kafka_partition, next_offset::int, end_offset::int, lag_records::int, lag_seconds
    from ops.lag where topic = 'lagging' order by kafka_partition`,
  )
  await ops.rows('reset sluice.now')
  const common = { topic: 'lagging', table_name: 'lagging', next_offset: 3 }
  expect(lag).toEqual([
    { ...common, kafka_partition: 0, end_offset: 13, lag_records: 10, lag_seconds: '30.500' },
    { ...common, kafka_partition: 1, end_offset: 3, lag_records: 0, lag_seconds: '0.000' },
  ])
})

test('lag is of the newest generation only', async () => {
  const id = await openSource(ops, 'generations')
  await advance(ops.owner, [batchOf(id, { end_offset: 50 })])
  await ops.rows(`select ops.reset_source('generations')`)
  expect(await ops.rows(`select from ops.lag where topic = 'generations'`)).toEqual([])
})

test('ingest by second: rows, dead letters, bytes and batches of the last hour', async () => {
  const id = await openSource(ops, 'seconds', 2)
  const at = await clientAt(ops, '2026-03-01T10:00:00.200Z')
  await advance(at, [batchOf(id), batchOf(id, { partition: 1, rows: 2, dead_letters: 1 })])
  await at.query(`set sluice.now = '2026-03-01T10:00:01.900Z'`)
  await advance(at, [batchOf(id, second)])
  const figures = `select second_at, rows::int, dead_letters::int, bytes::int, batches::int
    from ops.ingest_by_second where topic = 'seconds' order by 1`
  expect((await at.query(figures)).rows).toEqual([
    {
      second_at: new Date('2026-03-01T10:00:00Z'),
      rows: 5,
      dead_letters: 1,
      bytes: 60,
      batches: 2,
    },
    {
      second_at: new Date('2026-03-01T10:00:01Z'),
      rows: 2,
      dead_letters: 0,
      bytes: 30,
      batches: 1,
    },
  ])
  await at.query(`set sluice.now = '2026-03-01T11:00:01Z'`)
  expect((await at.query(figures)).rows).toHaveLength(1)
})

test('batch history and source status say what is stored', async () => {
  const id = await openSource(ops, 'history', 2)
  await advance(ops.owner, [batchOf(id), batchOf(id, { partition: 1 })])
  await advance(ops.owner, [batchOf(id, { ...second, rows: 1, dead_letters: 1 })])
  expect(
    await ops.rows(
      `select kafka_partition, batch_no::int, kind, rows, dead_letters, bytes::int
      from ops.batch_history where topic = 'history' order by 1, 2`,
    ),
  ).toEqual([
    { kafka_partition: 0, batch_no: 1, kind: 'log', rows: 3, dead_letters: 0, bytes: 30 },
    { kafka_partition: 0, batch_no: 2, kind: 'log', rows: 1, dead_letters: 1, bytes: 30 },
    { kafka_partition: 1, batch_no: 1, kind: 'log', rows: 3, dead_letters: 0, bytes: 30 },
  ])
  await ops.rows(`set sluice.now = '2026-03-01T10:00:07Z'`)
  const status = await ops.rows(
    `select table_name, is_paused, partitions::int, stored_rows::int, dead_letters::int, newest_event_at,
      seconds_since_event
    from ops.source_status where topic = 'history'`,
  )
  await ops.rows('reset sluice.now')
  expect(status).toEqual([
    {
      table_name: 'history',
      is_paused: false,
      partitions: 2,
      stored_rows: 7,
      dead_letters: 1,
      newest_event_at: new Date('2026-03-01T10:00:00Z'),
      seconds_since_event: '7.000',
    },
  ])
})

test('a source that has read nothing yet has a status', async () => {
  await ops.rows(`select ops.add_source('silent')`)
  expect(
    await ops.rows(
      `select partitions::int, stored_rows::int, newest_event_at, seconds_since_event
      from ops.source_status where topic = 'silent'`,
    ),
  ).toEqual([{ partitions: 0, stored_rows: 0, newest_event_at: null, seconds_since_event: null }])
})

test('dead letters are counted by reason', async () => {
  const id = await openSource(ops, 'reasons')
  const letter = { source_id: id, generation: 1, partition: 0, batch_no: 1 }
  const at = await clientAt(ops, '2026-03-01T10:00:00Z')
  await advance(
    at,
    [batchOf(id, { rows: 0, dead_letters: 3 })],
    [
      { ...letter, offset: 0, sqlstate: '22P02', message: 'no JSON' },
      { ...letter, offset: 1, sqlstate: '22P02', message: 'no JSON' },
      { ...letter, offset: 2, sqlstate: '22003', message: 'too large' },
    ],
  )
  expect(
    await ops.rows(
      `select stage, sqlstate, message, dead_letters::int, newest_at
      from ops.dead_letters_by_reason where topic = 'reasons' order by sqlstate`,
    ),
  ).toEqual([
    {
      stage: 'ingest',
      sqlstate: '22003',
      message: 'too large',
      dead_letters: 1,
      newest_at: new Date('2026-03-01T10:00:00Z'),
    },
    {
      stage: 'ingest',
      sqlstate: '22P02',
      message: 'no JSON',
      dead_letters: 2,
      newest_at: new Date('2026-03-01T10:00:00Z'),
    },
  ])
})

test('the messages of many dead letters are not sorted to find the newest', async () => {
  const id = await openSource(ops, 'many-reasons')
  await ops.rows(
    `insert into ops.dead_letters
      (source_id, generation, kafka_partition, kafka_offset, stage, sqlstate, message, payload, failed_at)
    select $1, 1, 0, n, 'ingest', '22P02', 'no JSON at ' || n, convert_to(repeat('x', 1000), 'UTF8'),
      timestamptz '2026-03-01T10:00:00Z' + n * interval '1 second'
    from generate_series(1, 5000) as n`,
    [id],
  )
  await ops.rows('analyze ops.dead_letters')
  const reasons = `select message, dead_letters::int from ops.dead_letters_by_reason where topic = 'many-reasons'`
  expect(await ops.rows(reasons)).toEqual([{ message: 'no JSON at 5000', dead_letters: 5_000 }])
  const plan = JSON.stringify(await ops.rows(`explain ${reasons}`))
  expect(plan).toContain('Index Scan Backward using dead_letters_reason_idx')
})

test('incidents have their topics', async () => {
  const id = await openSource(ops, 'incidents')
  await ops.rows('select ops.stop_source($1, 1::smallint, 0, 9, 4)', [id])
  expect(
    await ops.rows(
      `select kind, kafka_partition, resolved_at from ops.incident_log where topic = 'incidents'`,
    ),
  ).toEqual([{ kind: 'topic_recreated', kafka_partition: 0, resolved_at: null }])
})

test('table sizes add up the partitions of a table', async () => {
  await ops.rows(`select ops.add_source('sized')`)
  await ops.rows(
    `insert into bronze.sized (generation, kafka_partition, kafka_offset, batch_no, kafka_at)
    select 1, 0, n, 1, now() from generate_series(1, 1000) as n`,
  )
  await ops.rows('analyze bronze.sized')
  expect(
    await ops.rows(
      `select layer, estimated_rows::int, total_bytes > 50000 as is_large
      from ops.table_sizes where table_name like 'sized%'`,
    ),
  ).toEqual([{ layer: 'bronze', estimated_rows: 1000, is_large: true }])
})
