import { beforeAll, expect, test } from 'vitest'
import { flush, PositionsMovedError } from '../../ingest/flush.ts'
import { bronzeDatabase, figuresOf, portionOf, sourceOf, stateOf, type Bronze } from './bronze.ts'
import { watchCommits } from './commitSettings.ts'
import { recordOf } from './records.ts'

let bronze: Bronze
beforeAll(async () => {
  bronze = await bronzeDatabase()
})

const recordsAt = (...offsets: number[]) =>
  offsets.map((offset) => recordOf({ offset, value: `{"n": ${offset}}` }))

test('rows, positions and ledger are stored together', async () => {
  const { owner, ingest } = bronze
  const source = await sourceOf(owner, 'together')
  const state = stateOf(source)
  state.endOffset = 40
  expect(await flush(ingest, [portionOf(state, recordsAt(3, 4, 9), 12)])).toEqual({
    rows: 3,
    deadLetters: 0,
  })
  const { rows } = await owner.query(
    `select kind, batch_no::int, from_offset::int, first_offset::int, last_offset::int, next_offset::int,
      row_count, dead_letter_count, byte_count::int, newest_kafka_at
    from ops.batches where source_id = $1`,
    [source.source_id],
  )
  expect(rows).toEqual([
    {
      kind: 'log',
      batch_no: 1,
      from_offset: 0,
      first_offset: 3,
      last_offset: 9,
      next_offset: 12,
      row_count: 3,
      dead_letter_count: 0,
      byte_count: 24,
      newest_kafka_at: new Date('2026-03-01T10:00:00Z'),
    },
  ])
  const { rows: offsets } = await owner.query(
    `select next_offset::int, next_batch_no::int, end_offset::int, stored_rows::int, newest_kafka_at
    from ops.offsets where source_id = $1`,
    [source.source_id],
  )
  expect(offsets).toEqual([
    {
      next_offset: 12,
      next_batch_no: 2,
      end_offset: 40,
      stored_rows: 3,
      newest_kafka_at: new Date('2026-03-01T10:00:00Z'),
    },
  ])
})

test('several partitions of several topics are one transaction', async () => {
  const { owner, ingest } = bronze
  const [one, two] = [await sourceOf(owner, 'multi-one', 2), await sourceOf(owner, 'multi-two')]
  await flush(ingest, [
    portionOf(stateOf(one, 0), recordsAt(0, 1)),
    portionOf(stateOf(two, 0), recordsAt(0)),
    portionOf(stateOf(one, 1), recordsAt(0, 1, 2)),
  ])
  const { rows } = await owner.query(
    `select kafka_partition, count(*)::int as rows, count(distinct xmin::text)::int as transactions
    from bronze.multi_one group by 1 order by 1`,
  )
  expect(rows).toEqual([
    { kafka_partition: 0, rows: 2, transactions: 1 },
    { kafka_partition: 1, rows: 3, transactions: 1 },
  ])
  const { rows: all } = await owner.query(
    `select count(distinct xmin::text)::int as transactions
    from (select xmin from bronze.multi_one union all select xmin from bronze.multi_two) as rows`,
  )
  expect(all).toEqual([{ transactions: 1 }])
  expect(await figuresOf(owner, two)).toMatchObject({ rows: 1, next: 1, next_batch: 2 })
})

test('a range without records moves the position and is an empty batch', async () => {
  const { owner, ingest } = bronze
  const source = await sourceOf(owner, 'empty-range')
  expect(await flush(ingest, [portionOf(stateOf(source), [], 25)])).toEqual({
    rows: 0,
    deadLetters: 0,
  })
  const { rows } = await owner.query(
    'select kind, next_offset::int, row_count from ops.batches where source_id = $1',
    [source.source_id],
  )
  expect(rows).toEqual([{ kind: 'empty', next_offset: 25, row_count: 0 }])
})

test('tombstones and null keys are rows', async () => {
  const { owner, ingest } = bronze
  const source = await sourceOf(owner, 'tombstones')
  const records = [recordOf({ offset: 0, value: null }), recordOf({ offset: 1, key: null })]
  expect(await flush(ingest, [portionOf(stateOf(source), records)])).toEqual({
    rows: 2,
    deadLetters: 0,
  })
})

test('the second of two flushes from the same position stores nothing', async () => {
  const { owner, ingest, database } = bronze
  const source = await sourceOf(owner, 'fence')
  const other = await database.client('sluice_ingest')
  await flush(ingest, [portionOf(stateOf(source), recordsAt(0, 1))])
  const late = flush(other, [portionOf(stateOf(source), recordsAt(0, 1, 2))])
  await expect(late).rejects.toThrow(PositionsMovedError)
  expect(await figuresOf(owner, source)).toEqual({
    rows: 2,
    letters: 0,
    batches: 1,
    next: 2,
    next_batch: 2,
  })
})

test('of two flushes at once from the same position one stores', async () => {
  const { owner, ingest, database } = bronze
  const source = await sourceOf(owner, 'race', 2)
  const other = await database.client('sluice_ingest')
  const portions = () =>
    [1, 0].map((partition) => portionOf(stateOf(source, partition), recordsAt(0, 1)))
  const results = await Promise.allSettled([
    flush(ingest, portions()),
    flush(other, portions().reverse()),
  ])
  expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected'])
  const lost = results.find((result) => result.status === 'rejected')
  expect(lost?.reason).toBeInstanceOf(PositionsMovedError)
  expect(await figuresOf(owner, source)).toMatchObject({ rows: 4, batches: 2, next: 2 })
})

test('one partition that moved elsewhere holds back the whole flush', async () => {
  const { owner, ingest } = bronze
  const source = await sourceOf(owner, 'partly', 2)
  await flush(ingest, [portionOf(stateOf(source, 1), recordsAt(0))])
  const both = [0, 1].map((partition) => portionOf(stateOf(source, partition), recordsAt(0, 1)))
  await expect(flush(ingest, both)).rejects.toThrow(PositionsMovedError)
  expect(await figuresOf(owner, source)).toMatchObject({
    rows: 1,
    batches: 1,
    next: 0,
    next_batch: 1,
  })
})

test('after the fence held, the connection goes on from the right position', async () => {
  const { owner, ingest } = bronze
  const source = await sourceOf(owner, 'goes-on')
  await flush(ingest, [portionOf(stateOf(source), recordsAt(0))])
  await expect(flush(ingest, [portionOf(stateOf(source), recordsAt(0))])).rejects.toThrow()
  await flush(ingest, [portionOf(stateOf(source, 0, 1, 2), recordsAt(1, 2))])
  expect(await figuresOf(owner, source)).toMatchObject({ rows: 3, batches: 2, next: 3 })
})

test('a source that was reset meanwhile takes nothing of its old generation', async () => {
  const { owner, ingest } = bronze
  const source = await sourceOf(owner, 'was-reset')
  await owner.query(`select ops.reset_source('was-reset')`)
  const late = flush(ingest, [portionOf(stateOf(source), recordsAt(0))])
  await expect(late).rejects.toThrow(PositionsMovedError)
  expect(await figuresOf(owner, source)).toMatchObject({ rows: 0, next: 0 })
})

test('the partition of today that is missing is made, and the flush succeeds', async () => {
  const { owner, ingest } = bronze
  const source = await sourceOf(owner, 'no-partition')
  const { rows } = await owner.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'bronze.no_partition'::regclass`,
  )
  for (const { name } of rows) await owner.query(`drop table ${name}`)
  await flush(ingest, [portionOf(stateOf(source), recordsAt(0, 1))])
  expect(await figuresOf(owner, source)).toMatchObject({ rows: 2, letters: 0, next: 2 })
})

test('events that Kafka keeps are committed without waiting for the disk, and that transaction alone', async () => {
  const { owner, ingest } = await bronzeDatabase()
  const seen = await watchCommits(owner)
  await flush(ingest, [portionOf(stateOf(await sourceOf(owner, 'hurried')), recordsAt(0, 1))])
  expect(await seen()).toEqual(['off'])
  const { rows } = await ingest.query('show synchronous_commit')
  expect(rows).toEqual([{ synchronous_commit: 'on' }])
})
