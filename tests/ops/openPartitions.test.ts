import { expect, test } from 'vitest'
import { advance, batchOf, opsDatabase } from './ops.ts'

const ops = opsDatabase()

async function sourceOf(topic: string): Promise<number> {
  return (await ops.rows<{ id: number }>('select ops.add_source($1) as id', [topic]))[0]!.id
}

const open = (id: number, partitions: object[], generation = 1) =>
  ops.rows('select ops.open_partitions($1, $2::smallint, $3)', [
    id,
    generation,
    JSON.stringify(partitions),
  ])

const positionsOf = (id: number, generation = 1) =>
  ops.rows(
    `select kafka_partition as p, next_offset::int as next from ops.read_positions($1, $2::smallint) order by 1`,
    [id, generation],
  )

const partition = (number: number) => ({
  partition: number,
  first_offset: 10,
  start_offset: 70,
  end_offset: 90,
})

test('partitions present when the source is first seen begin where it starts', async () => {
  const id = await sourceOf('first-seen')
  await open(id, [partition(0), partition(1)])
  expect(await positionsOf(id)).toEqual([
    { p: 0, next: 70 },
    { p: 1, next: 70 },
  ])
})

test('partitions that come later begin at their beginning', async () => {
  const id = await sourceOf('grows')
  await open(id, [partition(0)])
  await open(id, [partition(0), partition(1)])
  expect(await positionsOf(id)).toEqual([
    { p: 0, next: 70 },
    { p: 1, next: 10 },
  ])
})

test('what is open stays as it is', async () => {
  const id = await sourceOf('stays')
  await open(id, [{ ...partition(0), start_offset: 0 }])
  await advance(ops.owner, [batchOf(id)])
  await open(id, [partition(0)])
  expect(await positionsOf(id)).toEqual([{ p: 0, next: 3 }])
})

test('the topic that a position belongs to is kept, and filled in where it was not known', async () => {
  const id = await sourceOf('ids')
  const [one, other] = ['1', '2'].map((digit) => `${digit.repeat(8)}-0000-0000-0000-000000000000`)
  const idsOf = () =>
    ops.rows('select topic_id from ops.offsets where source_id = $1 order by kafka_partition', [id])
  await open(id, [partition(0)])
  expect(await idsOf()).toEqual([{ topic_id: null }])
  await open(id, [{ ...partition(0), topic_id: one }])
  await open(
    id,
    [0, 1].map((p) => ({ ...partition(p), topic_id: other })),
  )
  expect(await idsOf()).toEqual([{ topic_id: one }, { topic_id: other }])
  expect(
    await ops.rows('select topic_id from ops.read_positions($1, 1::smallint) order by 1', [id]),
  ).toEqual([{ topic_id: one }, { topic_id: other }])
})

test('after a reset the partitions present begin where the source starts again', async () => {
  const id = await sourceOf('second-life')
  await open(id, [partition(0)])
  await ops.rows(`select ops.reset_source('second-life')`)
  await open(id, [partition(0), partition(1)], 2)
  expect(await positionsOf(id, 2)).toEqual([
    { p: 0, next: 70 },
    { p: 1, next: 70 },
  ])
})

test('of two sessions that open a new source at once, one decides', async () => {
  const id = await sourceOf('two-open')
  const clients = [await ops.database.client(), await ops.database.client()]
  await Promise.all(
    clients.map((client, index) =>
      client.query('select ops.open_partitions($1, 1::smallint, $2)', [
        id,
        JSON.stringify([0, 1, 2].map((p) => ({ ...partition(p), start_offset: 100 + index }))),
      ]),
    ),
  )
  const starts = new Set((await positionsOf(id)).map(({ next }) => next))
  expect(starts.size).toBe(1)
})

test('records that were lost are a hole in the ledger and an incident, and the position is past them', async () => {
  const id = await sourceOf('holes')
  await open(id, [{ ...partition(0), start_offset: 5 }])
  await ops.rows('select ops.report_lost_records($1, 1::smallint, 0, 1, 5, 10)', [id])
  expect(await positionsOf(id)).toEqual([{ p: 0, next: 10 }])
  expect(
    await ops.rows(
      `select kind, from_offset::int, next_offset::int, message from ops.incidents where source_id = $1`,
      [id],
    ),
  ).toEqual([
    {
      kind: 'lost_records',
      from_offset: 5,
      next_offset: 10,
      message: 'Kafka had deleted offsets 5 to 9 of holes, partition 0, before they were read',
    },
  ])
  expect(
    await ops.rows(
      'select kind, from_offset::int, next_offset::int from ops.batches where source_id = $1',
      [id],
    ),
  ).toEqual([{ kind: 'empty', from_offset: 5, next_offset: 10 }])
})

test('lost records are refused when the position is another, and then no incident is written', async () => {
  const id = await sourceOf('no-hole')
  await open(id, [{ ...partition(0), start_offset: 6 }])
  const report = ops.rows('select ops.report_lost_records($1, 1::smallint, 0, 1, 5, 10)', [id])
  await expect(report).rejects.toMatchObject({ code: 'SL001' })
  expect(await ops.rows('select from ops.incidents where source_id = $1', [id])).toEqual([])
})

test('ends are recorded, and never before the position', async () => {
  const id = await sourceOf('ends')
  await open(id, [{ ...partition(0), start_offset: 0, end_offset: 0 }])
  await advance(ops.owner, [batchOf(id)])
  const report = (end_offset: number) =>
    ops.rows('select ops.report_ends($1)', [
      JSON.stringify([{ source_id: id, generation: 1, partition: 0, end_offset }]),
    ])
  const end = async () =>
    (await ops.rows('select end_offset::int as e from ops.offsets where source_id = $1', [id]))[0]![
      'e'
    ]
  await report(50)
  expect(await end()).toBe(50)
  await report(1)
  expect(await end()).toBe(3)
})

test('ends never wait for a flush', async () => {
  const id = await sourceOf('no-wait')
  await open(id, [{ ...partition(0), start_offset: 0 }])
  const flushing = await ops.database.client()
  await flushing.query('begin')
  await advance(flushing, [batchOf(id)])
  const ends = [{ source_id: id, generation: 1, partition: 0, end_offset: 99 }]
  await ops.rows('select ops.report_ends($1)', [JSON.stringify(ends)])
  await flushing.query('commit')
  expect(
    await ops.rows('select end_offset::int as e from ops.offsets where source_id = $1', [id]),
  ).toEqual([{ e: 3 }])
})
