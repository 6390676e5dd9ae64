// Generated mails, late, repeated and broken ones among them, go through ingest and ticks in steps of any size and order; every
// figure is what marketingFigures computes from the records.
import type pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { generateOptions } from '../../generator/index.ts'
import { verifyModels } from '../../models/verify.ts'
import { testDatabase } from '../support/database.ts'
import { feedFiles } from './feedFiles.ts'
import { marketingFigures, type MarketingFigures } from './marketing.ts'
import { canonicalRows, marketingModels, type MarketingModel } from './marketingModels.ts'

// five days, of which the last minutes are dense
const options = generateOptions({
  domains: ['marketing'],
  seed: 11,
  start: '2026-03-02T12:00:00Z',
  history: '5d',
  historyRate: 0.025,
  rate: 20,
  events: 16_000,
  users: 700,
  products: 80,
  late: 0.05,
  duplicates: 0.03,
  poison: 0.005,
})

let owner: pg.Client
let figures: MarketingFigures

beforeAll(async () => {
  const database = await testDatabase('applied')
  figures = marketingFigures(await feedFiles(database, options))
  owner = await database.client('sluice_owner')
})

const rows = async (sql: string) => (await owner.query<Record<string, unknown>>(sql)).rows

test('some of every kind are among the events', () => {
  expect(figures.broken).toBeGreaterThan(30)
  expect(figures.repeated).toBeGreaterThan(200)
  expect(figures.events_by_type).toHaveLength(7)
  expect(figures.events_by_device.length).toBeGreaterThan(3)
  expect(figures.campaign_totals.length).toBeGreaterThan(15)
})

test('broken events are dead letters of ingest, and no model has any', async () => {
  expect(
    await rows('select stage, count(*)::int as letters from ops.dead_letters group by stage'),
  ).toEqual([{ stage: 'ingest', letters: figures.broken }])
})

test.each(Object.keys(marketingModels) as MarketingModel[])(
  '%s: every figure is what the events say',
  async (model) => {
    expect(figures[model].length).toBeGreaterThan(0)
    const dates = model === 'campaign_effectiveness' ? ', start_date::text, end_date::text' : ''
    expect(canonicalRows(model, await rows(`select *${dates} from gold.${model}`))).toEqual(
      figures[model],
    )
  },
)

test('panels that count the same agree', async () => {
  const [totals] = await rows('select events, customers from gold.marketing_totals')
  for (const model of [
    'campaign_totals',
    'campaign_behaviour_by_minute',
    'campaign_behaviour_by_hour',
    'events_by_type',
    'events_by_city',
    'customer_engagement',
  ]) {
    const [sum] = await rows(`select sum(events) as events from gold.${model}`)
    expect(sum!['events'], model).toBe(totals!['events'])
  }
})

test('verify computes the models anew, and finds no difference', async () => {
  const found = await verifyModels(owner, [])
  expect(found.filter(({ outcome }) => outcome !== 'equal')).toEqual([])
  expect(found.map(({ model }) => model)).toContain('gold.campaign_totals')
})
