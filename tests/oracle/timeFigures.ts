import { printDecimal, printRatio } from './decimal.ts'
import type { EcommerceEvents, Order, UserEvent } from './ecommerceEvents.ts'
import { countDistinct, groupBy, sumBy, type Row } from './rows.ts'

const minute = 60_000
export const hour = 60 * minute

/** gold.user_activity. */
export function userActivity(events: EcommerceEvents): Row[] {
  return [...groupBy(allActivity(events), ({ user }) => user)].map(([user_id, activity]) => {
    const times = activity.map(({ at }) => at)
    const orders = activity.filter(isOrder)
    return {
      user_id,
      sessions: countDistinct(activity, ({ session }) => session).toString(),
      events: activity.length.toString(),
      orders: orders.length.toString(),
      spend: revenue(orders),
      first_seen_at: isoTime(times.reduce((a, b) => Math.min(a, b))),
      last_seen_at: isoTime(times.reduce((a, b) => Math.max(a, b))),
    }
  })
}

/** gold.hourly_sales. */
export function hourlySales({ orders }: EcommerceEvents): Row[] {
  return [...groupBy(orders, startOf(hour))].map(([hour_at, ofHour]) => ({
    hour_at,
    orders: ofHour.length.toString(),
    revenue: revenue(ofHour),
    unique_customers: countDistinct(ofHour, ({ user }) => user).toString(),
    average_order_value: printRatio(totalCents(ofHour), 100n * BigInt(ofHour.length), 6),
  }))
}

/** gold.sales_by_minute. */
export function salesByMinute({ orders }: EcommerceEvents): Row[] {
  return [...groupBy(orders, startOf(minute))].map(([minute_at, ofMinute]) => ({
    minute_at,
    orders: ofMinute.length.toString(),
    revenue: revenue(ofMinute),
  }))
}

/** gold.active_users_by_minute. */
export function activeUsersByMinute(events: EcommerceEvents): Row[] {
  const rows: Row[] = []
  for (const [minute_at, ofMinute] of groupBy(allActivity(events), startOf(minute))) {
    for (const [user_id, activity] of groupBy(ofMinute, ({ user }) => user)) {
      rows.push({
        minute_at,
        user_id,
        events: activity.length.toString(),
        orders: activity.filter(isOrder).length.toString(),
      })
    }
  }
  return rows
}

/**
 * gold.real_time_metrics: whole minutes that began after `now` less the window, and not after
 * `now`.
 */
export function realTimeMetrics(events: EcommerceEvents, now: Date): Row[] {
  return [1, 5, 60].map((window_minutes) => {
    const activity = allActivity(events).filter(({ at }) => {
      const minuteAt = at - modulo(at, minute)
      return minuteAt > now.getTime() - window_minutes * minute && minuteAt <= now.getTime()
    })
    const orders = activity.filter(isOrder)
    const users = countDistinct(activity, ({ user }) => user)
    const buyers = countDistinct(orders, ({ user }) => user)
    return {
      window_minutes: window_minutes.toString(),
      active_users: users.toString(),
      orders: orders.length.toString(),
      revenue: revenue(orders),
      conversion: printRatio(BigInt(buyers), BigInt(users), 4),
    }
  })
}

function allActivity(events: EcommerceEvents): (UserEvent | Order)[] {
  return [...events.pageViews, ...events.cartEvents, ...events.searches, ...events.orders]
}

function isOrder(event: UserEvent | Order): event is Order {
  return 'totalCents' in event
}

function totalCents(orders: Order[]): bigint {
  return sumBy(orders, (order) => order.totalCents)
}

export function revenue(orders: Order[]): string {
  return printDecimal(totalCents(orders), 2)
}

export function startOf(length: number): (event: UserEvent) => string {
  return ({ at }) => isoTime(at - modulo(at, length))
}

/** Never negative, so that times before 1970 round down too. */
function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor
}

export function isoTime(at: number): string {
  return new Date(at).toISOString()
}
