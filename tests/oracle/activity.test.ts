// Events of 2019, with late, repeated and broken ones among them and lines of a file that is sent twice, go through ingest
// and ticks in batches of any size; every figure is what an independent computation finds in their bytes.
import type pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { generate, generateOptions } from '../../generator/index.ts'
import { verifyModels } from '../../models/verify.ts'
import { testDatabase } from '../support/database.ts'
import { canonicalRows, sortedByGrain, type Decimals, type ModelColumns } from './canonicalRows.ts'
import * as kpis from './kpiFigures.ts'
import type { Row } from './rows.ts'
import { storeEventsOf, type StoreEvent, type StoreEvents } from './storeEvents.ts'
import * as store from './storeFigures.ts'
import { bringThroughFiles, type Sent } from './throughFiles.ts'

// two and a half days
const options = generateOptions({
  domains: ['activity'],
  seed: 5,
  start: '2019-11-01T00:00:00Z',
  events: 12_000,
  rate: 0.055,
  users: 900,
  products: 300,
  late: 0.05,
  duplicates: 0.03,
  poison: 0.005,
})

const kpiColumns =
  'events users returning_users view_sessions cart_sessions purchase_sessions purchases revenue customers repeat_customers conversion_rate cart_abandonment_rate repeat_customer_rate average_order_value'
const activityColumns =
  'events view_sessions cart_sessions purchase_sessions cart_purchase_sessions purchases revenue'

/** The columns of each model, its grain first, and what they must be. */
const models: Record<string, ModelColumns & { figures: (events: StoreEvent[]) => Row[] }> = {
  'silver.brand_details': {
    grain: 1,
    columns: 'brand products categories lowest_price highest_price',
    figures: store.brandDetails,
  },
  'gold.activity_kpis_by_day': {
    grain: 1,
    columns: `day_at ${kpiColumns}`,
    figures: kpis.kpisByDay,
  },
  'gold.activity_kpis': { grain: 1, columns: kpiColumns, figures: kpis.overallKpis },
  'gold.activity_by_day': {
    grain: 1,
    columns: `day_at users ${activityColumns}`,
    figures: kpis.activityByDay,
  },
  'gold.activity_totals': {
    grain: 1,
    columns: `period ${activityColumns}`,
    figures: kpis.activityTotals,
  },
  'gold.buyers_by_day': {
    grain: 2,
    columns: 'day_at user_id purchase_sessions',
    figures: kpis.buyersByDay,
  },
  'gold.store_users': {
    grain: 1,
    columns: 'user_id first_seen_at last_seen_at events purchase_sessions spend',
    figures: kpis.storeUsers,
  },
  'gold.brands_by_hour': {
    grain: 2,
    columns: 'hour_at brand events purchases revenue',
    figures: store.brandsByHour,
  },
  'gold.trending_brands': {
    grain: 1,
    columns: 'brand hour_at events events_before share share_before growth place',
    figures: store.trendingBrands,
  },
  'gold.active_users_by_hour': {
    grain: 1,
    columns: 'hour_at events users sessions',
    figures: store.activeUsersByHour,
  },
  'gold.events_by_type_by_minute': {
    grain: 2,
    columns: 'minute_at event_type events',
    figures: store.eventsByTypeByMinute,
  },
  'gold.category_performance': {
    grain: 1,
    columns: 'category_id category_code views carts purchases revenue conversion',
    figures: store.categoryPerformance,
  },
  'gold.user_sessions': {
    grain: 1,
    columns: 'user_session user_id started_at ended_at events views carts purchases revenue',
    figures: store.userSessions,
  },
}
const decimals: Decimals = { revenue: { scale: 2 }, spend: { scale: 2 } }

let owner: pg.Client
let found: StoreEvents

beforeAll(async () => {
  const sent: Sent[] = [...generate(options)]
  // the last ones are lines of a file, of which some are sent again
  const lines = sent.slice(9_000).map((event, index) => ({
    ...event,
    headers: { 'sluice-file': 'a'.repeat(64), 'sluice-line': String(index + 2) },
  }))
  const all = [...sent.slice(0, 9_000), ...lines, ...lines.slice(0, 500)]
  found = storeEventsOf(all)
  const database = await testDatabase('applied')
  owner = await database.client('sluice_owner')
  await bringThroughFiles(database, owner, all, [1, 700, 9_500])
})

test('some of every kind are among the events', () => {
  expect(found.broken).toBeGreaterThan(20)
  expect(found.repeated).toBeGreaterThan(400)
  expect(new Set(found.events.map(({ type }) => type)).size).toBe(4)
  expect(found.events.some(({ brand }) => brand === null)).toBe(true)
})

test('broken events are dead letters of ingest, and no model has any', async () => {
  expect(
    await rows('select stage, count(*)::int as letters from ops.dead_letters group by stage'),
  ).toEqual([{ stage: 'ingest', letters: found.broken }])
})

test('each event is stored once, those without an id that are alike too', async () => {
  expect(await rows('select count(*)::int as events from silver.activity')).toEqual([
    { events: found.events.length },
  ])
})

test.each(Object.keys(models))('%s has the figures of the events', async (name) => {
  const model = models[name]!
  const expected = model.figures(found.events)
  expect(expected.length).toBeGreaterThan(0)
  expect(canonicalRows(model, decimals, await rows(`select * from ${name}`))).toEqual(
    sortedByGrain(model, expected),
  )
})

test('verify computes all models anew, and finds no difference', async () => {
  const verified = await verifyModels(owner, [])
  expect(verified.filter(({ outcome }) => outcome !== 'equal')).toEqual([])
  expect(verified.map(({ model }) => model)).toContain('gold.activity_by_day')
})

async function rows(sql: string): Promise<Record<string, unknown>[]> {
  return (await owner.query<Record<string, unknown>>(sql)).rows
}
