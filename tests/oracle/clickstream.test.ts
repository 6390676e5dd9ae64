// Generated visits, with late, repeated and broken events among them, go through ingest and ticks in batches of any size;
// every figure is what an independent computation finds in their bytes.
import type pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { generate, generateOptions } from '../../generator/index.ts'
import { verifyModels } from '../../models/verify.ts'
import { testDatabase } from '../support/database.ts'
import { canonicalRows, sortedByGrain, type Decimals, type ModelColumns } from './canonicalRows.ts'
import { clicksOf, type Click, type Clicks } from './clickstreamEvents.ts'
import * as pages from './pageFigures.ts'
import type { Row } from './rows.ts'
import { bringThroughFiles } from './throughFiles.ts'
import * as visits from './visitFigures.ts'

// a day and a half of visits
const options = generateOptions({
  domains: ['clickstream'],
  seed: 11,
  start: '2026-03-01T00:00:00Z',
  events: 14_000,
  rate: 0.11,
  users: 800,
  late: 0.05,
  duplicates: 0.03,
  poison: 0.005,
})

/** The columns of each model, its grain first, and what they must be. */
const models: Record<string, ModelColumns & { figures: (clicks: Click[]) => Row[] }> = {
  'silver.sessions': {
    grain: 3,
    columns: 'hour_at user_id started_at ended_at is_bounce events page_views duration_s',
    figures: visits.sessions,
  },
  'gold.session_summary_by_hour': {
    grain: 1,
    columns:
      'hour_at sessions bounces bounce_rate page_views_per_session median_duration_s p95_duration_s',
    figures: visits.sessionSummaryByHour,
  },
  'gold.session_searches': {
    grain: 2,
    columns: 'session_id search_no query searched_at has_click',
    figures: visits.sessionSearches,
  },
  'gold.top_searches': {
    grain: 1,
    columns: 'query searches searches_with_click searches_without_click click_rate',
    figures: visits.topSearches,
  },
  'gold.popular_pages': { grain: 1, columns: 'path views visitors', figures: pages.popularPages },
  'gold.clicks_by_page': {
    grain: 1,
    columns: 'path clicks visitors_who_clicked views clicks_per_view',
    figures: pages.clicksByPage,
  },
  'gold.most_added_to_cart': {
    grain: 1,
    columns: 'product_id added removed visitors',
    figures: pages.mostAddedToCart,
  },
  'gold.traffic_by_minute': {
    grain: 1,
    columns: 'minute_at events page_views clicks added_to_cart searches visitors',
    figures: pages.trafficByMinute,
  },
  'gold.referrers': { grain: 1, columns: 'referrer views visitors', figures: pages.referrers },
}
const unusual = { grain: 1, columns: 'minute_at events usual_events z_score is_unusual' }
const decimals: Decimals = { duration_s: { scale: 3 } }
const moments = ['2026-03-01T02:30:10Z', '2026-03-01T20:00:00Z', '2026-03-02T10:00:30Z']

let owner: pg.Client
let found: Clicks

beforeAll(async () => {
  const sent = [...generate(options)]
  found = clicksOf(sent.map(({ value }) => value))
  const database = await testDatabase('applied')
  owner = await database.client('sluice_owner')
  await bringThroughFiles(database, owner, sent, [1, 700, 8_000])
})

test('some of every kind are among the events', () => {
  expect(found.broken).toBeGreaterThan(20)
  expect(found.repeated).toBeGreaterThan(200)
  expect(new Set(found.clicks.map(({ type }) => type)).size).toBe(5)
})

test('broken events are dead letters of ingest, and no model has any', async () => {
  expect(
    await rows('select stage, count(*)::int as letters from ops.dead_letters group by stage'),
  ).toEqual([{ stage: 'ingest', letters: found.broken }])
})

test('no address of a visitor is stored', async () => {
  expect(
    await rows(
      `select count(*)::int as stored, bool_and(payload ->> 'ip' ~ '^[0-9a-f]{64}$') as are_hashes,
        count(distinct payload ->> 'ip') > 1000 as are_many
      from bronze.clickstream`,
    ),
  ).toEqual([{ stored: found.clicks.length + found.repeated, are_hashes: true, are_many: true }])
})

test.each(Object.keys(models))('%s has the figures of the events', async (name) => {
  const model = models[name]!
  const expected = model.figures(found.clicks)
  expect(expected.length).toBeGreaterThan(8)
  expect(canonicalRows(model, decimals, await rows(`select * from ${name}`))).toEqual(
    sortedByGrain(model, expected),
  )
})

test.each(moments)('gold.unusual_traffic at %s has the figures of the events', async (now) => {
  await owner.query(`select set_config('sluice.now', $1, false)`, [now])
  const expected = pages.unusualTraffic(found.clicks, Date.parse(now))
  expect(expected.length).toBeGreaterThan(100)
  expect(canonicalRows(unusual, {}, await rows('select * from gold.unusual_traffic'))).toEqual(
    sortedByGrain(unusual, expected),
  )
  await owner.query('reset sluice.now')
})

test('some minutes are unusual, most are not', () => {
  const minutes = moments.flatMap((now) => pages.unusualTraffic(found.clicks, Date.parse(now)))
  const share = minutes.filter((row) => row['is_unusual'] === 'true').length / minutes.length
  expect(share).toBeGreaterThan(0)
  expect(share).toBeLessThan(0.1)
})

test('verify computes all models anew, and finds no difference', async () => {
  const verified = await verifyModels(owner, [])
  expect(verified.filter(({ outcome }) => outcome !== 'equal')).toEqual([])
  expect(verified.map(({ model }) => model)).toContain('silver.sessions')
})

async function rows(sql: string): Promise<Record<string, unknown>[]> {
  return (await owner.query<Record<string, unknown>>(sql)).rows
}
