import { expect, test } from 'vitest'
import { item, shopDatabase } from './shop.ts'

const shop = shopDatabase()

test('an order has one row per item, numbered from 1 in the order of the event', async () => {
  await shop.purchases({ items: [item('b', 2, 1.5), item('a', 1, 2)] })
  expect(
    await shop.rows(
      'select item_no, product_id, quantity, price from silver.purchase_items order by item_no',
    ),
  ).toEqual([
    { item_no: 1, product_id: 'b', quantity: 2, price: '1.50' },
    { item_no: 2, product_id: 'a', quantity: 1, price: '2.00' },
  ])
})

test('an order without items is an order', async () => {
  await shop.purchases({ items: [] }, { items: undefined })
  expect(await shop.rows('select count(*)::int as n from silver.purchases')).toEqual([{ n: 2 }])
  expect(await shop.rows('select from silver.purchase_items')).toEqual([])
})

test('every field of a page view arrives with its type', async () => {
  await shop.pageViews({
    view_duration_s: 12.345,
    device: 'tablet',
    product_id: null,
    page_type: 'home',
  })
  expect(
    await shop.rows(
      `select user_id, product_id, page_type, view_duration_s, device, viewed_at from silver.page_views`,
    ),
  ).toEqual([
    {
      user_id: 'u1',
      product_id: null,
      page_type: 'home',
      view_duration_s: '12.345',
      device: 'tablet',
      viewed_at: new Date('2026-03-01T10:00:00Z'),
    },
  ])
})

test('a product keeps its newest entry', async () => {
  await shop.products({ price: 10 }, { price: 12.5, image_url: 'https://x/y.jpg' })
  expect(await shop.rows('select product_id, price, image_url from silver.shop_products')).toEqual([
    { product_id: 'p1', price: '12.50', image_url: 'https://x/y.jpg' },
  ])
})
