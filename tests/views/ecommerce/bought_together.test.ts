import { expect, test } from 'vitest'
import { item, shopDatabase, uuid } from './shop.ts'

const shop = shopDatabase()
const pairs = () =>
  shop.rows(
    `select product_id as one, other_product_id as other, orders_together::int as together, support, lift
    from gold.bought_together order by 1, 2`,
  )
const order = (...products: string[]) => ({ items: products.map((product) => item(product)) })

test('support and lift of two products, by hand', async () => {
  // a in 3 of 5 orders, b in 3, together in 2: support 2/5, lift 2 * 5 / (3 * 3)
  await shop.purchases(order('a', 'b'), order('b', 'a'), order('a'), order('b'), order('c'))
  expect(await pairs()).toEqual([
    { one: 'a', other: 'b', together: 2, support: '0.400000', lift: '1.1111' },
  ])
})

test('an order of three products has three pairs', async () => {
  await shop.purchases(order('c', 'a', 'b'))
  const sure = { together: 1, support: '1.000000', lift: '1.0000' }
  expect(await pairs()).toEqual([
    { one: 'a', other: 'b', ...sure },
    { one: 'a', other: 'c', ...sure },
    { one: 'b', other: 'c', ...sure },
  ])
})

test('a product twice in an order is no pair, and counts once', async () => {
  await shop.purchases(order('a', 'a'), order('a', 'b', 'b'))
  expect(await pairs()).toEqual([
    { one: 'a', other: 'b', together: 1, support: '0.500000', lift: '1.0000' },
  ])
})

test('an order that was sent twice counts once', async () => {
  await shop.purchases(
    { ...order('a', 'b'), order_id: uuid(7) },
    { ...order('a', 'b'), order_id: uuid(7) },
    order('c'),
  )
  expect(await pairs()).toMatchObject([{ together: 1, support: '0.500000' }])
})

test('items without a product are left out', async () => {
  await shop.purchases({ items: [item('a'), { quantity: 1, price: 1 }] })
  expect(await pairs()).toEqual([])
})

test('a pair has the names of both products, as they are now', async () => {
  await shop.purchases(order('b', 'a'))
  await shop.products({ product_id: 'a', name: 'Lamp' })
  const names = () =>
    shop.rows('select product_name as one, other_product_name as other from gold.bought_together')
  expect(await names()).toEqual([{ one: 'Lamp', other: null }])
  await shop.products({ product_id: 'b', name: 'Bulb' }, { product_id: 'a', name: 'Old lamp' })
  expect(await names()).toEqual([{ one: 'Old lamp', other: 'Bulb' }])
})

test('an order without items takes part in all orders', async () => {
  await shop.purchases(order('a', 'b'), order())
  expect(await pairs()).toMatchObject([{ support: '0.500000', lift: '2.0000' }])
})

test('without orders there is nothing', async () => {
  expect(await pairs()).toEqual([])
})
