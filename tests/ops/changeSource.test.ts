import { expect, test } from 'vitest'
import { newProject, view } from '../models/project.ts'
import { advance, batchOf, openSource, opsDatabase } from './ops.ts'

const ops = opsDatabase()
const isRead = async (topic: string) =>
  (await ops.rows('select from ops.ingest_sources() where topic = $1', [topic])).length === 1

test('a paused source is not read until it is resumed', async () => {
  await openSource(ops, 'pausing')
  expect(await isRead('pausing')).toBe(true)
  await ops.rows(`select ops.pause_source('pausing')`)
  expect(await isRead('pausing')).toBe(false)
  await ops.rows(`select ops.resume_source('pausing')`)
  expect(await isRead('pausing')).toBe(true)
})

test.each(['pause_source', 'resume_source', 'reset_source', 'drop_source'])(
  '%s of an unknown topic is SL013',
  async (name) => {
    await expect(ops.rows(`select ops.${name}('nobody')`)).rejects.toMatchObject({
      code: 'SL013',
      message: 'Source "nobody" is unknown',
      hint: 'See ops.sources, or declare it with ops.add_source.',
    })
  },
)

test('a reset begins a new generation, without positions, and keeps what is stored', async () => {
  const id = await openSource(ops, 'resetting')
  await advance(ops.owner, [batchOf(id)])
  expect(await ops.rows(`select ops.reset_source('resetting') as generation`)).toEqual([
    { generation: 2 },
  ])
  expect(await ops.rows('select * from ops.read_positions($1, 2::smallint)', [id])).toEqual([])
  expect(
    await ops.rows('select next_offset::int from ops.read_positions($1, 1::smallint)', [id]),
  ).toEqual([{ next_offset: 3 }])
})

test('a reset may change the start, and refuses one that is none', async () => {
  await openSource(ops, 'restarting')
  await ops.rows(`select ops.reset_source('restarting', 'latest')`)
  const start = `select start_at, generation from ops.sources where topic = 'restarting'`
  expect(await ops.rows(start)).toEqual([{ start_at: 'latest', generation: 2 }])
  const reset = ops.rows(`select ops.reset_source('restarting', 'soon')`)
  await expect(reset).rejects.toMatchObject({ code: 'SL012' })
  expect(await ops.rows(start)).toEqual([{ start_at: 'latest', generation: 2 }])
})

test('a dropped source keeps table and positions, and goes on when it is declared again', async () => {
  const id = await openSource(ops, 'dropping')
  await advance(ops.owner, [batchOf(id)])
  await ops.rows(`select ops.drop_source('dropping')`)
  expect(await isRead('dropping')).toBe(false)
  expect(await ops.rows(`select ops.add_source('dropping') as id`)).toEqual([{ id }])
  expect(await isRead('dropping')).toBe(true)
  expect(
    await ops.rows('select next_offset::int from ops.offsets where source_id = $1', [id]),
  ).toEqual([{ next_offset: 3 }])
})

test('a purge leaves nothing, and the topic may begin anew', async () => {
  const id = await openSource(ops, 'purging')
  await advance(
    ops.owner,
    [batchOf(id, { dead_letters: 1, rows: 2 })],
    [
      {
        source_id: id,
        generation: 1,
        partition: 0,
        batch_no: 1,
        offset: 1,
        key: null,
        payload: null,
        headers: null,
        sqlstate: '22P02',
        message: 'x',
      },
    ],
  )
  await ops.rows('select ops.stop_source($1, 1::smallint, 0, 3, 1)', [id])
  await ops.rows(`select ops.drop_source('purging', p_purge => true)`)
  for (const table of ['sources', 'offsets', 'batches', 'dead_letters', 'incidents']) {
    expect(await ops.rows(`select from ops.${table} where source_id = $1`, [id]), table).toEqual([])
  }
  expect(await ops.rows(`select to_regclass('bronze.purging') as t`)).toEqual([{ t: null }])
  const [again] = await ops.rows(`select ops.add_source('purging') as id`)
  expect(again!['id']).not.toBe(id)
})

test('a purge is refused while a model reads the table, and then nothing is lost', async () => {
  const id = await openSource(ops, 'needed')
  await advance(ops.owner, [batchOf(id)])
  await ops.rows('create view silver.reader as select payload from bronze.needed')
  const purge = ops.rows(`select ops.drop_source('needed', true)`)
  await expect(purge).rejects.toMatchObject({ code: '2BP01' })
  expect(await ops.rows('select from ops.batches where source_id = $1', [id])).toHaveLength(1)
})

test('a purge is refused while models are made of the table, and names them: SL024', async () => {
  const project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('orders');\n`,
    'shop/silver/orders.sql': `-- Orders.
-- kind: event
-- time: at
select payload ->> 'id' as id, kafka_at as at from bronze.orders
`,
    'shop/silver/keys.sql': view('select kafka_key from bronze.orders'),
  })
  await project.apply()
  await expect(project.rows(`select ops.drop_source('orders', true)`)).rejects.toMatchObject({
    code: 'SL024',
    message: `Source "orders" can't be purged: models read bronze.orders: silver.keys, silver.orders`,
  })
  project.write({ 'shop/silver/orders.sql': null, 'shop/silver/keys.sql': null })
  await project.apply({ prune: true })
  await project.rows(`select ops.drop_source('orders', true)`)
  expect(await project.rows('select from ops.sources')).toEqual([])
})

test('a source that is stopped is not read until it is reset or resumed', async () => {
  for (const mend of ['reset_source', 'resume_source']) {
    const topic = `stopped-${mend}`
    const id = await openSource(ops, topic)
    await ops.rows('select ops.stop_source($1, 1::smallint, 0, 9, 4)', [id])
    expect(await isRead(topic)).toBe(false)
    await ops.rows(`select ops.${mend}($1)`, [topic])
    expect(await isRead(topic)).toBe(true)
  }
})

test('stopping says why, once, and a reset resolves the incident', async () => {
  const id = await openSource(ops, 'anew')
  for (const partition of [0, 1]) {
    await ops.rows('select ops.stop_source($1, 1::smallint, $2, 9, 4)', [id, partition])
  }
  const incidents = `select kind, kafka_partition, message, resolved_at is not null as is_resolved
    from ops.incidents where source_id = ${id}`
  const message =
    'Topic anew, partition 0, ends at offset 4, before the stored position 9: it was created anew'
  expect(await ops.rows(incidents)).toEqual([
    { kind: 'topic_recreated', kafka_partition: 0, message, is_resolved: false },
  ])
  expect(await ops.rows(`select stopped_reason from ops.sources where source_id = ${id}`)).toEqual([
    { stopped_reason: message },
  ])
  await ops.rows(`select ops.reset_source('anew')`)
  expect(await ops.rows(incidents)).toMatchObject([{ is_resolved: true }])
})

test('an ingester of the old generation stops nothing after a reset', async () => {
  const id = await openSource(ops, 'old-generation')
  await ops.rows(`select ops.reset_source('old-generation')`)
  await ops.rows('select ops.stop_source($1, 1::smallint, 0, 9, 4)', [id])
  expect(await isRead('old-generation')).toBe(true)
  expect(await ops.rows('select from ops.incidents where source_id = $1', [id])).toEqual([])
})

test('skipping goes forward only, in a partition that there is', async () => {
  await openSource(ops, 'skipping')
  const skip = (partition: number, next: number | null) =>
    ops.rows(`select ops.skip_records('skipping', $1, $2)`, [partition, next])
  await expect(skip(0, 0)).rejects.toMatchObject({
    code: 'SL012',
    message: 'Offset 0 is not behind the position 0 of topic "skipping", partition 0',
  })
  await expect(skip(0, null)).rejects.toMatchObject({ code: 'SL012' })
  await expect(skip(7, 10)).rejects.toMatchObject({ code: 'SL013' })
  await skip(0, 10)
  expect(
    await ops.rows(`select next_offset::int from ops.offsets join ops.sources using (source_id)
      where topic = 'skipping'`),
  ).toEqual([{ next_offset: 10 }])
})

test('skipping leaves a paused source paused', async () => {
  await openSource(ops, 'resting')
  await ops.rows(`select ops.pause_source('resting')`)
  await ops.rows(`select ops.skip_records('resting', 0, 10)`)
  expect(await ops.rows(`select is_paused from ops.sources where topic = 'resting'`)).toEqual([
    { is_paused: true },
  ])
})
