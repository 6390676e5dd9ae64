import type { Click } from './clickstreamEvents.ts'
import { printRatio } from './decimal.ts'
import { countDistinct, groupBy, type Row } from './rows.ts'
import { isoTime, startOf } from './times.ts'

const minute = 60_000
const hour = 60 * minute

const ofType = (clicks: Click[], ...types: string[]) =>
  clicks.filter(({ type }) => types.includes(type))
const count = (clicks: Click[], type: string) => String(ofType(clicks, type).length)
const visitors = (clicks: Click[]) => String(countDistinct(clicks, ({ user }) => user))

/** gold.popular_pages. */
export function popularPages(clicks: Click[]): Row[] {
  return [...groupBy(ofType(clicks, 'page_view'), ({ path }) => path)].map(([path, views]) => ({
    path,
    views: String(views.length),
    visitors: visitors(views),
  }))
}

/** gold.clicks_by_page. */
export function clicksByPage(clicks: Click[]): Row[] {
  const pages = groupBy(ofType(clicks, 'page_view', 'click'), ({ path }) => path)
  return [...pages].map(([path, ofPage]) => {
    const clicked = ofType(ofPage, 'click')
    return {
      path,
      clicks: String(clicked.length),
      visitors_who_clicked: visitors(clicked),
      views: count(ofPage, 'page_view'),
      clicks_per_view: printRatio(
        BigInt(clicked.length),
        BigInt(ofPage.length - clicked.length),
        4,
      ),
    }
  })
}

/** gold.most_added_to_cart. */
export function mostAddedToCart(clicks: Click[]): Row[] {
  const changes = ofType(clicks, 'add_to_cart', 'remove_from_cart')
  return [...groupBy(changes, ({ product }) => product!)].map(([product_id, ofProduct]) => ({
    product_id,
    added: count(ofProduct, 'add_to_cart'),
    removed: count(ofProduct, 'remove_from_cart'),
    visitors: visitors(ofType(ofProduct, 'add_to_cart')),
  }))
}

/** gold.traffic_by_minute. */
export function trafficByMinute(clicks: Click[]): Row[] {
  return [...groupBy(clicks, ({ at }) => isoTime(startOf(minute, at)))].map(
    ([minute_at, ofMinute]) => ({
      minute_at,
      events: String(ofMinute.length),
      page_views: count(ofMinute, 'page_view'),
      clicks: count(ofMinute, 'click'),
      added_to_cart: count(ofMinute, 'add_to_cart'),
      searches: count(ofMinute, 'search'),
      visitors: visitors(ofMinute),
    }),
  )
}

/** gold.referrers. */
export function referrers(clicks: Click[]): Row[] {
  const views = ofType(clicks, 'page_view').filter(
    ({ host, referrerHost }) => host !== referrerHost,
  )
  return [...groupBy(views, ({ referrerHost }) => referrerHost ?? 'direct')].map(
    ([referrer, ofReferrer]) => ({
      referrer,
      views: String(ofReferrer.length),
      visitors: visitors(ofReferrer),
    }),
  )
}

/** gold.unusual_traffic at a time by the clock. */
export function unusualTraffic(clicks: Click[], now: number): Row[] {
  const counts = new Map<number, number>()
  for (const { at } of clicks) {
    const minuteAt = startOf(minute, at)
    counts.set(minuteAt, (counts.get(minuteAt) ?? 0) + 1)
  }
  const first = Math.min(...counts.keys())
  const running = startOf(minute, now)
  const rows: Row[] = []
  for (let at = Math.max(first, running - 6 * hour); at < running; at += minute) {
    const before = Array.from({ length: 24 }, (_, index) => at - (index + 1) * hour)
      .filter((time) => time >= first && time >= running - 30 * hour)
      .map((time) => counts.get(time) ?? 0)
    rows.push({ minute_at: isoTime(at), ...compared(counts.get(at) ?? 0, before) })
  }
  return rows
}

function compared(events: number, before: number[]): Row {
  const sum = before.reduce((one, other) => one + other, 0)
  const mean = sum / before.length
  const deviation = Math.sqrt(
    before.reduce((squares, one) => squares + (one - mean) ** 2, 0) / (before.length - 1),
  )
  const distance = Math.abs(events - mean)
  const z = Math.round((distance / deviation) * 100) / 100
  return {
    events: String(events),
    usual_events: printRatio(BigInt(sum), BigInt(before.length), 2),
    z_score: deviation > 0 ? `${events < mean && z > 0 ? '-' : ''}${z.toFixed(2)}` : null,
    is_unusual: String(
      before.length >= 3 && distance > 0 && distance >= 3 * deviation && distance >= mean / 2,
    ),
  }
}
