import { expect, test } from 'vitest'
import { shopDatabase, uuid } from './shop.ts'

const shop = shopDatabase()

test('hourly sales: orders, revenue, customers and the average order, per hour of UTC', async () => {
  await shop.purchases(
    { user_id: 'u1', total_amount: 10, event_time: '2026-03-01T10:00:00.000Z' },
    { user_id: 'u1', total_amount: 5, event_time: '2026-03-01T10:59:59.999Z' },
    { user_id: 'u2', total_amount: 5.5, event_time: '2026-03-01T12:30:00+02:00' },
    { user_id: 'u1', total_amount: 1, event_time: '2026-03-01T11:00:00Z' },
  )
  const hours = await shop.rows(
    `select hour_at, orders::int, revenue, unique_customers::int, round(average_order_value, 6) as average
    from gold.hourly_sales order by 1`,
  )
  expect(hours).toEqual([
    {
      hour_at: new Date('2026-03-01T10:00:00Z'),
      orders: 3,
      revenue: '20.50',
      unique_customers: 2,
      average: '6.833333',
    },
    {
      hour_at: new Date('2026-03-01T11:00:00Z'),
      orders: 1,
      revenue: '1.00',
      unique_customers: 1,
      average: '1.000000',
    },
  ])
})

test('hours are those of UTC, also for a reader with another time zone', async () => {
  await shop.purchases({ event_time: '2026-03-01T10:40:00Z' })
  await shop.rows(`set local timezone = 'Asia/Kolkata'`)
  expect(await shop.rows('select hour_at from gold.hourly_sales')).toEqual([
    { hour_at: new Date('2026-03-01T10:00:00Z') },
  ])
})

test('an order with the same id twice counts once, in the hour that was stored first', async () => {
  await shop.purchases(
    { order_id: uuid(7), total_amount: 10, event_time: '2026-03-01T10:00:00Z' },
    { order_id: uuid(7), total_amount: 10, event_time: '2026-03-01T12:00:00Z' },
  )
  expect(await shop.rows('select hour_at, orders::int, revenue from gold.hourly_sales')).toEqual([
    { hour_at: new Date('2026-03-01T10:00:00Z'), orders: 1, revenue: '10.00' },
  ])
})

test('a late order adds to the hour in which it was placed', async () => {
  await shop.purchases(
    { event_time: '2026-03-01T12:00:00Z' },
    { event_time: '2026-03-01T10:30:00Z', total_amount: 3 },
  )
  expect(await shop.rows('select hour_at, revenue from gold.hourly_sales order by 1')).toEqual([
    { hour_at: new Date('2026-03-01T10:00:00Z'), revenue: '3.00' },
    { hour_at: new Date('2026-03-01T12:00:00Z'), revenue: '0.00' },
  ])
})

test('sales by minute: a minute ends before the next begins', async () => {
  await shop.purchases(
    { total_amount: 1, event_time: '2026-03-01T10:00:59.999Z' },
    { total_amount: 2, event_time: '2026-03-01T10:01:00.000Z' },
    { total_amount: 4, event_time: '2026-03-01T10:01:59.999Z' },
  )
  expect(
    await shop.rows('select minute_at, orders::int, revenue from gold.sales_by_minute order by 1'),
  ).toEqual([
    { minute_at: new Date('2026-03-01T10:00:00Z'), orders: 1, revenue: '1.00' },
    { minute_at: new Date('2026-03-01T10:01:00Z'), orders: 2, revenue: '6.00' },
  ])
})

test('active users by minute: one row per minute and user, of events of all kinds', async () => {
  await shop.pageViews({ user_id: 'u1' }, { user_id: 'u2' })
  await shop.cart({ user_id: 'u1' })
  await shop.searches({ user_id: 'u1', event_time: '2026-03-01T10:01:00Z' })
  await shop.purchases({ user_id: 'u1', event_time: '2026-03-01T10:00:30Z' })
  expect(
    await shop.rows(
      `select to_char(minute_at at time zone 'UTC', 'HH24:MI') as minute, user_id, events::int, orders::int
      from gold.active_users_by_minute order by 1, 2`,
    ),
  ).toEqual([
    { minute: '10:00', user_id: 'u1', events: 3, orders: 1 },
    { minute: '10:00', user_id: 'u2', events: 1, orders: 0 },
    { minute: '10:01', user_id: 'u1', events: 1, orders: 0 },
  ])
})
