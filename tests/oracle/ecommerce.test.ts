import { expect, test } from 'vitest'
import { ecommerceFigures } from './ecommerce.ts'
import { id, mug, order, topic, view } from './exampleRecords.ts'

const now = new Date('2026-03-01T10:30:20.000Z')

test('a repeated event id counts once', () => {
  const once = view(1, 'anna', 'p1', '10:00:00')
  const records = topic('page-views', once, once, { ...once, event_id: id(1).toUpperCase() })
  expect(ecommerceFigures(records, { now }).product_views).toMatchObject([{ views: '1' }])
})

test('a repeated order id counts once, with its items', () => {
  const once = order(1, 'anna', 4, '10:00:00', [['p1', 2, 2]])
  const figures = ecommerceFigures(topic('purchases', once, once), { now })
  expect(figures.sales_by_minute).toMatchObject([{ orders: '1', revenue: '4.00' }])
  expect(figures.product_sales).toMatchObject([{ units: '2' }])
})

test('a tombstone is no event and not broken', () => {
  const figures = ecommerceFigures(topic('products', mug, null), { now })
  expect(figures.shop_products).toHaveLength(1)
  expect(figures.broken).toEqual([])
})

test('what jsonb can’t store is left out and named', () => {
  const good = JSON.stringify(view(1, 'anna', 'p1', '10:00:00'))
  const records = topic(
    'page-views',
    good,
    good.slice(0, -1),
    Buffer.from([0x22, 0xff, 0x22]),
    good.replace('anna', 'an\\u0000na'),
    good.replace('anna', '\\ud83d'),
    good.replace('anna', '\\ude00\\ud83d'),
    good.replace('{', '{"user_id":"\\u0000",'),
    '',
    '\u{feff}{}',
  )
  const figures = ecommerceFigures(records, { now })
  const at = (offset: string, reason: string) => ({
    topic: 'ecommerce-page-views',
    partition: 0,
    offset,
    reason,
  })
  expect(figures.broken).toEqual([
    at('1', 'broken JSON'),
    at('2', 'invalid UTF-8'),
    at('3', '\\u0000'),
    at('4', 'lone surrogate'),
    at('5', 'lone surrogate'),
    at('6', '\\u0000'),
    at('7', 'broken JSON'),
    at('8', 'broken JSON'),
  ])
  expect(figures.product_views).toEqual([{ product_id: 'p1', views: '1', viewers: '1' }])
})

test('what only looks like a bad escape is stored', () => {
  const good = JSON.stringify(view(1, 'anna', 'p1', '10:00:00'))
  const users = ['\\\\u0000', '\\ud83d\\ude00', '\\\\ud83d', '\\u0001', '😀']
  const values = users.map((user, digit) => good.replace('anna', user).replace(id(1), id(digit)))
  const figures = ecommerceFigures(topic('page-views', ...values), { now })
  expect(figures.broken).toEqual([])
  expect(figures.user_activity.map(({ user_id }) => user_id)).toEqual(
    ['\\u0000', '\u{1f600}', '\\ud83d', '\u0001'].sort(),
  )
})

test('good JSON whose fields don’t cast is left out of the figures, but not broken', () => {
  const records = topic(
    'purchases',
    { ...order(1, 'anna', 1, '10:00:00', []), total_amount: 'much' },
    { ...order(2, 'anna', 1, '10:00:00', []), event_time: 'now' },
    [],
  )
  const figures = ecommerceFigures(records, { now })
  expect(figures.broken).toEqual([])
  expect(figures.unreadable.map(({ offset, reason }) => [offset, reason])).toEqual([
    ['0', 'total_amount is no amount'],
    ['1', 'event_time "now" is no ISO time'],
    ['2', 'no JSON object'],
  ])
  expect(figures.sales_by_minute).toEqual([])
})
