// docs/recipes.md: each recipe is applied over the event models of docs/models.md, fed and verified.
import { beforeAll, expect, test } from 'vitest'
import { verifyModels } from '../../models/verify.ts'
import { storeEvents, tick, type Event } from '../models/bronzeRows.ts'
import { newProject, type Project } from '../models/project.ts'
import { filesOf, modelOf, readPage, sqlBlocksOf } from './pages.ts'

const page = readPage('recipes.md')
const recipes = filesOf(page)
const parsing = Object.entries(filesOf(readPage('models.md'))).filter(
  ([path]) => path.includes('/silver/') || path.endsWith('sources.sql'),
)

const order = (id: string, user: string, at: string, amount: number): Event => ({
  payload: {
    order_id: id,
    user_id: user,
    amount,
    event_time: at,
    items: [{ product_id: `p${amount}`, quantity: 1, price: amount }],
  },
})
const view = (id: string, user: string, at: string, path: string): Event => ({
  payload: { view_id: id, user_id: user, event_time: at, page: path },
})
const payment = (id: string, currency: string, amount: number, at: string): Event => ({
  payload: { payment_id: id, currency, amount, paid_at: at },
})
const rate = (currency: string, inEuro: number, at: string): Event => ({
  payload: { currency, in_euro: inEuro, since_at: at },
})

let project: Project
beforeAll(async () => {
  project = await newProject({ ...Object.fromEntries(parsing), ...recipes })
  await project.apply()
  await project.rows(`set timezone = 'UTC'`)
  await project.rows(`set sluice.now = '2026-03-20T12:00:00Z'`)
  await storeEvents(project.owner, 'shop_orders', [
    order('o1', 'u1', '2026-02-02T10:00:00Z', 10),
    order('o2', 'u2', '2026-03-03T11:00:00Z', 20),
    order('o3', 'u1', '2026-03-03T12:00:00Z', 30),
    order('o4', 'u2', '2026-03-12T10:00:00Z', 40),
  ])
  await storeEvents(project.owner, 'web_views', [
    view('v1', 'u2', '2026-03-03T10:00:00Z', '/offers'),
    view('v2', 'u2', '2026-03-12T09:00:00Z', '/tents'),
  ])
  await storeEvents(project.owner, 'bank_payments', [
    payment('a', 'USD', 100, '2026-03-02T10:00:00Z'),
    payment('b', 'USD', 100, '2026-03-04T10:00:00Z'),
  ])
  await storeEvents(project.owner, 'bank_rates', [
    rate('USD', 0.9, '2026-03-01T00:00:00Z'),
    rate('USD', 0.8, '2026-03-03T00:00:00Z'),
  ])
  await tick(project.owner)
})

test('every model of the page has a path, and holds rows', async () => {
  expect(sqlBlocksOf(page).filter((block) => !Object.values(recipes).includes(block))).toEqual([])
  for (const path of Object.keys(recipes).filter((file) => !file.endsWith('sources.sql'))) {
    const name = modelOf(path)
    expect(await project.rows(`select from ${name} limit 1`), name).toHaveLength(1)
  }
})

test('recipes say of these events what anybody would count', async () => {
  expect(
    await project.rows(
      `select day_at::date::text as day, new_customers::int as new, returning_customers::int as returning
      from gold.new_customers order by 1`,
    ),
  ).toEqual([
    { day: '2026-02-02', new: 1, returning: 0 },
    { day: '2026-03-03', new: 1, returning: 1 },
    { day: '2026-03-12', new: 0, returning: 1 },
  ])
  expect(
    await project.rows(
      `select cohort_at::date::text as cohort, weeks_later as later, customers::int, share::float
      from gold.retention order by 1, 2`,
    ),
  ).toEqual([
    { cohort: '2026-02-02', later: 0, customers: 1, share: 1 },
    { cohort: '2026-02-02', later: 4, customers: 1, share: 1 },
    { cohort: '2026-03-02', later: 0, customers: 1, share: 1 },
    { cohort: '2026-03-02', later: 1, customers: 1, share: 1 },
  ])
  expect(await project.rows('select customers::int from gold.active_customers')).toEqual([
    { customers: 2 },
  ])
  expect(
    await project.rows(
      `select max(customers)::int as customers, count(*)::int as days from gold.weekly_customers`,
    ),
  ).toEqual([{ customers: 2, days: 39 }])
  expect(
    await project.rows(`select product_id from gold.top_products where place = 1 order by day_at`),
  ).toEqual([{ product_id: 'p10' }, { product_id: 'p30' }, { product_id: 'p40' }])
  expect(
    await project.rows(
      `select page, orders::int, revenue::float from gold.page_revenue order by 1`,
    ),
  ).toEqual([
    { page: '/offers', orders: 1, revenue: 20 },
    { page: '/tents', orders: 1, revenue: 40 },
  ])
  expect(
    await project.rows(`select user_id, pause::text from gold.usual_pause order by 1`),
  ).toEqual([
    { user_id: 'u1', pause: '29 days 02:00:00' },
    { user_id: 'u2', pause: '8 days 23:00:00' },
  ])
})

test('what comes late corrects what is there, and all stays exact', async () => {
  const inEuro = () =>
    project.rows(
      `select payment_id as id, amount_in_euro::float as euro from gold.payments_in_euro order by 1`,
    )
  expect(await inEuro()).toEqual([
    { id: 'a', euro: 90 },
    { id: 'b', euro: 80 },
  ])
  await storeEvents(project.owner, 'bank_rates', [rate('USD', 0.7, '2026-03-04T00:00:00Z')])
  await storeEvents(project.owner, 'shop_orders', [order('o5', 'u2', '2026-02-27T10:00:00Z', 5)])
  await tick(project.owner)
  expect(await inEuro()).toEqual([
    { id: 'a', euro: 90 },
    { id: 'b', euro: 70 },
  ])
  expect(
    await project.rows(
      `select new_customers::int as new from gold.new_customers where day_at = '2026-03-03'`,
    ),
  ).toEqual([{ new: 0 }])
  const verdicts = await verifyModels(project.owner, [])
  expect(verdicts.filter(({ outcome }) => outcome !== 'equal')).toEqual([])
})
