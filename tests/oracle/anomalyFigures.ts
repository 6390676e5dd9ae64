import { printDecimal, printRatio } from './decimal.ts'
import type { EcommerceEvents } from './ecommerceEvents.ts'
import { groupBy, sumBy, type Row } from './rows.ts'
import { hour, isoTime, startOf } from './timeFigures.ts'

const hoursOfWeek = 168
const mostWeeks = 8

interface Hour {
  at: number
  orders: bigint
  cents: bigint
}

/** gold.sales_anomalies: the hours from the first order to the last that is over at `now`. */
export function salesAnomalies({ orders }: EcommerceEvents, now: Date): Row[] {
  if (orders.length === 0) return []
  const byHour = groupBy(orders, startOf(hour))
  const first = Math.floor(Math.min(...orders.map(({ at }) => at)) / hour) * hour
  const count = Math.floor(now.getTime() / hour) - first / hour
  const hours = Array.from({ length: count }, (_, index): Hour => {
    const ofHour = byHour.get(isoTime(first + index * hour)) ?? []
    const cents = sumBy(ofHour, ({ totalCents }) => totalCents)
    return { at: first + index * hour, orders: BigInt(ofHour.length), cents }
  })
  return hours.map((one, index) => {
    const usual = hours.filter(
      (_, other) =>
        other < index &&
        (index - other) % hoursOfWeek === 0 &&
        (index - other) / hoursOfWeek <= mostWeeks,
    )
    return compare(one, usual)
  })
}

function compare({ at, orders, cents }: Hour, usual: Hour[]): Row {
  const weeks = BigInt(usual.length)
  const score =
    usual.length > 0
      ? zScore(
          Number(orders),
          usual.map(({ orders }) => Number(orders)),
        )
      : null
  return {
    hour_at: isoTime(at),
    orders: orders.toString(),
    usual_orders: printRatio(
      sumBy(usual, (one) => one.orders),
      weeks,
      2,
    ),
    revenue: printDecimal(cents, 2),
    usual_revenue: printRatio(
      sumBy(usual, (one) => one.cents),
      100n * weeks,
      2,
    ),
    weeks: weeks.toString(),
    z_score: score === null ? null : printDecimal(score, 2),
    is_anomaly: String(usual.length >= 3 && score !== null && (score >= 300n || score <= -300n)),
  }
}

/** In hundredths. Doubles are exact enough: what lies between two hundredths is an eighth here, or no tie. */
function zScore(orders: number, usual: number[]): bigint {
  const mean = usual.reduce((sum, one) => sum + one, 0) / usual.length
  const squares = usual.reduce((sum, one) => sum + (one - mean) ** 2, 0)
  const deviation = usual.length > 1 ? Math.sqrt(squares / (usual.length - 1)) : 0
  const score = (orders - mean) / Math.max(deviation, Math.sqrt(mean), 1)
  return BigInt(Math.sign(score) * Math.round(Math.abs(score) * 100))
}
