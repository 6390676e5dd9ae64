import { expect, test } from 'vitest'
import { shopDatabase, uuid } from './shop.ts'

const shop = shopDatabase()
const at = (page_type: string, session = 1, event_time = '2026-03-01T10:00:00Z') => ({
  page_type,
  session_id: uuid(session),
  event_time,
})
const funnel = (day = '2026-03-01') =>
  shop.rows(
    `select step, sessions_seen::int as seen, sessions::int, share_of_all, share_of_step_before
    from gold.funnel where day_at = '${day}T00:00:00Z' order by step_no`,
  )
const sessions = async (day?: string) => (await funnel(day)).map((row) => row['sessions'])
const seen = async (day?: string) => (await funnel(day)).map((row) => row['seen'])

test('each step has the sessions that got at least as far, and their share', async () => {
  await shop.pageViews(at('home', 1), at('home', 2), at('home', 3), at('home', 4))
  await shop.pageViews(at('category', 1), at('category', 2), at('product', 1), at('product', 2))
  await shop.pageViews(at('cart', 1), at('checkout', 1))
  await shop.purchases({ session_id: uuid(1) })
  expect(await funnel()).toEqual([
    { step: 'home', seen: 4, sessions: 4, share_of_all: '1.0000', share_of_step_before: null },
    {
      step: 'category',
      seen: 2,
      sessions: 2,
      share_of_all: '0.5000',
      share_of_step_before: '0.5000',
    },
    {
      step: 'product',
      seen: 2,
      sessions: 2,
      share_of_all: '0.5000',
      share_of_step_before: '1.0000',
    },
    { step: 'cart', seen: 1, sessions: 1, share_of_all: '0.2500', share_of_step_before: '0.5000' },
    {
      step: 'checkout',
      seen: 1,
      sessions: 1,
      share_of_all: '0.2500',
      share_of_step_before: '1.0000',
    },
    { step: 'order', seen: 1, sessions: 1, share_of_all: '0.2500', share_of_step_before: '1.0000' },
  ])
})

test('a session that came in at a product got past home and category, though it was not seen there', async () => {
  await shop.pageViews(at('product'))
  expect(await sessions()).toEqual([1, 1, 1, 0, 0, 0])
  expect(await seen()).toEqual([0, 0, 1, 0, 0, 0])
})

test('a session that goes back and forth counts once', async () => {
  await shop.pageViews(at('home'), at('product'), at('home'), at('product'))
  expect(await sessions()).toEqual([1, 1, 1, 0, 0, 0])
})

test('a session that comes in late at an earlier step stays as far as it was', async () => {
  await shop.pageViews(at('checkout'))
  await shop.pageViews(at('home', 1, '2026-03-01T09:59:00Z'))
  expect(await sessions()).toEqual([1, 1, 1, 1, 1, 0])
})

test('an order that is stored before its page views counts', async () => {
  await shop.purchases({})
  expect(await sessions()).toEqual([1, 1, 1, 1, 1, 1])
  await shop.pageViews(at('checkout'))
  expect(await sessions()).toEqual([1, 1, 1, 1, 1, 1])
})

test('a session over midnight is one of each day, as far as it got there', async () => {
  await shop.pageViews(at('home', 1, '2026-03-01T23:59:59.999Z'))
  await shop.pageViews(at('product', 1, '2026-03-02T00:00:00Z'))
  expect(await sessions('2026-03-01')).toEqual([1, 0, 0, 0, 0, 0])
  expect(await sessions('2026-03-02')).toEqual([1, 1, 1, 0, 0, 0])
})

test('a step that nobody got to is 0, and so is its share; the one after it has no share of it', async () => {
  await shop.pageViews(at('cart'))
  expect((await funnel()).slice(4)).toEqual([
    {
      step: 'checkout',
      seen: 0,
      sessions: 0,
      share_of_all: '0.0000',
      share_of_step_before: '0.0000',
    },
    { step: 'order', seen: 0, sessions: 0, share_of_all: '0.0000', share_of_step_before: null },
  ])
})

test('a page that is no step to an order is none', async () => {
  await shop.pageViews(at('imprint'), { page_type: null })
  expect(await shop.rows('select from gold.funnel')).toEqual([])
})
