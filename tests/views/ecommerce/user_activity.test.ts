import { expect, test } from 'vitest'
import { shopDatabase, uuid } from './shop.ts'

const shop = shopDatabase()
const activity = () =>
  shop.rows(
    `select user_id, sessions::int, events::int, orders::int, spend, first_seen_at, last_seen_at
    from gold.user_activity order by user_id`,
  )

test('a user is the sum of views, cart events, searches and orders', async () => {
  await shop.pageViews({ event_time: '2026-03-01T10:00:00Z' }, {})
  await shop.cart({ event_time: '2026-03-01T09:00:00Z' })
  await shop.searches({})
  await shop.purchases({ total_amount: 24.68, event_time: '2026-03-01T11:30:00Z' })
  expect(await activity()).toEqual([
    {
      user_id: 'u1',
      sessions: 1,
      events: 5,
      orders: 1,
      spend: '24.68',
      first_seen_at: new Date('2026-03-01T09:00:00Z'),
      last_seen_at: new Date('2026-03-01T11:30:00Z'),
    },
  ])
})

test('a user seen in two sessions, by different events, has two', async () => {
  await shop.pageViews({ session_id: uuid(1) }, { session_id: uuid(1) })
  await shop.searches({ session_id: uuid(2) })
  expect(await activity()).toMatchObject([{ sessions: 2, events: 3 }])
})

test('a session that two users share is one of each', async () => {
  await shop.pageViews({ user_id: 'u1' }, { user_id: 'u2' })
  expect(await activity()).toMatchObject([
    { user_id: 'u1', sessions: 1 },
    { user_id: 'u2', sessions: 1 },
  ])
})

test('a user without orders has spent nothing', async () => {
  await shop.cart({ action: 'remove' })
  expect(await activity()).toMatchObject([{ events: 1, orders: 0, spend: '0' }])
})

test('an order with the same id twice is one event, one order and one amount', async () => {
  await shop.purchases(
    { order_id: uuid(7), total_amount: 10 },
    { order_id: uuid(7), total_amount: 10 },
    { order_id: uuid(8), total_amount: 0.5 },
  )
  expect(await activity()).toMatchObject([{ events: 2, orders: 2, spend: '10.50' }])
})

test('the same id in two topics is two events', async () => {
  await shop.searches({ event_id: uuid(7) })
  await shop.cart({ event_id: uuid(7) })
  expect(await activity()).toMatchObject([{ events: 2 }])
})
