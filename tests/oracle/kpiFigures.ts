import { printDecimal, printRatio } from './decimal.ts'
import { countDistinct, groupBy, sumBy, type Row } from './rows.ts'
import type { StoreEvent } from './storeEvents.ts'
import { isoTime, startOf } from './times.ts'

const day = 86_400_000

const dayOf = ({ at }: StoreEvent) => isoTime(startOf(day, at))
const sessionOf = ({ session }: StoreEvent) => session
const userOf = ({ user }: StoreEvent) => user
const purchasesOf = (events: StoreEvent[]) => events.filter(({ type }) => type === 'purchase')
const sessionsWith = (events: StoreEvent[], type: string) =>
  new Set(events.filter((event) => event.type === type).map(sessionOf))
const revenueOf = (events: StoreEvent[]) =>
  sumBy(purchasesOf(events), ({ priceCents }) => priceCents)
const ratio = (one: number, other: number) => printRatio(BigInt(one), BigInt(other), 4)

/** gold.activity_kpis_by_day. */
export function kpisByDay(events: StoreEvent[]): Row[] {
  const firstDay = firstDays(events)
  return [...groupBy(events, dayOf)].map(([day_at, ofDay]) => ({
    day_at,
    ...kpis(ofDay),
    returning_users: String(
      countDistinct(
        ofDay.filter(({ user }) => firstDay.get(user)! < day_at),
        userOf,
      ),
    ),
  }))
}

/** gold.activity_kpis. */
export function overallKpis(events: StoreEvent[]): Row[] {
  const users = [...groupBy(events, userOf).values()]
  const returning = users.filter((ofUser) => countDistinct(ofUser, dayOf) > 1)
  return [{ ...kpis(events), returning_users: String(returning.length) }]
}

function kpis(events: StoreEvent[]): Row {
  const views = sessionsWith(events, 'view')
  const carts = sessionsWith(events, 'cart')
  const purchases = sessionsWith(events, 'purchase')
  const abandoned = [...carts].filter((session) => !purchases.has(session))
  const customers = [...groupBy(purchasesOf(events), userOf).values()]
  const repeated = customers.filter((ofUser) => countDistinct(ofUser, sessionOf) > 1)
  const revenue = revenueOf(events)
  return {
    events: String(events.length),
    users: String(countDistinct(events, userOf)),
    view_sessions: String(views.size),
    cart_sessions: String(carts.size),
    purchase_sessions: String(purchases.size),
    purchases: String(purchasesOf(events).length),
    revenue: printDecimal(revenue, 2),
    customers: String(customers.length),
    repeat_customers: String(repeated.length),
    conversion_rate: ratio(purchases.size, views.size),
    cart_abandonment_rate: ratio(abandoned.length, carts.size),
    repeat_customer_rate: ratio(repeated.length, customers.length),
    average_order_value: printRatio(revenue, 100n * BigInt(purchases.size), 2),
  }
}

function firstDays(events: StoreEvent[]): Map<string, string> {
  const users = groupBy(events, userOf)
  return new Map([...users].map(([user, ofUser]) => [user, ofUser.map(dayOf).toSorted()[0]!]))
}

/** gold.activity_by_day: with both a cart and a purchase, counted by looking for both. */
export function activityByDay(events: StoreEvent[]): Row[] {
  return [...groupBy(events, dayOf)].map(([day_at, ofDay]) => ({ day_at, ...activity(ofDay) }))
}

/** gold.activity_totals. */
export function activityTotals(events: StoreEvent[]): Row[] {
  return [{ period: 'all time', ...activity(events) }]
}

function activity(events: StoreEvent[]): Row {
  const purchases = sessionsWith(events, 'purchase')
  const both = [...sessionsWith(events, 'cart')].filter((session) => purchases.has(session))
  return { ...kpis(events), cart_purchase_sessions: String(both.length) }
}

/** gold.buyers_by_day. */
export function buyersByDay(events: StoreEvent[]): Row[] {
  return [...groupBy(purchasesOf(events), dayOf)].flatMap(([day_at, ofDay]) =>
    [...groupBy(ofDay, userOf)].map(([user_id, ofUser]) => ({
      day_at,
      user_id,
      purchase_sessions: String(countDistinct(ofUser, sessionOf)),
    })),
  )
}

/** gold.store_users. */
export function storeUsers(events: StoreEvent[]): Row[] {
  return [...groupBy(events, userOf)].map(([user_id, ofUser]) => {
    const times = ofUser.map(({ at }) => at)
    return {
      user_id,
      first_seen_at: isoTime(Math.min(...times)),
      last_seen_at: isoTime(Math.max(...times)),
      events: String(ofUser.length),
      purchase_sessions: String(sessionsWith(ofUser, 'purchase').size),
      spend: printDecimal(revenueOf(ofUser), 2),
    }
  })
}
