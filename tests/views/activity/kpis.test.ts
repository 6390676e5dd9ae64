import { expect, test } from 'vitest'
import { at, cart, purchase, session, storeDatabase, user } from './store.ts'

const store = storeDatabase()

/** Columns of the KPIs by day, and over all time. */
const byDay = (columns: string) =>
  store.rows(
    `select extract(day from day_at at time zone 'UTC')::int as day, ${columns}
    from gold.activity_kpis_by_day order by 1`,
  )
const overall = async (columns: string) =>
  (await store.rows(`select ${columns} from gold.activity_kpis`))[0]

test('conversion is purchasing sessions per session with a view', async () => {
  await store.events(
    session(1),
    session(2),
    session(2),
    session(3),
    { ...session(1), ...purchase() },
    { ...session(1), ...purchase() },
    { ...session(4), ...purchase() },
  )
  const figures = { view_sessions: '3', purchase_sessions: '2', conversion_rate: '0.6667' }
  const columns = 'view_sessions, purchase_sessions, conversion_rate'
  expect(await byDay(columns)).toEqual([{ day: 1, ...figures }])
  expect(await overall(columns)).toEqual(figures)
})

test('a cart is abandoned without a purchase in its session, whichever comes first', async () => {
  await store.events(
    { ...session(1), ...purchase() },
    { ...session(1), ...cart },
    { ...session(2), ...cart },
    { ...session(3), ...cart },
    { ...session(4), ...purchase() },
  )
  const columns = 'cart_sessions, cart_abandonment_rate'
  const figures = { cart_sessions: '3', cart_abandonment_rate: '0.6667' }
  expect(await byDay(columns)).toEqual([{ day: 1, ...figures }])
  expect(await overall(columns)).toEqual(figures)
})

test('a late purchase takes a cart back from the abandoned ones', async () => {
  await store.events({ ...session(1), ...cart })
  expect(await overall('cart_abandonment_rate as rate')).toEqual({ rate: '1.0000' })
  await store.events({ ...session(1), ...purchase() })
  expect(await overall('cart_abandonment_rate as rate')).toEqual({ rate: '0.0000' })
})

test('a repeat customer bought in two sessions or more; two purchases of one session are one', async () => {
  await store.events(
    { ...user(1), ...session(1), ...purchase() },
    { ...user(1), ...session(2), ...purchase() },
    { ...user(2), ...session(3), ...purchase() },
    { ...user(2), ...session(3), ...purchase() },
    { ...user(3), ...session(4) },
  )
  const columns = 'customers, repeat_customers, repeat_customer_rate'
  const figures = { customers: '2', repeat_customers: '1', repeat_customer_rate: '0.5000' }
  expect(await byDay(columns)).toEqual([{ day: 1, ...figures }])
  expect(await overall(columns)).toEqual(figures)
})

test('who buys on two days is a repeat customer over all time, and of neither day', async () => {
  await store.events(
    { ...at('1 10:00:00'), ...session(1), ...purchase() },
    { ...at('2 10:00:00'), ...session(2), ...purchase() },
  )
  expect(await byDay('repeat_customers::int as repeated')).toEqual([
    { day: 1, repeated: 0 },
    { day: 2, repeated: 0 },
  ])
  expect(await overall('repeat_customers::int as repeated')).toEqual({ repeated: 1 })
})

test('the average order is revenue per purchasing session', async () => {
  await store.events(
    { ...session(1), ...purchase(10) },
    { ...session(1), ...purchase(5.5) },
    { ...session(2), ...purchase(4.51) },
    { ...session(3), ...cart, price: '1000' },
  )
  const columns = 'revenue, purchases::int, average_order_value'
  const figures = { revenue: '20.01', purchases: 3, average_order_value: '10.01' }
  expect(await byDay(columns)).toEqual([{ day: 1, ...figures }])
  expect(await overall(columns)).toEqual(figures)
})

test('a returning user was seen on a day before, which a late event can be', async () => {
  await store.events(
    { ...at('2 23:59:59'), ...user(1) },
    { ...at('3 00:00:00'), ...user(1) },
    { ...at('3 10:00:00'), ...user(2) },
    { ...at('3 11:00:00'), ...user(2) },
  )
  const columns = 'users::int, returning_users::int as returning'
  expect(await byDay(columns)).toEqual([
    { day: 2, users: 1, returning: 0 },
    { day: 3, users: 2, returning: 1 },
  ])
  expect(await overall(columns)).toEqual({ users: 2, returning: 1 })

  await store.events({ ...at('1 10:00:00'), ...user(2) })
  expect(await byDay(columns)).toEqual([
    { day: 1, users: 1, returning: 0 },
    { day: 2, users: 1, returning: 0 },
    { day: 3, users: 2, returning: 2 },
  ])
  expect(await overall(columns)).toEqual({ users: 2, returning: 2 })
})

test('a session of two days counts on each for what was done on it, and once over all time', async () => {
  await store.events(at('1 23:59:00'), { ...at('2 00:01:00'), ...purchase() })
  const columns = 'view_sessions::int as views, purchase_sessions::int as purchases'
  expect(await byDay(columns)).toEqual([
    { day: 1, views: 1, purchases: 0 },
    { day: 2, views: 0, purchases: 1 },
  ])
  expect(await overall(columns)).toEqual({ views: 1, purchases: 1 })
})

const rates = 'conversion_rate, cart_abandonment_rate, repeat_customer_rate, average_order_value'
const unknown = {
  conversion_rate: null,
  cart_abandonment_rate: null,
  repeat_customer_rate: null,
  average_order_value: null,
}

test('rates without anything to divide by are null', async () => {
  await store.events({ event_type: 'remove_from_cart' })
  expect(await byDay(rates)).toEqual([{ day: 1, ...unknown }])
  expect(await overall(rates)).toEqual(unknown)
})

test('without events there is no day, and one row of nothing over all time', async () => {
  expect(await byDay(rates)).toEqual([])
  expect(await overall(`${rates}, events::int, users::int, revenue::int`)).toEqual({
    ...unknown,
    events: 0,
    users: 0,
    revenue: 0,
  })
})
