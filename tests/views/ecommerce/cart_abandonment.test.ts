import { expect, test } from 'vitest'
import { shopDatabase, uuid } from './shop.ts'

const shop = shopDatabase()
const hours = () =>
  shop.rows(
    `select to_char(hour_at at time zone 'UTC', 'HH24:MI') as hour, carts::int, abandoned_carts::int, abandonment_rate
    from gold.cart_abandonment order by 1`,
  )
const at = (time: string) => ({ event_time: `2026-03-01T${time}Z` })
const kept = (hour: string) => ({
  hour,
  carts: 1,
  abandoned_carts: 0,
  abandonment_rate: '0.0000',
})
const abandoned = (hour: string) => ({
  hour,
  carts: 1,
  abandoned_carts: 1,
  abandonment_rate: '1.0000',
})

test('a cart is abandoned until an order of its session is seen', async () => {
  await shop.cart(at('10:05:00'))
  expect(await hours()).toEqual([abandoned('10:00')])
  await shop.purchases(at('10:40:00'))
  expect(await hours()).toEqual([kept('10:00')])
})

test('an order counts that is stored before its cart', async () => {
  await shop.purchases(at('10:40:00'))
  expect(await hours()).toEqual([])
  await shop.cart(at('10:05:00'))
  expect(await hours()).toEqual([kept('10:00')])
})

test('an order counts exactly 60 minutes after the cart, and no millisecond later', async () => {
  await shop.cart(at('10:05:00.000'))
  await shop.purchases(at('11:05:00.001'))
  expect(await hours()).toEqual([abandoned('10:00')])
  await shop.purchases(at('11:05:00.000'))
  expect(await hours()).toEqual([kept('10:00')])
})

test('an order before the cart does not keep it', async () => {
  await shop.purchases(at('10:04:59.999'))
  await shop.cart(at('10:05:00'))
  expect(await hours()).toEqual([abandoned('10:00')])
})

test('an order of another session does not keep it', async () => {
  await shop.cart(at('10:05:00'))
  await shop.purchases({ ...at('10:10:00'), session_id: uuid(2) })
  expect(await hours()).toEqual([abandoned('10:00')])
})

test('a session with several carts counts once, in the hour of the first, and an order after any keeps it', async () => {
  await shop.cart(at('12:30:00'), at('12:31:00'))
  await shop.cart(at('10:05:00'))
  expect(await hours()).toEqual([abandoned('10:00')])
  await shop.purchases(at('13:00:00'), at('13:10:00'))
  expect(await hours()).toEqual([kept('10:00')])
})

test('taking something out is no cart', async () => {
  await shop.cart({ ...at('10:05:00'), action: 'remove' })
  expect(await hours()).toEqual([])
})

test('the rate is of the carts of its hour', async () => {
  const session = (n: number) => ({ session_id: uuid(n) })
  await shop.cart(
    { ...at('10:00:00'), ...session(1) },
    { ...at('10:59:59.999'), ...session(2) },
    { event_time: '2026-03-01T12:30:00+02:00', ...session(3) },
    { ...at('11:00:00'), ...session(4) },
  )
  await shop.purchases({ ...at('11:59:00'), ...session(2) })
  expect(await hours()).toEqual([
    { hour: '10:00', carts: 3, abandoned_carts: 2, abandonment_rate: '0.6667' },
    abandoned('11:00'),
  ])
})
