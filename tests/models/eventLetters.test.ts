import { randomBytes } from 'node:crypto'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { lettersOf, storeEvents, tick, type Event } from './bronzeRows.ts'
import { newProject, type Project } from './project.ts'

const sources = `-- Topics.\nselect ops.add_source('orders');\n`
const orderModel = `-- Orders.
-- kind: event
-- key: order_id
-- time: at
select
  payload ->> 'id' as order_id,
  (payload ->> 'amount')::numeric(12, 2) as amount,
  (payload ->> 'due')::date as due_on,
  (payload ->> 'at')::timestamptz as at
from bronze.orders
`
const idModel = `-- Ids of orders.
-- kind: event
-- time: at
select payload ->> 'id' as order_id, kafka_at as at
from bronze.orders
`
const today = new Date().toISOString().slice(0, 10)
const noon = `${today}T12:00:00Z`
const afterNoon = (ms: number) => new Date(Date.parse(noon) + ms).toISOString()
const dayMs = 86_400_000

let project: Project
beforeAll(async () => {
  project = await newProject({
    'shop/sources.sql': sources,
    'shop/silver/orders.sql': orderModel,
    'shop/silver/ids.sql': idModel,
  })
  await project.apply()
})
beforeEach(() => project.rows('begin'))
afterEach(() => project.rows('rollback'))

/** Stores events at noon, with a good one before and after them, and ticks. */
async function storeBetween(...payloads: object[]): Promise<void> {
  const events: Event[] = [order('before'), ...payloads, order('after')].map((payload) => ({
    payload,
    stored: noon,
  }))
  await storeEvents(project.owner, 'orders', events)
  await tick(project.owner)
}

const order = (id: string, fields: object = {}) => ({ id, amount: 1, at: noon, ...fields })
const letters = () => lettersOf(project.owner, 'silver.orders')
const orders = async () =>
  (await project.rows('select order_id from silver.orders order by 1')).map((row) => row.order_id)

test.each([
  ['an amount that is no number', { amount: 'much' }, '22P02'],
  ['an amount that is too great for its column', { amount: 1e11 }, '22003'],
  ['a time that is none', { at: 'noon' }, '22007'],
  ['a day that does not exist', { at: '2026-02-30T10:00:00Z' }, '22008'],
  ['no time', { at: undefined }, '22008'],
  ['a time more than a day after it was stored', { at: afterNoon(dayMs + 1) }, '22008'],
  ['a time before the floor of the table', { at: '1969-12-31T23:59:59.999Z' }, '22008'],
  ['a time at the end of all times', { at: 'infinity' }, '22008'],
  ['a time before all times', { at: '-infinity' }, '22008'],
  ['a time that means the clock', { at: 'now' }, '22008'],
  ['a time that means the clock, in capitals', { at: ' NOW ' }, '22008'],
  ['a time that begins with a word for the clock', { at: 'Today 10:00' }, '22008'],
  ['a day that means the clock, in another column', { due: 'yesterday' }, '22008'],
  ['a key that no index can hold', { id: randomBytes(8_000).toString('hex') }, '54000'],
])('%s makes a dead letter, and the rest goes on', async (_, fields, sqlstate) => {
  await storeBetween(order('bad', fields))
  expect(await orders()).toEqual(['after', 'before'])
  expect(await letters()).toEqual([`0/1 ${sqlstate}`])
  await storeEvents(project.owner, 'orders', [{ payload: order('later') }])
  await tick(project.owner)
  expect(await orders()).toEqual(['after', 'before', 'later'])
})

test.each([
  ['a day after it was stored', { at: afterNoon(dayMs) }],
  ['at the floor of the table', { at: '1970-01-01T00:00:00Z' }],
  ['at the epoch, by its name', { at: 'epoch' }],
  ['with the name of its day', { at: 'Wednesday March 4 10:00:00 2026' }],
])('an event %s is taken', async (_, fields) => {
  await storeBetween(order('good', fields))
  expect(await orders()).toEqual(['after', 'before', 'good'])
  expect(await letters()).toEqual([])
})

test('a floor that moved up refuses what is before it', async () => {
  await tick(project.owner)
  await project.rows(`update ops.model_states set floor_at = $1`, [noon])
  await storeBetween(order('early', { at: afterNoon(-1) }), order('on time', { at: noon }))
  expect(await orders()).toEqual(['after', 'before', 'on time'])
  expect(await letters()).toEqual(['0/1 22008'])
})

test('of many events in several pieces just the bad ones are dead letters', async () => {
  const bad = [0, 1, 198, 199, 200, 399, 777, 999]
  const events = Array.from({ length: 1000 }, (_, n) => ({
    payload: order(`o${n}`, bad.includes(n) ? { amount: 'much' } : {}),
  }))
  await storeEvents(project.owner, 'orders', events)
  await tick(project.owner)
  expect(await letters()).toEqual(bad.map((offset) => `0/${offset} 22P02`))
  expect(await project.rows('select count(*)::int as n from silver.orders')).toEqual([
    { n: 1000 - bad.length },
  ])
})

test('bad events of several batches, partitions and kinds in one tick', async () => {
  await storeEvents(project.owner, 'orders', [
    { batch: 1, payload: order('a') },
    { batch: 1, payload: order('b', { amount: 'much' }) },
    { batch: 2, payload: order('c', { at: undefined }) },
    { batch: 3, partition: 1, payload: order(randomBytes(8_000).toString('hex')) },
    { batch: 3, partition: 1, payload: order('d') },
    { batch: 4, partition: 2, payload: order('e', { at: '1960-01-01' }) },
  ])
  await tick(project.owner)
  expect(await orders()).toEqual(['a', 'd'])
  expect(await letters()).toEqual(['0/1 22P02', '0/2 22008', '1/0 54000', '2/0 22008'])
})

test('a dead letter has the event as bronze has it, and says why', async () => {
  await storeBetween(order('bad', { amount: 'much' }))
  expect(
    await project.rows(
      `select
        letters.batch_no = events.batch_no as is_its_batch,
        convert_from(letters.payload, 'UTF8')::jsonb = events.payload as is_its_payload,
        convert_from(letters.kafka_key, 'UTF8') as key,
        letters.kafka_at = events.kafka_at as is_its_time,
        letters.message
      from ops.dead_letters as letters
      join bronze.orders as events using (generation, kafka_partition, kafka_offset)`,
    ),
  ).toEqual([
    {
      is_its_batch: true,
      is_its_payload: true,
      key: 'k',
      is_its_time: true,
      message: 'invalid input syntax for type numeric: "much"',
    },
  ])
})

test('an event that is bad for one model is good for another', async () => {
  await storeBetween(order('bad', { amount: 'much' }))
  expect(await orders()).toEqual(['after', 'before'])
  expect(await project.rows('select count(*)::int as n from silver.ids')).toEqual([{ n: 3 }])
  expect(await lettersOf(project.owner, 'silver.ids')).toEqual([])
})
