import { expect, test } from 'vitest'
import { at, purchase, storeDatabase } from './store.ts'

const store = storeDatabase()
const times = <Event>(count: number, event: Event) => Array.from({ length: count }, () => event)
const of = (brand: string | null, time: string) => ({ ...at(time), brand })

test('a brand has its products, categories and prices', async () => {
  await store.events(
    { product_id: '1', category_id: '100', price: '5.00' },
    { product_id: '1', category_id: '100', price: '7.50' },
    { product_id: '2', category_id: '200', price: '6.00' },
    { brand: 'zephyr', price: null },
    { brand: null },
  )
  expect(
    await store.rows(
      `select brand, products::int, categories::int, lowest_price, highest_price
      from silver.brand_details order by 1`,
    ),
  ).toEqual([
    { brand: 'arbor', products: 2, categories: 2, lowest_price: '5.00', highest_price: '7.50' },
    { brand: 'zephyr', products: 1, categories: 1, lowest_price: null, highest_price: null },
  ])
})

const trends = () =>
  store.rows(
    `select brand, events::int, events_before::int as before, share, share_before, growth, place::int
    from gold.trending_brands order by place`,
  )

test('the newest hour is compared with the hour before: the greatest gain of a share is first', async () => {
  await store.events(
    ...times(3, of('arbor', '1 10:59:59')),
    ...times(1, of('zephyr', '1 10:00:00')),
    ...times(2, of('arbor', '1 11:00:00')),
    ...times(2, of('zephyr', '1 11:59:59')),
    of('older', '1 09:59:59'),
    of(null, '1 11:30:00'),
  )
  expect(await trends()).toEqual([
    {
      ...brand('zephyr', 2, 1),
      share: '0.5000',
      share_before: '0.2500',
      growth: '2.0000',
      place: 1,
    },
    {
      ...brand('arbor', 2, 3),
      share: '0.5000',
      share_before: '0.7500',
      growth: '0.6667',
      place: 2,
    },
  ])
})

test('a brand that is new has no growth, and one that is gone has none left', async () => {
  await store.events(of('gone', '1 10:00:00'), of('new', '1 11:00:00'))
  expect(await trends()).toMatchObject([
    { ...brand('new', 1, 0), growth: null, place: 1 },
    { ...brand('gone', 0, 1), growth: '0.0000', place: 2 },
  ])
})

test('without an hour before there is nothing to compare with, and places are by events', async () => {
  await store.events(of('arbor', '1 10:00:00'), ...times(2, of('zephyr', '1 10:00:00')))
  expect(await trends()).toMatchObject([
    { ...brand('zephyr', 2, 0), share: '0.6667', share_before: null, place: 1 },
    { ...brand('arbor', 1, 0), place: 2 },
  ])
})

test('a late event moves what it is about, and a newer one the hour itself', async () => {
  await store.events(of('arbor', '1 11:00:00'))
  await store.events(of('arbor', '1 10:00:00'))
  expect(await trends()).toMatchObject([brand('arbor', 1, 1)])
  await store.events(of('arbor', '1 12:00:00'), { ...of('arbor', '1 12:00:00'), ...purchase() })
  expect(await trends()).toMatchObject([brand('arbor', 2, 1)])
})

const brand = (name: string, events: number, before: number) => ({ brand: name, events, before })
