import { expect, test } from 'vitest'
import { item, shopDatabase, uuid } from './shop.ts'

const shop = shopDatabase()
const performance = () =>
  shop.rows(
    `select product_id, product_name, views::int, orders::int, units::int, revenue, conversion
    from gold.product_performance order by product_id`,
  )

test('a product that was viewed and sold has a conversion of orders per view', async () => {
  await shop.products({ product_id: 'p1', name: 'Lamp' })
  await shop.pageViews({}, {}, {})
  await shop.purchases({ items: [item('p1', 2, 12.34)] })
  expect(await performance()).toEqual([
    {
      product_id: 'p1',
      product_name: 'Lamp',
      views: 3,
      orders: 1,
      units: 2,
      revenue: '24.68',
      conversion: '0.3333',
    },
  ])
})

test('a product that was sold but never viewed has no conversion', async () => {
  await shop.purchases({ items: [item('p1')] })
  expect(await performance()).toMatchObject([{ views: 0, orders: 1, conversion: null }])
})

test('a product that was viewed but never sold has a conversion of 0', async () => {
  await shop.pageViews({})
  expect(await performance()).toMatchObject([
    { views: 1, orders: 0, units: 0, revenue: '0', conversion: '0.0000' },
  ])
})

test('a product that is in no catalogue yet has no name, and gets it when it comes', async () => {
  await shop.pageViews({})
  expect(await performance()).toMatchObject([{ product_id: 'p1', product_name: null }])
  await shop.products({ product_id: 'p1', name: 'Lamp' })
  expect(await performance()).toMatchObject([{ product_name: 'Lamp' }])
})

test('a product of the catalogue that nobody viewed or bought is not listed', async () => {
  await shop.products({ product_id: 'p9' })
  expect(await performance()).toEqual([])
})

test('only views of product pages count', async () => {
  await shop.pageViews(
    { page_type: 'home', product_id: null },
    { page_type: 'category' },
    { page_type: 'product', product_id: null },
    { page_type: 'product' },
  )
  expect(await performance()).toMatchObject([{ product_id: 'p1', views: 1 }])
})

test('the same view sent twice counts once', async () => {
  await shop.pageViews({ event_id: uuid(7) }, { event_id: uuid(7) })
  expect(await performance()).toMatchObject([{ views: 1 }])
})

test('an order with the same id twice counts once, with the items that were stored first', async () => {
  await shop.purchases(
    { order_id: uuid(7), items: [item('p1', 1, 10)] },
    { order_id: uuid(7), items: [item('p1', 5, 10)] },
  )
  expect(await performance()).toMatchObject([{ orders: 1, units: 1, revenue: '10.00' }])
})

test('a product at two places of an order is one order, both units', async () => {
  await shop.purchases({ items: [item('p1', 1, 10), item('p2', 1, 1), item('p1', 2, 9.5)] })
  expect(await performance()).toMatchObject([
    { product_id: 'p1', orders: 1, units: 3, revenue: '29.00' },
    { product_id: 'p2', orders: 1, units: 1, revenue: '1.00' },
  ])
})

test('a product has its newest name, whatever comes late', async () => {
  await shop.pageViews({})
  await shop.products({ name: 'Old lamp' }, { name: 'New lamp' })
  expect(await performance()).toMatchObject([{ product_name: 'New lamp' }])
})
