// Six weeks of a shop with few customers, so that these have a history: late, repeated and broken events go through ingest and
// ticks in steps of any size and order, and every figure is what ecommerceFigures computes from the records.
import type pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { generateOptions } from '../../generator/index.ts'
import { verifyModels } from '../../models/verify.ts'
import { testDatabase } from '../support/database.ts'
import { ecommerceFigures, type EcommerceFigures } from './ecommerce.ts'
import { canonicalRows, ecommerceModels, type EcommerceModel } from './ecommerceModels.ts'
import { feedFiles } from './feedFiles.ts'

const now = new Date('2026-03-02T12:20:00Z')
const options = generateOptions({
  domains: ['ecommerce'],
  seed: 27,
  start: '2026-03-02T12:00:00Z',
  history: '42d',
  historyRate: 0.005,
  rate: 15,
  events: 25_000,
  users: 8,
  products: 15,
  late: 0.05,
  duplicates: 0.03,
  poison: 0.005,
})

let owner: pg.Client
let figures: EcommerceFigures

beforeAll(async () => {
  const database = await testDatabase('applied')
  figures = ecommerceFigures(await feedFiles(database, options), { now })
  owner = await database.client('sluice_owner')
  await owner.query(`select set_config('sluice.now', $1, false)`, [now.toISOString()])
})

const rows = async (sql: string) => (await owner.query<Record<string, unknown>>(sql)).rows

test('some of every kind are among the figures', () => {
  const count = (model: EcommerceModel, column: string, value: string) =>
    figures[model].filter((row) => row[column] === value).length
  expect(figures.broken.length).toBeGreaterThan(50)
  expect(count('suspect_orders', 'has_unusual_amount', 'true')).toBeGreaterThan(0)
  expect(count('suspect_orders', 'is_hasty', 'true')).toBeGreaterThan(3)
  expect(count('sales_anomalies', 'is_anomaly', 'true')).toBeGreaterThan(0)
  expect(count('session_carts', 'is_ordered', 'true')).toBeGreaterThan(100)
  expect(figures.recommendations.length).toBeGreaterThan(20)
})

test.each(Object.keys(ecommerceModels) as EcommerceModel[])(
  '%s: every figure is what the events say',
  async (model) => {
    expect(figures[model].length).toBeGreaterThan(0)
    const schema = model === 'shop_products' ? 'silver' : 'gold'
    expect(canonicalRows(model, await rows(`select * from ${schema}.${model}`))).toEqual(
      figures[model],
    )
  },
)

test('the orders of the funnel are those of the hours, but for sessions that ordered twice', async () => {
  const [orders] = await rows(
    `select
      (select sum(sessions) from gold.funnel where step = 'order')::int as sessions,
      (select count(*) from (
        select distinct session_id, date_trunc('day', purchased_at, 'UTC') from silver.purchases
      ) as days)::int as expected`,
  )
  expect(orders!['sessions']).toBe(orders!['expected'])
})

test('the funnel only narrows', async () => {
  expect(
    await rows(
      `select from (
        select sessions, lag(sessions) over (partition by day_at order by step_no) as before from gold.funnel
      ) as steps where sessions > before`,
    ),
  ).toEqual([])
})

test('verify computes the models anew, and finds no difference', async () => {
  const found = await verifyModels(owner, [])
  expect(found.filter(({ outcome }) => outcome !== 'equal')).toEqual([])
  expect(found.map(({ model }) => model)).toContain('gold.suspect_orders')
})
