// The units and rules of Grafana's own parser: grafana-plugin-sdk-go, backend/gtime.

const clockUnitsMs: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/**
 * Milliseconds of an interval such as `5m`, `1h30m`, `500ms`, `1d`, `2w`, `1M` or `1y`.
 * Months and years are counted on from `start`, as Grafana counts them on from now.
 * Throws where Grafana would refuse it.
 */
export function parseInterval(text: string, start: Date = new Date()): number {
  const calendar = /^(\d+)([dwMy])$/.exec(text)
  if (calendar) return calendarMs(Number(calendar[1]), calendar[2] ?? '', start)
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)]
  const isWhole = parts.length > 0 && parts.map((part) => part[0]).join('') === text
  if (!isWhole) {
    throw new Error(
      `Interval "${text}" cannot be read: expected something like 500ms, 5s, 1m, 1h30m, 1d, 1w, 1M or 1y.`,
    )
  }
  return parts.reduce((sum, [, size, unit]) => sum + Number(size) * clockUnitsMs[unit ?? '']!, 0)
}

function calendarMs(size: number, unit: string, start: Date): number {
  const end = new Date(start)
  if (unit === 'd') end.setUTCDate(end.getUTCDate() + size)
  if (unit === 'w') end.setUTCDate(end.getUTCDate() + 7 * size)
  if (unit === 'M') end.setUTCMonth(end.getUTCMonth() + size)
  if (unit === 'y') end.setUTCFullYear(end.getUTCFullYear() + size)
  return end.getTime() - start.getTime()
}
