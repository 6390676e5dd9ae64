import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { advance, batchOf, openSource, opsDatabase } from './ops.ts'

const ops = opsDatabase()

const position = async (id: number, partition = 0) =>
  (
    await ops.rows(
      `select next_offset::int, next_batch_no::int, end_offset::int, stored_rows::int, dead_letters::int
      from ops.offsets where source_id = $1 and kafka_partition = $2`,
      [id, partition],
    )
  )[0]
const begin = { next_offset: 0, next_batch_no: 1, end_offset: 0, stored_rows: 0, dead_letters: 0 }

const letterOf = (source_id: number, given: Record<string, unknown> = {}) => ({
  source_id,
  generation: 1,
  partition: 0,
  batch_no: 1,
  offset: 1,
  kafka_at: '2026-03-01T10:00:00Z',
  key: null,
  payload: null,
  headers: null,
  sqlstate: '22P02',
  message: 'why',
  ...given,
})

test('positions, counts and the ledger move together', async () => {
  const id = await openSource(ops, 'moves')
  await advance(
    ops.owner,
    [batchOf(id, { rows: 2, dead_letters: 1, end_offset: 10 })],
    [letterOf(id)],
  )
  expect(await position(id)).toEqual({
    next_offset: 3,
    next_batch_no: 2,
    end_offset: 10,
    stored_rows: 2,
    dead_letters: 1,
  })
  expect(
    await ops.rows(
      'select kind, batch_no::int, row_count, dead_letter_count from ops.batches where source_id = $1',
      [id],
    ),
  ).toEqual([{ kind: 'log', batch_no: 1, row_count: 2, dead_letter_count: 1 }])
})

test('the newest time and the end never move back behind what is stored', async () => {
  const id = await openSource(ops, 'forwards')
  await advance(ops.owner, [batchOf(id, { newest_kafka_at: '2026-03-02T00:00:00Z' })])
  const second = { batch_no: 2, from_offset: 3, first_offset: 3, last_offset: 4, next_offset: 5 }
  await advance(ops.owner, [batchOf(id, { ...second, end_offset: 4 })])
  expect(await position(id)).toMatchObject({ next_offset: 5, end_offset: 5 })
  expect(
    await ops.rows('select newest_kafka_at as at from ops.offsets where source_id = $1', [id]),
  ).toEqual([{ at: new Date('2026-03-02T00:00:00Z') }])
})

test.each([
  ['another from_offset', { from_offset: 1, first_offset: 1 }],
  ['a batch number too high', { batch_no: 2 }],
  ['a batch number too low', { batch_no: 0 }],
  ['another generation', { generation: 2 }],
  ['a partition that was never opened', { partition: 7 }],
])('%s is SL001, and nothing is stored', async (what, wrong) => {
  const id = await openSource(ops, what.replaceAll(' ', '-'))
  const advancing = advance(ops.owner, [batchOf(id, wrong)], [letterOf(id)])
  await expect(advancing).rejects.toMatchObject({
    code: 'SL001',
    message: 'Positions moved elsewhere: 0 of 1 partitions are where the copy began',
    hint: expect.stringContaining('Read positions again') as string,
  })
  expect(await position(id)).toEqual(begin)
  expect(await ops.rows('select from ops.dead_letters where source_id = $1', [id])).toEqual([])
})

test('an old generation is refused although its position still fits', async () => {
  const id = await openSource(ops, 'was-reset')
  await ops.rows(`select ops.reset_source('was-reset')`)
  await expect(advance(ops.owner, [batchOf(id)])).rejects.toMatchObject({ code: 'SL001' })
})

test('one partition of two that does not fit holds back both', async () => {
  const id = await openSource(ops, 'both', 2)
  const batches = [batchOf(id), batchOf(id, { partition: 1, from_offset: 1, first_offset: 1 })]
  await expect(advance(ops.owner, batches)).rejects.toMatchObject({
    message: 'Positions moved elsewhere: 1 of 2 partitions are where the copy began',
  })
  expect([await position(id, 0), await position(id, 1)]).toEqual([begin, begin])
})

test('the same partition twice in one call is refused', async () => {
  const id = await openSource(ops, 'doubled')
  await expect(advance(ops.owner, [batchOf(id), batchOf(id)])).rejects.toMatchObject({
    code: 'SL001',
  })
  expect(await position(id)).toEqual(begin)
})

test('a range without records is an empty batch', async () => {
  const id = await openSource(ops, 'hollow')
  const none = { first_offset: null, last_offset: null, rows: 0, bytes: 0, newest_kafka_at: null }
  await advance(ops.owner, [batchOf(id, none)])
  expect(await ops.rows('select kind from ops.batches where source_id = $1', [id])).toEqual([
    { kind: 'empty' },
  ])
})

test.each([
  ['a first record before the range', { first_offset: -1 }, 'offsets_are_in_order'],
  ['a last record before the first', { first_offset: 2, last_offset: 1 }, 'offsets_are_in_order'],
  ['a range that ends at its last record', { next_offset: 2 }, 'offsets_are_in_order'],
  ['rows in an empty range', { first_offset: null, last_offset: null }, 'offsets_are_in_order'],
  [
    'an empty range of no length',
    { first_offset: null, last_offset: null, rows: 0, next_offset: 0 },
    'offsets_are_in_order',
  ],
  ['a negative count', { rows: -1 }, 'counts_are_not_negative'],
])('the ledger refuses %s', async (what, wrong, constraint) => {
  const id = await openSource(ops, `ledger-${what.replaceAll(' ', '-')}`)
  const advancing = advance(ops.owner, [batchOf(id, wrong)])
  await expect(advancing).rejects.toMatchObject({ code: '23514', constraint })
  expect(await position(id)).toEqual(begin)
})

test('replays count downwards in the ledger, and the log never does', async () => {
  const id = await openSource(ops, 'replays')
  const insert = (kind: string, batchNo: number) =>
    ops.rows(`insert into ops.batches values ($1, 1, 0, $2, $3, 1, 1, 2, 6, 2, 0, 10, null)`, [
      id,
      batchNo,
      kind,
    ])
  await insert('replay', -1)
  const constraint = 'replays_count_downwards'
  await expect(insert('replay', 1)).rejects.toMatchObject({ constraint })
  await expect(insert('log', -2)).rejects.toMatchObject({ constraint })
})

test('dead letters keep their exact bytes, headers, time and reason', async () => {
  const id = await openSource(ops, 'letters')
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
  const letter = letterOf(id, {
    key: Buffer.from([0, 255]).toString('base64'),
    payload: bytes.toString('base64'),
    headers: { h: ['1', null] },
  })
  await advance(ops.owner, [batchOf(id, { rows: 2, dead_letters: 1 })], [letter])
  expect(
    await ops.rows(
      `select kafka_offset::int, stage, batch_no::int, kafka_at, kafka_key, payload, headers, sqlstate, message
      from ops.dead_letters where source_id = $1`,
      [id],
    ),
  ).toEqual([
    {
      kafka_offset: 1,
      stage: 'ingest',
      batch_no: 1,
      kafka_at: new Date('2026-03-01T10:00:00Z'),
      kafka_key: Buffer.from([0, 255]),
      payload: bytes,
      headers: { h: ['1', null] },
      sqlstate: '22P02',
      message: 'why',
    },
  ])
})

test('two calls in opposite orders of partitions wait for each other, and never in a circle', async () => {
  const id = await openSource(ops, 'circle', 2)
  const [one, two] = [await ops.database.client(), await ops.database.client()]
  for (let batch = 1; batch <= 20; batch += 1) {
    const from = (batch - 1) * 3
    const next = {
      batch_no: batch,
      from_offset: from,
      first_offset: from,
      last_offset: from,
      next_offset: from + 3,
    }
    const batches = [0, 1].map((partition) => batchOf(id, { ...next, partition }))
    const results = await Promise.allSettled([
      advance(one, batches),
      advance(two, batches.toReversed()),
    ])
    const failed = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    )
    expect(failed).toMatchObject([{ code: 'SL001' }])
  }
  expect(await position(id, 1)).toMatchObject({ next_offset: 60, next_batch_no: 21 })
})

test('who waits for the position of one partition holds none of a later one', async () => {
  const id = await openSource(ops, 'in-order', 2)
  const [holder, one] = [await ops.database.client(), await ops.database.client()]
  const lock = (partition: number) =>
    `begin; select from ops.offsets where source_id = ${id} and kafka_partition = ${partition} for update nowait`
  await holder.query(lock(0))
  const batches = [1, 0].map((partition) => batchOf(id, { partition }))
  const { rows } = await one.query<{ pid: number }>('select pg_backend_pid() as pid')
  const advancing = advance(one, batches)
  const other = await ops.database.client()
  await until('it waits', async () => {
    const waiting = 'select from pg_locks where pid = $1 and not granted'
    return (await other.query(waiting, [rows[0]!.pid])).rows.length > 0
  })
  await other.query(lock(1))
  await other.query('rollback')
  await holder.query('rollback')
  await advancing
})
