import { beforeEach, expect, test } from 'vitest'
import { storeEvents, tick, type Event } from './bronzeRows.ts'
import { newProject, type Project } from './project.ts'

const sources = `-- Topics.\nselect ops.add_source('orders');\nselect ops.add_source('more-orders');\n`
const header = '-- Orders.\n-- kind: event\n-- time: at\n'
const select = (from: string) => `select
  payload ->> 'id' as order_id,
  (payload ->> 'item')::int as item_no,
  payload ->> 'text' as what,
  kafka_at as at
from bronze.${from}`

let project: Project
beforeEach(async () => {
  project = await newProject({ 'shop/sources.sql': sources })
})

async function apply(text: string): Promise<void> {
  project.write({ 'shop/silver/orders.sql': text })
  await project.apply()
}

/** Stores events and ticks. */
async function store(table: string, events: Event[]): Promise<void> {
  await storeEvents(project.owner, table, events)
  await tick(project.owner)
}

const texts = async () =>
  (await project.rows(`select what from silver.orders order by what`)).map(({ what }) => what)

const today = new Date().toISOString().slice(0, 10)

test('of a repeated key the first stored stays', async () => {
  await apply(`${header}-- key: order_id\n${select('orders')}\n`)
  await store('orders', [
    { stored: `${today}T00:00:02Z`, payload: { id: 'a', text: 'stored later' } },
    { partition: 1, stored: `${today}T00:00:01Z`, payload: { id: 'a', text: 'stored first' } },
    { stored: `${today}T00:00:03Z`, payload: { id: 'b', text: 'another' } },
  ])
  expect(await texts()).toEqual(['another', 'stored first'])
})

test('of repeated events of one batch the one of the lowest offset stays', async () => {
  await apply(`${header}-- key: order_id\n${select('orders')}\n`)
  await store('orders', [
    { offset: 3, payload: { id: 'a', text: 'second' }, stored: `${today}T00:00:00Z` },
    { offset: 2, payload: { id: 'a', text: 'first' }, stored: `${today}T00:00:00Z` },
  ])
  expect(await texts()).toEqual(['first'])
})

test('a key of two columns repeats only as a whole', async () => {
  await apply(`${header}-- key: order_id, item_no\n${select('orders')}\n`)
  await store('orders', [
    { payload: { id: 'a', item: 1, text: 'a1' } },
    { payload: { id: 'a', item: 2, text: 'a2' } },
    { payload: { id: 'a', item: 1, text: 'a1 again' } },
  ])
  expect(await texts()).toEqual(['a1', 'a2'])
})

test('a key with a null part is never a repeat', async () => {
  await apply(`${header}-- key: order_id, item_no\n${select('orders')}\n`)
  await store('orders', [
    { payload: { id: 'a', text: 'one' } },
    { payload: { id: 'a', text: 'two' } },
    { payload: { item: 1, text: 'three' } },
    { payload: { item: 1, text: 'four' } },
    { payload: { text: 'five' } },
  ])
  expect(await texts()).toEqual(['five', 'four', 'one', 'three', 'two'])
})

test('without a key every event counts', async () => {
  await apply(`${header}${select('orders')}\n`)
  await store('orders', [
    { payload: { id: 'a', text: 'same' } },
    { payload: { id: 'a', text: 'same' } },
  ])
  expect(await texts()).toEqual(['same', 'same'])
})

test('a union of two topics is one stream: a repeat in the other counts once', async () => {
  await apply(
    `${header}-- key: order_id\n${select('orders')}\nunion all\n${select('more_orders as other')}\n`,
  )
  await store('orders', [{ payload: { id: 'a', text: 'here' }, stored: `${today}T00:00:01Z` }])
  await store('more_orders', [
    { payload: { id: 'a', text: 'there' }, stored: `${today}T00:00:02Z` },
    { payload: { id: 'b', text: 'only there' } },
  ])
  expect(await texts()).toEqual(['here', 'only there'])
})

test('one event may make several rows', async () => {
  await apply(
    `${header}-- key: order_id, item_no\nselect payload ->> 'id' as order_id, items.item_no::int,
  items.item #>> '{}' as what, kafka_at as at
from bronze.orders cross join lateral
  jsonb_array_elements(payload -> 'items') with ordinality as items (item, item_no)\n`,
  )
  await store('orders', [{ payload: { id: 'a', items: ['x', 'y'] } }])
  expect(await texts()).toEqual(['x', 'y'])
})

test('a common table expression and text beyond ASCII before the select change nothing', async () => {
  const body = `with großé as (select '😀'::text as smile)\n${select('orders')} cross join großé`
  await apply(`${header}-- key: order_id\n${body}\n`)
  await store('orders', [
    { payload: { id: 'a', text: 'first' } },
    { payload: { id: 'a', text: 'second' } },
  ])
  expect(await texts()).toEqual(['first'])
})

test('readers see no columns but those of the select', async () => {
  await apply(`${header}-- key: order_id\n${select('orders')}\n`)
  expect(
    await project.rows(
      `select column_name from information_schema.columns
      where table_schema = 'silver' and table_name = 'orders' order by ordinal_position`,
    ),
  ).toEqual(['order_id', 'item_no', 'what', 'at'].map((column_name) => ({ column_name })))
})

test('the time zone of a local time is taken out of the event', async () => {
  const local = `(payload ->> 'seen')::timestamptz at time zone (payload ->> 'zone')`
  await apply(
    `-- Visits.\n-- kind: event\n-- time: at\nselect to_char(${local}, 'HH24:MI') as what, kafka_at as at from bronze.orders\n`,
  )
  const seen = '2026-03-01T12:00:00Z'
  await store('orders', [
    { payload: { seen, zone: 'Asia/Kolkata' } },
    { payload: { seen, zone: 'America/New_York' } },
  ])
  expect(await texts()).toEqual(['07:00', '17:30'])
})
