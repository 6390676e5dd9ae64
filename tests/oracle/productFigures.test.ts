import { expect, test } from 'vitest'
import { ecommerceFigures } from './ecommerce.ts'
import { mug, order, topic, view } from './exampleRecords.ts'
import type { TopicRecord } from './readTopics.ts'

const now = new Date('2026-03-01T10:30:20.000Z')

test('the newest catalogue entry names a product, whatever the order of the records', () => {
  const [older, newer] = topic('products', mug, { ...mug, name: 'Big mug', price: 12.5 })
  const expected = [
    {
      product_id: 'p1',
      product_name: 'Big mug',
      category: 'Kitchen',
      price: '12.50',
      image_url: 'https://a/p1.jpg',
    },
  ]
  expect(ecommerceFigures([newer!, older!], { now }).shop_products).toEqual(expected)
})

test('of two entries of the same millisecond the later partition is newer, then the later offset', () => {
  const [first, second, third] = topic(
    'products',
    { ...mug, name: 'first' },
    { ...mug, name: 'second' },
    { ...mug, name: 'third' },
  ).map((record) => ({ ...record, timestamp: 0 }))
  const nameOf = (...records: TopicRecord[]) =>
    ecommerceFigures(records, { now }).shop_products[0]!.product_name
  expect(nameOf(first!, second!, third!)).toBe('third')
  expect(nameOf({ ...first!, partition: 1 }, second!, third!)).toBe('first')
})

test('only views of a product page count, and a viewer counts once', () => {
  const records = topic(
    'page-views',
    view(1, 'anna', 'p1', '10:00:00'),
    view(2, 'anna', 'p1', '10:00:01'),
    view(3, 'ben', 'p1', '10:00:02'),
    view(4, 'ben', 'p1', '10:00:03', 'category'),
    view(5, 'ben', null, '10:00:04'),
  )
  expect(ecommerceFigures(records, { now }).product_views).toEqual([
    { product_id: 'p1', views: '3', viewers: '2' },
  ])
})

test('sales are exact where floats are not, and two lines of one order are one order', () => {
  const records = topic(
    'purchases',
    order(1, 'anna', 0.5, '10:00:00', [
      ['p1', 3, 0.1],
      ['p1', 1, 0.2],
    ]),
    order(2, 'ben', 0.7, '10:00:00', [['p1', 7, 0.1]]),
  )
  expect(ecommerceFigures(records, { now }).product_sales).toEqual([
    { product_id: 'p1', orders: '2', units: '11', revenue: '1.20' },
  ])
})

test('performance has every product viewed or sold, named where the catalogue knows it', () => {
  const records = [
    ...topic('products', mug, { ...mug, product_id: 'p9', name: 'Never seen' }),
    ...topic(
      'page-views',
      view(1, 'anna', 'p1', '10:00:00'),
      view(2, 'ben', 'p1', '10:00:00'),
      view(3, 'carl', 'p1', '10:00:00'),
      view(4, 'carl', 'p3', '10:00:00'),
    ),
    ...topic(
      'purchases',
      order(1, 'anna', 5, '10:00:00', [['p1', 1, 5]]),
      order(2, 'ben', 14.99, '10:00:00', [
        ['p1', 1, 5],
        ['p2', 1, 9.99],
      ]),
    ),
  ]
  const unnamed = { product_name: null, category: null }
  expect(ecommerceFigures(records, { now }).product_performance).toEqual([
    {
      product_id: 'p1',
      product_name: 'Mug',
      category: 'Kitchen',
      views: '3',
      orders: '2',
      units: '2',
      revenue: '10.00',
      conversion: '0.6667',
    },
    {
      product_id: 'p2',
      ...unnamed,
      views: '0',
      orders: '1',
      units: '1',
      revenue: '9.99',
      conversion: null,
    },
    {
      product_id: 'p3',
      ...unnamed,
      views: '1',
      orders: '0',
      units: '0',
      revenue: '0.00',
      conversion: '0.0000',
    },
  ])
})

test('pairs bought together have support and lift over all orders', () => {
  const items = (...products: string[]) =>
    products.map((product): [string, number, number] => [product, 1, 1])
  const records = topic(
    'purchases',
    order(1, 'anna', 3, '10:00:00', items('p2', 'p1', 'p2')),
    order(2, 'ben', 2, '10:00:00', items('p1', 'p2')),
    order(3, 'carl', 1, '10:00:00', items('p1')),
  )
  // together 2 of 3 orders; p1 in 3, p2 in 2: lift = 2 * 3 / (3 * 2)
  expect(ecommerceFigures(records, { now }).bought_together).toEqual([
    {
      product_id: 'p1',
      other_product_id: 'p2',
      product_name: null,
      other_product_name: null,
      orders_together: '2',
      support: '0.666667',
      lift: '1.0000',
    },
  ])
})
