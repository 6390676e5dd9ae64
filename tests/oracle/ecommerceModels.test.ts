import { expect, test } from 'vitest'
import { canonicalRows } from './ecommerceModels.ts'

const hourAt = new Date('2026-03-01T10:00:00Z')
const row = { hour_at: hourAt, orders: '3', revenue: '20.01', unique_customers: '2' }
const expected = { ...row, hour_at: '2026-03-01T10:00:00.000Z', average_order_value: '6.670000' }

test('rows of pg take the form of the expected ones', () => {
  const actual = { ...row, average_order_value: '6.6700000000000000', added_later: 'x' }
  expect(canonicalRows('hourly_sales', [actual])).toEqual([expected])
})

test('an amount with a digit too many differs', () => {
  const actual = { ...row, revenue: '20.014', average_order_value: '6.67' }
  expect(canonicalRows('hourly_sales', [actual])).not.toEqual([expected])
})

test('rows are sorted by the grain, whatever order they come in', () => {
  const sold = (product_id: string) => ({ product_id, orders: 1, units: 1, revenue: '0' })
  const rows = canonicalRows('product_sales', [sold('p2'), sold('P3'), sold('p1')])
  expect(rows.map(({ product_id }) => product_id)).toEqual(['P3', 'p1', 'p2'])
  expect(rows[0]).toEqual({ product_id: 'P3', orders: '1', units: '1', revenue: '0.00' })
})

test('a missing column is an error that names it', () => {
  expect(() => canonicalRows('product_views', [{ product_id: 'p1', views: '1' }])).toThrow(
    'Expected a column "viewers", found none.',
  )
})
