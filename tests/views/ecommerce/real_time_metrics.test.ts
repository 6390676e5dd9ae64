import { expect, test } from 'vitest'
import { shopDatabase } from './shop.ts'

const shop = shopDatabase()
const metricsAt = (now: string) =>
  shop.rows(
    `select window_minutes as minutes, active_users::int as users, orders::int, revenue, conversion
    from gold.real_time_metrics order by 1`,
    now,
  )
const usersAt = async (now: string) => (await metricsAt(now)).map(({ users }) => users)

test('without events every window is there, with zeros and no conversion', async () => {
  const zero = { users: 0, orders: 0, revenue: '0', conversion: null }
  expect(await metricsAt('2026-03-01T10:00:00Z')).toEqual([
    { minutes: 1, ...zero },
    { minutes: 5, ...zero },
    { minutes: 60, ...zero },
  ])
})

test('each window counts its own minutes', async () => {
  await shop.pageViews(
    { user_id: 'u1', event_time: '2026-03-01T10:00:10Z' },
    { user_id: 'u2', event_time: '2026-03-01T09:57:10Z' },
    { user_id: 'u3', event_time: '2026-03-01T09:10:00Z' },
  )
  await shop.purchases(
    { user_id: 'u1', total_amount: 10, event_time: '2026-03-01T10:00:20Z' },
    { user_id: 'u4', total_amount: 5.5, event_time: '2026-03-01T09:30:00Z' },
  )
  expect(await metricsAt('2026-03-01T10:00:45Z')).toEqual([
    { minutes: 1, users: 1, orders: 1, revenue: '10.00', conversion: '1.0000' },
    { minutes: 5, users: 2, orders: 1, revenue: '10.00', conversion: '0.5000' },
    { minutes: 60, users: 4, orders: 2, revenue: '15.50', conversion: '0.5000' },
  ])
})

test('a minute leaves its window when its beginning is as old as the window', async () => {
  await shop.pageViews({ event_time: '2026-03-01T10:00:30Z' })
  expect(await usersAt('2026-03-01T10:00:59.999Z')).toEqual([1, 1, 1])
  expect(await usersAt('2026-03-01T10:01:00Z')).toEqual([0, 1, 1])
  expect(await usersAt('2026-03-01T10:04:59Z')).toEqual([0, 1, 1])
  expect(await usersAt('2026-03-01T10:05:00Z')).toEqual([0, 0, 1])
  expect(await usersAt('2026-03-01T11:00:00Z')).toEqual([0, 0, 0])
})

test('what lies in the future is not counted before its minute has begun', async () => {
  await shop.purchases({ total_amount: 7, event_time: '2026-03-01T10:02:30Z' })
  expect(await metricsAt('2026-03-01T10:01:59Z')).toMatchObject([
    { orders: 0 },
    { orders: 0 },
    { orders: 0 },
  ])
  expect(await metricsAt('2026-03-01T10:02:00Z')).toMatchObject([
    { users: 1, revenue: '7.00' },
    { revenue: '7.00' },
    { revenue: '7.00' },
  ])
})

test('a user of several minutes and orders counts once', async () => {
  await shop.pageViews(
    { event_time: '2026-03-01T10:00:00Z' },
    { event_time: '2026-03-01T10:01:00Z' },
  )
  await shop.purchases(
    { total_amount: 1, event_time: '2026-03-01T10:01:00Z' },
    { total_amount: 2, event_time: '2026-03-01T10:02:00Z' },
  )
  expect((await metricsAt('2026-03-01T10:02:30Z'))[1]).toEqual({
    minutes: 5,
    users: 1,
    orders: 2,
    revenue: '3.00',
    conversion: '1.0000',
  })
})
