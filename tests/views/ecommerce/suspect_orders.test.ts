import { expect, test } from 'vitest'
import { shopDatabase, uuid } from './shop.ts'

const shop = shopDatabase()
const at = (time: string) => ({ event_time: `2026-03-01T${time}Z` })
const suspects = () =>
  shop.rows(
    `select total_amount, largest_amount, orders_before::int as before,
      orders_in_10_minutes::int as in_10_minutes, cards_in_hour::int as cards, reasons
    from gold.suspect_orders order by purchased_at, order_id`,
  )
/** Five orders of 10 each, an hour apart. */
const history = ['03', '04', '05', '06', '07'].map((hour) => ({
  ...at(`${hour}:00:00`),
  total_amount: 10,
}))

test('an order of more than 3 times the largest of at least 5 others is suspect', async () => {
  await shop.purchases(...history, { ...at('10:00:00'), total_amount: 30.01 })
  expect(await suspects()).toEqual([
    {
      total_amount: '30.01',
      largest_amount: '10.00',
      before: 5,
      in_10_minutes: 1,
      cards: 0,
      reasons: 'unusual amount',
    },
  ])
})

test('an order of exactly 3 times the largest is not', async () => {
  await shop.purchases(...history, { ...at('10:00:00'), total_amount: 30 })
  expect(await suspects()).toEqual([])
})

test('4 orders are no history', async () => {
  await shop.purchases(...history.slice(1), { ...at('10:00:00'), total_amount: 1000 })
  expect(await suspects()).toEqual([])
})

test('an earlier order that comes late can make a later one suspect, and the largest one free it', async () => {
  await shop.purchases(...history.slice(1), { ...at('10:00:00'), total_amount: 40 })
  expect(await suspects()).toEqual([])
  await shop.purchases(history[0]!)
  expect(await suspects()).toMatchObject([{ before: 5, reasons: 'unusual amount' }])
  await shop.purchases({ ...at('02:00:00'), total_amount: 20 })
  expect(await suspects()).toEqual([])
})

test('what another user pays, what was paid later and what is older than 30 days is no history', async () => {
  await shop.purchases(
    { event_time: '2026-01-30T09:00:00Z', total_amount: 10 },
    ...history.slice(1),
    { ...at('09:00:00'), user_id: 'u2', total_amount: 10 },
    { ...at('10:00:00'), total_amount: 50 },
    { ...at('11:00:00'), total_amount: 10 },
  )
  expect(await suspects()).toEqual([])
})

test('the 5th order within 10 minutes is hasty, and those after it', async () => {
  const minutes = ['00', '02', '04', '06', '09', '10']
  await shop.purchases(...minutes.map((minute) => at(`10:${minute}:00`)))
  expect(await suspects()).toMatchObject([
    { before: 4, in_10_minutes: 5, reasons: 'many orders in 10 minutes' },
    { before: 5, in_10_minutes: 5, reasons: 'many orders in 10 minutes' },
  ])
})

test('an order exactly 10 minutes ago does not make one hasty', async () => {
  const minutes = ['00', '02', '04', '06', '10']
  await shop.purchases(...minutes.map((minute) => at(`10:${minute}:00`)))
  expect(await suspects()).toEqual([])
})

test('the 3rd card within an hour is suspect, the same card again is not', async () => {
  const paid = (time: string, card_last4: string | null) => ({ ...at(time), card_last4 })
  await shop.purchases(
    paid('10:00:00', '1111'),
    paid('10:15:00', '2222'),
    paid('10:30:00', '1111'),
    paid('10:31:00', null),
  )
  expect(await suspects()).toEqual([])
  await shop.purchases(paid('10:59:59.999', '3333'))
  expect(await suspects()).toMatchObject([{ cards: 3, reasons: 'many cards in an hour' }])
})

test('a card that was used exactly an hour ago does not count', async () => {
  const paid = (time: string, card_last4: string) => ({ ...at(time), card_last4 })
  await shop.purchases(paid('10:00:00', '1111'), paid('10:15:00', '2222'), paid('11:00:00', '3333'))
  expect(await suspects()).toEqual([])
})

test('an order can be suspect for several reasons, each in a column', async () => {
  const orders = ['1111', '2222', '3333', '1111', '1111'].map((card_last4, index) => ({
    ...at(`10:0${index}:00`),
    card_last4,
    total_amount: 1,
  }))
  await shop.purchases(...orders, { ...at('10:05:00'), card_last4: '1111', total_amount: 100 })
  const rows = await shop.rows(
    `select has_unusual_amount, is_hasty, has_many_cards, reasons
    from gold.suspect_orders order by purchased_at desc limit 1`,
  )
  expect(rows).toEqual([
    {
      has_unusual_amount: true,
      is_hasty: true,
      has_many_cards: true,
      reasons: 'unusual amount, many orders in 10 minutes, many cards in an hour',
    },
  ])
})

test('an order that was sent twice counts once', async () => {
  const orders = ['00', '02', '04', '06'].map((minute) => at(`10:${minute}:00`))
  await shop.purchases(...orders, { ...at('10:07:00'), order_id: uuid(7) })
  await shop.purchases({ ...at('10:07:00'), order_id: uuid(7) })
  expect(await suspects()).toMatchObject([{ in_10_minutes: 5 }])
})
