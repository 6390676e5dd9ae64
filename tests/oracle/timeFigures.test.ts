import { expect, test } from 'vitest'
import { ecommerceFigures } from './ecommerce.ts'
import { order, session, topic, view } from './exampleRecords.ts'

const now = new Date('2026-03-01T10:30:20.000Z')
const noRecords = ecommerceFigures([], { now })

const cart = { ...view(6, 'anna', 'p1', '10:29:59.999'), action: 'add', quantity: 1 }
const search = { ...view(7, 'ben', null, '10:26:00'), query: 'mug', results: 17 }
const records = [
  ...topic(
    'page-views',
    view(1, 'anna', 'p1', '09:30:00'),
    view(2, 'carl', 'p1', '10:30:00'),
    view(3, 'dora', 'p1', '10:31:00'),
  ),
  ...topic('cart', { ...cart, session_id: session(3) }),
  ...topic('searches', search),
  ...topic(
    'purchases',
    order(1, 'anna', 10, '10:30:10', [['p1', 1, 10]]),
    order(2, 'anna', 10, '10:05:00', [['p1', 1, 10]]),
    order(3, 'ben', 0.01, '10:05:30', [['p1', 1, 0.01]]),
    order(4, 'ben', 7.5, '11:00:00', [['p1', 1, 7.5]]),
  ),
]
const figures = ecommerceFigures(records, { now })

test('a user’s activity counts events of four kinds, orders, sessions and spend', () => {
  expect(figures.user_activity.slice(0, 2)).toEqual([
    {
      user_id: 'anna',
      sessions: '3',
      events: '4',
      orders: '2',
      spend: '20.00',
      first_seen_at: '2026-03-01T09:30:00.000Z',
      last_seen_at: '2026-03-01T10:30:10.000Z',
    },
    {
      user_id: 'ben',
      sessions: '2',
      events: '3',
      orders: '2',
      spend: '7.51',
      first_seen_at: '2026-03-01T10:05:30.000Z',
      last_seen_at: '2026-03-01T11:00:00.000Z',
    },
  ])
})

test('a user who never bought spent 0.00', () => {
  expect(figures.user_activity[2]).toMatchObject({ user_id: 'carl', orders: '0', spend: '0.00' })
})

test('hourly sales have customers once and the average rounded to 6 decimals', () => {
  expect(figures.hourly_sales).toEqual([
    {
      hour_at: '2026-03-01T10:00:00.000Z',
      orders: '3',
      revenue: '20.01',
      unique_customers: '2',
      average_order_value: '6.670000',
    },
    {
      hour_at: '2026-03-01T11:00:00.000Z',
      orders: '1',
      revenue: '7.50',
      unique_customers: '1',
      average_order_value: '7.500000',
    },
  ])
})

test('sales by minute are sorted by minute', () => {
  expect(figures.sales_by_minute).toEqual([
    { minute_at: '2026-03-01T10:05:00.000Z', orders: '2', revenue: '10.01' },
    { minute_at: '2026-03-01T10:30:00.000Z', orders: '1', revenue: '10.00' },
    { minute_at: '2026-03-01T11:00:00.000Z', orders: '1', revenue: '7.50' },
  ])
})

test('active users by minute have one row per minute and user', () => {
  expect(figures.active_users_by_minute.slice(3, 7)).toEqual([
    { minute_at: '2026-03-01T10:26:00.000Z', user_id: 'ben', events: '1', orders: '0' },
    { minute_at: '2026-03-01T10:29:00.000Z', user_id: 'anna', events: '1', orders: '0' },
    { minute_at: '2026-03-01T10:30:00.000Z', user_id: 'anna', events: '1', orders: '1' },
    { minute_at: '2026-03-01T10:30:00.000Z', user_id: 'carl', events: '1', orders: '0' },
  ])
})

test('real-time windows hold the minutes that began inside them, none of the future', () => {
  expect(figures.real_time_metrics).toEqual([
    { window_minutes: '1', active_users: '2', orders: '1', revenue: '10.00', conversion: '0.5000' },
    { window_minutes: '5', active_users: '3', orders: '1', revenue: '10.00', conversion: '0.3333' },
    {
      window_minutes: '60',
      active_users: '3',
      orders: '3',
      revenue: '20.01',
      conversion: '0.6667',
    },
  ])
})

test('a minute that began exactly one window ago is outside', () => {
  const onTheMinute = ecommerceFigures(records, { now: new Date('2026-03-01T10:31:00Z') })
  expect(onTheMinute.real_time_metrics[0]).toMatchObject({ active_users: '1', orders: '0' })
  expect(onTheMinute.real_time_metrics[1]).toMatchObject({ active_users: '3', orders: '1' })
})

test('without events there are three windows of zeros and a null conversion, and no other row', () => {
  const zeros = { active_users: '0', orders: '0', revenue: '0.00', conversion: null }
  expect(noRecords).toMatchObject({
    real_time_metrics: ['1', '5', '60'].map((window_minutes) => ({ window_minutes, ...zeros })),
    user_activity: [],
    product_performance: [],
    broken: [],
  })
})
