import * as generic from './canonicalRows.ts'
import type { Row } from './rows.ts'

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
  session_steps: {
    grain: 2,
    columns:
      'day_at session_id saw_home saw_category saw_product saw_cart saw_checkout has_ordered last_step_no',
  },
  funnel: {
    grain: 2,
    columns: 'day_at step_no step sessions_seen sessions share_of_all share_of_step_before',
  },
  pair_orders: { grain: 2, columns: 'product_id other_product_id orders_together' },
  bought_together: {
    grain: 2,
    columns:
      'product_id other_product_id product_name other_product_name orders_together support lift',
  },
  recommendations: {
    grain: 3,
    columns:
      'product_id place other_product_id product_name other_product_name other_image_url orders_together support lift',
  },
  suspect_orders: {
    grain: 2,
    columns:
      'purchased_at order_id user_id payment_method card_last4 has_unusual_amount is_hasty has_many_cards reasons total_amount largest_amount orders_before orders_in_10_minutes cards_in_hour',
  },
  sales_anomalies: {
    grain: 1,
    columns: 'hour_at orders usual_orders revenue usual_revenue weeks z_score is_anomaly',
  },
} as const

export type EcommerceModel = keyof typeof ecommerceModels

/** Those that look at the clock. */
export const byTheClock = ['real_time_metrics', 'sales_anomalies'] as const
export type ClockModel = (typeof byTheClock)[number]

const decimals: generic.Decimals = {
  price: { scale: 2 },
  revenue: { scale: 2 },
  usual_revenue: { scale: 2 },
  usual_orders: { scale: 2 },
  spend: { scale: 2 },
  total_amount: { scale: 2 },
  largest_amount: { scale: 2 },
  average_order_value: { scale: 6, isRounded: true },
  z_score: { scale: 2 },
  conversion: { scale: 4 },
  abandonment_rate: { scale: 4 },
  share_of_all: { scale: 4 },
  share_of_step_before: { scale: 4 },
  support: { scale: 6 },
  lift: { scale: 4 },
}

/** What pg returned for a model, in the form of `ecommerceFigures`. */
export function canonicalRows(model: EcommerceModel, rows: Record<string, unknown>[]): Row[] {
  return generic.canonicalRows(ecommerceModels[model], decimals, rows)
}

/** Rows with the columns of the model alone, in the order that `canonicalRows` gives. */
export function sortedByGrain(model: EcommerceModel, rows: Row[]): Row[] {
  return generic.sortedByGrain(ecommerceModels[model], rows)
}
