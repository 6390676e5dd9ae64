import type { Click } from './clickstreamEvents.ts'
import { parseDecimal, printDecimal, printRatio } from './decimal.ts'
import { groupBy, type Row } from './rows.ts'
import { isoTime, startOf } from './times.ts'

const pause = 30 * 60_000
const hour = 60 * 60_000

interface Session {
  user: string
  from: number
  to: number
  events: number
  pageViews: number
}

/** silver.sessions. */
export function sessions(clicks: Click[]): Row[] {
  return sessionsOf(clicks).map(({ user, from, to, events, pageViews }) => ({
    hour_at: isoTime(startOf(hour, from)),
    user_id: user,
    started_at: isoTime(from),
    ended_at: isoTime(to),
    is_bounce: String(events === 1),
    events: String(events),
    page_views: String(pageViews),
    duration_s: printDecimal(BigInt(to - from), 3),
  }))
}

/** gold.session_summary_by_hour. */
export function sessionSummaryByHour(clicks: Click[]): Row[] {
  const hours = groupBy(sessionsOf(clicks), ({ from }) => isoTime(startOf(hour, from)))
  return [...hours].map(([hour_at, ofHour]) => {
    const count = BigInt(ofHour.length)
    const bounces = ofHour.filter(({ events }) => events === 1).length
    const durations = ofHour.map(({ from, to }) => to - from).toSorted((a, b) => a - b)
    return {
      hour_at,
      sessions: String(count),
      bounces: String(bounces),
      bounce_rate: printRatio(BigInt(bounces), count, 4),
      page_views_per_session: printRatio(
        BigInt(ofHour.reduce((sum, { pageViews }) => sum + pageViews, 0)),
        count,
        4,
      ),
      median_duration_s: percentile(durations, 50),
      p95_duration_s: percentile(durations, 95),
    }
  })
}

function sessionsOf(clicks: Click[]): Session[] {
  const found: Session[] = []
  for (const [user, ofUser] of groupBy(clicks, ({ user }) => user)) {
    let current: Session | undefined
    for (const { at, type } of ofUser.toSorted((a, b) => a.at - b.at)) {
      if (!current || at - current.to >= pause) {
        current = { user, from: at, to: at, events: 0, pageViews: 0 }
        found.push(current)
      }
      current.to = at
      current.events += 1
      if (type === 'page_view') current.pageViews += 1
    }
  }
  return found
}

/** Of sorted milliseconds, in seconds: between two of them where it falls between two. In doubles, as percentile_cont is. */
function percentile(sorted: number[], percent: number): string {
  const place = (percent / 100) * (sorted.length - 1)
  const below = Math.floor(place)
  const lower = sorted[below]! / 1000
  const upper = sorted[Math.ceil(place)]! / 1000
  const between = lower + (upper - lower) * (place - below)
  // numeric takes 15 digits of a double
  return printDecimal(parseDecimal(between.toPrecision(15), 3)!, 3)
}

interface Search {
  session_id: string
  search_no: string
  query: string | null
  searched_at: string
  hasClick: boolean
}

/** gold.session_searches. */
export function sessionSearches(clicks: Click[]): Row[] {
  return searchesOf(clicks).map(({ hasClick, ...search }) => ({
    ...search,
    has_click: String(hasClick),
  }))
}

/** gold.top_searches. */
export function topSearches(clicks: Click[]): Row[] {
  const queries = groupBy(searchesOf(clicks), ({ query }) => query!)
  return [...queries].map(([query, searches]) => {
    const withClick = searches.filter(({ hasClick }) => hasClick).length
    return {
      query,
      searches: String(searches.length),
      searches_with_click: String(withClick),
      searches_without_click: String(searches.length - withClick),
      click_rate: printRatio(BigInt(withClick), BigInt(searches.length), 4),
    }
  })
}

function searchesOf(clicks: Click[]): Search[] {
  const found: Search[] = []
  for (const [session_id, ofSession] of groupBy(clicks, ({ session }) => session)) {
    const searches: Search[] = []
    for (const { type, at, query } of ofSession.toSorted((a, b) => a.at - b.at)) {
      if (type === 'click' && searches.length > 0) searches.at(-1)!.hasClick = true
      if (type === 'search')
        searches.push({
          session_id,
          search_no: String(searches.length + 1),
          query: query!.trim().toLowerCase(),
          searched_at: isoTime(at),
          hasClick: false,
        })
    }
    found.push(...searches)
  }
  return found
}
