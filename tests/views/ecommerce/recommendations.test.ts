import { expect, test } from 'vitest'
import { item, shopDatabase } from './shop.ts'

const shop = shopDatabase()
const order = (...products: string[]) => ({ items: products.map((product) => item(product)) })
const recommended = () =>
  shop.rows(
    `select product_id as for, place::int, other_product_id as other, orders_together::int as together
    from gold.recommendations order by 1, 2`,
  )

test('a pair recommends each to those who buy the other', async () => {
  await shop.purchases(order('a', 'b'), order('b', 'a'))
  expect(await recommended()).toEqual([
    { for: 'a', place: 1, other: 'b', together: 2 },
    { for: 'b', place: 1, other: 'a', together: 2 },
  ])
})

test('what was bought together only once is chance', async () => {
  await shop.purchases(order('a', 'b'))
  expect(await recommended()).toEqual([])
})

test('the highest lift comes first: what sells with everything is no recommendation', async () => {
  // b is in every order, c in two, and both of these are with a
  await shop.purchases(order('a', 'b', 'c'), order('a', 'b', 'c'), order('a', 'b'))
  await shop.purchases(order('b'), order('b'), order('b'))
  const forA = (await recommended()).filter((row) => row['for'] === 'a')
  expect(forA).toEqual([
    { for: 'a', place: 1, other: 'c', together: 2 },
    { for: 'a', place: 2, other: 'b', together: 3 },
  ])
})

test('both products are named, and the recommended one has its picture', async () => {
  await shop.products(
    { product_id: 'a', name: 'Lamp' },
    { product_id: 'b', name: 'Bulb', image_url: 'https://x/bulb.jpg' },
  )
  await shop.purchases(order('a', 'b'), order('a', 'b'))
  const [row] = await shop.rows(`select * from gold.recommendations where product_id = 'a'`)
  expect(row).toMatchObject({
    product_name: 'Lamp',
    other_product_name: 'Bulb',
    other_image_url: 'https://x/bulb.jpg',
  })
})
