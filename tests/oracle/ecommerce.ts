import { salesAnomalies } from './anomalyFigures.ts'
import { cartAbandonment, sessionCarts } from './cartFigures.ts'
import { ecommerceEvents, type LeftOut } from './ecommerceEvents.ts'
import { sortedByGrain, type EcommerceModel } from './ecommerceModels.ts'
import { funnel, sessionSteps } from './funnelFigures.ts'
import { boughtTogether, pairOrders, recommendations } from './pairFigures.ts'
import { productPerformance, productSales, productViews, shopProducts } from './productFigures.ts'
import type { TopicRecord } from './readTopics.ts'
import type { Row } from './rows.ts'
import { suspectOrders } from './suspectFigures.ts'
import {
  activeUsersByMinute,
  hourlySales,
  realTimeMetrics,
  salesByMinute,
  userActivity,
} from './timeFigures.ts'

/** The rows of each model, sorted by its grain, and the records that are in none. */
export interface EcommerceFigures extends Record<EcommerceModel, Row[]> {
  /** Records that jsonb can't store: each is a dead letter of ingest. */
  broken: LeftOut[]
  /** Records of bronze whose fields don't cast: no row of silver. */
  unreadable: LeftOut[]
}

/**
 * What the ecommerce models must show at the time `now`, computed from the topics' records alone
 * (other topics' records are passed over).
 *
 * Form of the values: numbers are strings, timestamptz is an ISO string in UTC with milliseconds, bool the string
 * true or false. Money and z_score have 2 decimals, rates, shares and lift 4, support and average_order_value 6, all
 * rounded half away from zero. `canonicalRows` brings what pg returned to the same form.
 */
export function ecommerceFigures(records: TopicRecord[], { now }: { now: Date }): EcommerceFigures {
  const events = ecommerceEvents(records)
  return {
    shop_products: sortedByGrain('shop_products', shopProducts(events)),
    product_views: sortedByGrain('product_views', productViews(events)),
    product_sales: sortedByGrain('product_sales', productSales(events)),
    product_performance: sortedByGrain('product_performance', productPerformance(events)),
    user_activity: sortedByGrain('user_activity', userActivity(events)),
    hourly_sales: sortedByGrain('hourly_sales', hourlySales(events)),
    sales_by_minute: sortedByGrain('sales_by_minute', salesByMinute(events)),
    active_users_by_minute: sortedByGrain('active_users_by_minute', activeUsersByMinute(events)),
    real_time_metrics: sortedByGrain('real_time_metrics', realTimeMetrics(events, now)),
    session_carts: sortedByGrain('session_carts', sessionCarts(events)),
    cart_abandonment: sortedByGrain('cart_abandonment', cartAbandonment(events)),
    session_steps: sortedByGrain('session_steps', sessionSteps(events)),
    funnel: sortedByGrain('funnel', funnel(events)),
    pair_orders: sortedByGrain('pair_orders', pairOrders(events)),
    bought_together: sortedByGrain('bought_together', boughtTogether(events)),
    recommendations: sortedByGrain('recommendations', recommendations(events)),
    suspect_orders: sortedByGrain('suspect_orders', suspectOrders(events)),
    sales_anomalies: sortedByGrain('sales_anomalies', salesAnomalies(events, now)),
    broken: events.broken,
    unreadable: events.unreadable,
  }
}
