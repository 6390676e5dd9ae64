import { printDecimal, printRatio } from './decimal.ts'
import { countDistinct, groupBy, sumBy, type Row } from './rows.ts'
import type { StoreEvent } from './storeEvents.ts'
import { isoTime, startOf } from './times.ts'

const minute = 60_000
const hour = 60 * minute

const hourOf = ({ at }: StoreEvent) => isoTime(startOf(hour, at))
const ofType = (events: StoreEvent[], type: string) => events.filter((event) => event.type === type)
const count = (events: StoreEvent[], type: string) => String(ofType(events, type).length)
const branded = (events: StoreEvent[]) => events.filter(({ brand }) => brand !== null)
const revenue = (events: StoreEvent[]) =>
  printDecimal(
    sumBy(ofType(events, 'purchase'), ({ priceCents }) => priceCents),
    2,
  )

/** silver.brand_details. */
export function brandDetails(events: StoreEvent[]): Row[] {
  return [...groupBy(branded(events), ({ brand }) => brand!)].map(([brand, ofBrand]) => {
    const prices = ofBrand.map(({ priceCents }) => priceCents)
    return {
      brand,
      products: String(countDistinct(ofBrand, ({ product }) => product)),
      categories: String(countDistinct(ofBrand, ({ category }) => category)),
      lowest_price: printDecimal(
        prices.reduce((a, b) => (a < b ? a : b)),
        2,
      ),
      highest_price: printDecimal(
        prices.reduce((a, b) => (a > b ? a : b)),
        2,
      ),
    }
  })
}

/** gold.brands_by_hour. */
export function brandsByHour(events: StoreEvent[]): Row[] {
  return [...groupBy(branded(events), hourOf)].flatMap(([hour_at, ofHour]) =>
    [...groupBy(ofHour, ({ brand }) => brand!)].map(([brand, ofBrand]) => ({
      hour_at,
      brand,
      events: String(ofBrand.length),
      purchases: count(ofBrand, 'purchase'),
      revenue: revenue(ofBrand),
    })),
  )
}

/** gold.trending_brands. */
export function trendingBrands(events: StoreEvent[]): Row[] {
  const hours = groupBy(branded(events), hourOf)
  const newest = [...hours.keys()].toSorted().at(-1)!
  const current = hours.get(newest)!
  const before = hours.get(isoTime(Date.parse(newest) - hour)) ?? []
  const brands = [...groupBy([...current, ...before], ({ brand }) => brand!).keys()]
  const trends = brands.map((brand) => {
    const [now, earlier] = [current, before].map(
      (ofHour) => ofHour.filter((event) => event.brand === brand).length,
    ) as [number, number]
    return { brand, now, earlier, gain: now * before.length - earlier * current.length }
  })
  return trends
    .toSorted((a, b) => b.gain - a.gain || b.now - a.now || (a.brand < b.brand ? -1 : 1))
    .map(({ brand, now, earlier }, index) => ({
      brand,
      hour_at: newest,
      events: String(now),
      events_before: String(earlier),
      share: printRatio(BigInt(now), BigInt(current.length), 4),
      share_before: printRatio(BigInt(earlier), BigInt(before.length), 4),
      growth: printRatio(BigInt(now), BigInt(earlier), 4),
      place: String(index + 1),
    }))
}

/** gold.active_users_by_hour. */
export function activeUsersByHour(events: StoreEvent[]): Row[] {
  return [...groupBy(events, hourOf)].map(([hour_at, ofHour]) => ({
    hour_at,
    events: String(ofHour.length),
    users: String(countDistinct(ofHour, ({ user }) => user)),
    sessions: String(countDistinct(ofHour, ({ session }) => session)),
  }))
}

/** gold.events_by_type_by_minute. */
export function eventsByTypeByMinute(events: StoreEvent[]): Row[] {
  return [...groupBy(events, ({ at }) => isoTime(startOf(minute, at)))].flatMap(
    ([minute_at, ofMinute]) =>
      [...groupBy(ofMinute, ({ type }) => type)].map(([event_type, ofType]) => ({
        minute_at,
        event_type,
        events: String(ofType.length),
      })),
  )
}

/** gold.category_performance. */
export function categoryPerformance(events: StoreEvent[]): Row[] {
  return [...groupBy(events, ({ category }) => category)].map(([category_id, ofCategory]) => ({
    category_id,
    category_code: ofCategory.map(({ code }) => code).find((code) => code !== null) ?? null,
    views: count(ofCategory, 'view'),
    carts: count(ofCategory, 'cart'),
    purchases: count(ofCategory, 'purchase'),
    revenue: revenue(ofCategory),
    conversion: printRatio(
      BigInt(ofType(ofCategory, 'purchase').length),
      BigInt(ofType(ofCategory, 'view').length),
      4,
    ),
  }))
}

/** gold.user_sessions. */
export function userSessions(events: StoreEvent[]): Row[] {
  return [...groupBy(events, ({ session }) => session)].map(([user_session, ofSession]) => {
    const times = ofSession.map(({ at }) => at)
    return {
      user_session,
      user_id: ofSession[0]!.user,
      started_at: isoTime(Math.min(...times)),
      ended_at: isoTime(Math.max(...times)),
      events: String(ofSession.length),
      views: count(ofSession, 'view'),
      carts: count(ofSession, 'cart'),
      purchases: count(ofSession, 'purchase'),
      revenue: revenue(ofSession),
    }
  })
}
