import { expect, test } from 'vitest'
import { ecommerceFigures } from './ecommerce.ts'
import { order, session, topic, view } from './exampleRecords.ts'

const now = new Date('2026-03-01T10:30:20.000Z')

/** Something put into the cart in session 2, which is that of orders. */
const add = (event: number, time: string) => ({
  ...view(event, 'anna', 'p1', time),
  session_id: session(2),
  action: 'add',
  quantity: 1,
})
const figuresOf = (carts: object[], ...orders: object[]) =>
  ecommerceFigures([...topic('cart', ...carts), ...topic('purchases', ...orders)], { now })

test('a cart is of the hour of the first thing put in, whatever the order in which events come', () => {
  expect(figuresOf([add(1, '12:30:00'), add(2, '10:59:59.999')]).session_carts).toEqual([
    { hour_at: '2026-03-01T10:00:00.000Z', session_id: session(2), is_ordered: 'false' },
  ])
})

test('an order at most 60 minutes after anything was put in keeps the cart', () => {
  const ordered = (time: string) =>
    figuresOf([add(1, '10:00:00'), add(2, '10:30:00')], order(1, 'anna', 1, time, []))
      .session_carts[0]!.is_ordered
  expect(['09:59:59.999', '10:00:00', '11:30:00', '11:30:00.001'].map(ordered)).toEqual([
    'false',
    'true',
    'true',
    'false',
  ])
})

test('carts per hour, those abandoned, and their share', () => {
  const inSession = (digit: number) => ({ ...add(digit, '10:00:00'), session_id: session(digit) })
  const figures = figuresOf(
    [inSession(1), inSession(2), inSession(3), { ...inSession(4), action: 'remove' }],
    order(1, 'anna', 1, '10:20:00', []),
  )
  expect(figures.cart_abandonment).toEqual([
    {
      hour_at: '2026-03-01T10:00:00.000Z',
      carts: '3',
      abandoned_carts: '2',
      abandonment_rate: '0.6667',
    },
  ])
})
