import { parseDecimal, printDecimal } from './decimal.ts'
import { sortedBy, type Row } from './rows.ts'

/** The columns of each model that the oracle knows; the grain comes first. */
export const ecommerceModels = {
  shop_products: { grain: 1, columns: 'product_id product_name category price image_url' },
  product_views: { grain: 1, columns: 'product_id views viewers' },
  product_sales: { grain: 1, columns: 'product_id orders units revenue' },
  product_performance: {
    grain: 1,
    columns: 'product_id product_name category views orders units revenue conversion',
  },
  user_activity: {
    grain: 1,
    columns: 'user_id sessions events orders spend first_seen_at last_seen_at',
  },
  hourly_sales: {
    grain: 1,
    columns: 'hour_at orders revenue unique_customers average_order_value',
  },
  sales_by_minute: { grain: 1, columns: 'minute_at orders revenue' },
  active_users_by_minute: { grain: 2, columns: 'minute_at user_id events orders' },
  real_time_metrics: {
    grain: 1,
    columns: 'window_minutes active_users orders revenue conversion',
  },
  session_carts: { grain: 2, columns: 'hour_at session_id is_ordered' },
  cart_abandonment: { grain: 1, columns: 'hour_at carts abandoned_carts abandonment_rate' },
  bought_together: {
    grain: 2,
    columns: 'product_id other_product_id orders_together support lift',
  },
} as const

export type EcommerceModel = keyof typeof ecommerceModels

const decimals: Record<string, number> = {
  price: 2,
  revenue: 2,
  spend: 2,
  average_order_value: 6,
  conversion: 4,
  abandonment_rate: 4,
  support: 6,
  lift: 4,
}

/**
 * What pg returned for a model, in the form of `ecommerceFigures`: the columns that the oracle
 * knows (a model may have more), sorted by the grain, times as ISO strings, whole numbers as
 * strings, decimals with as many digits as the column has here. Only `average_order_value` is
 * rounded; any other decimal with a digit too many stays as it is, so that it differs.
 */
export function canonicalRows(model: EcommerceModel, rows: Record<string, unknown>[]): Row[] {
  const columns = ecommerceModels[model].columns.split(' ')
  const canonical = rows.map((row) =>
    Object.fromEntries(columns.map((column) => [column, canonicalValue(column, row[column])])),
  )
  return sortedBy(canonical, columns.slice(0, ecommerceModels[model].grain))
}

function canonicalValue(column: string, value: unknown): string | number | null {
  if (value === null) return null
  if (value === undefined) throw new Error(`Expected a column "${column}", found none.`)
  if (value instanceof Date) return value.toISOString()
  if (column === 'window_minutes') return Number(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const scale = decimals[column]
  if (scale === undefined) return text
  const units = parseDecimal(text, scale)
  if (units === null) return text
  const isExact = parseDecimal(text, scale + 20) === units * 10n ** 20n
  return isExact || column === 'average_order_value' ? printDecimal(units, scale) : text
}

/** The rows in the order that `canonicalRows` gives. */
export function sortedByGrain(model: EcommerceModel, rows: Row[]): Row[] {
  const { columns, grain } = ecommerceModels[model]
  return sortedBy(rows, columns.split(' ').slice(0, grain))
}
