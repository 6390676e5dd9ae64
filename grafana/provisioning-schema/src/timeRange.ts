import { parseDashboard } from './dashboard.ts'
import { parseInterval } from './interval.ts'

/**
 * The range that a dashboard (parsed JSON) shows when it is opened at `now`.
 * Reads `now`, `now-6h` and ISO times; throws at rounding such as `now/d`, which depends on a place.
 */
export function timeRangeOf(json: unknown, now: Date = new Date()): { from: Date; to: Date } {
  const { time } = parseDashboard(json)
  return { from: timeOf(time.from, now), to: timeOf(time.to, now) }
}

function timeOf(text: string, now: Date): Date {
  const relative = /^now(?:-(\w+))?$/.exec(text)
  if (relative) return new Date(now.getTime() - (relative[1] ? parseInterval(relative[1], now) : 0))
  const time = new Date(text)
  if (!Number.isNaN(time.getTime())) return time
  throw new Error(
    `Time "${text}" cannot be read: expected now, something like now-6h, or an ISO time.`,
  )
}
