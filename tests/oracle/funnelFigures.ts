import { printRatio } from './decimal.ts'
import type { EcommerceEvents } from './ecommerceEvents.ts'
import { groupBy, type Row } from './rows.ts'
import { isoTime } from './timeFigures.ts'

const steps = ['home', 'category', 'product', 'cart', 'checkout', 'order']
const dayMs = 86_400_000

interface Journey {
  day: string
  session: string
  seen: Set<number>
}

/** gold.session_steps. */
export function sessionSteps(events: EcommerceEvents): Row[] {
  return journeys(events).map(({ day, session, seen }) => ({
    day_at: day,
    session_id: session,
    saw_home: String(seen.has(0)),
    saw_category: String(seen.has(1)),
    saw_product: String(seen.has(2)),
    saw_cart: String(seen.has(3)),
    saw_checkout: String(seen.has(4)),
    has_ordered: String(seen.has(5)),
    last_step_no: String(Math.max(...seen) + 1),
  }))
}

/** gold.funnel. */
export function funnel(events: EcommerceEvents): Row[] {
  return [...groupBy(journeys(events), ({ day }) => day)].flatMap(([day_at, ofDay]) => {
    const got = steps.map((_, step) => ofDay.filter(({ seen }) => Math.max(...seen) >= step).length)
    return steps.map((name, step) => ({
      day_at,
      step_no: String(step + 1),
      step: name,
      sessions_seen: String(ofDay.filter(({ seen }) => seen.has(step)).length),
      sessions: String(got[step]),
      share_of_all: printRatio(BigInt(got[step]!), BigInt(ofDay.length), 4),
      share_of_step_before:
        step === 0 ? null : printRatio(BigInt(got[step]!), BigInt(got[step - 1]!), 4),
    }))
  })
}

function journeys({ pageViews, orders }: EcommerceEvents): Journey[] {
  const visits = [
    ...pageViews.map(({ session, at, pageType }) => ({
      session,
      at,
      step: steps.slice(0, 5).indexOf(pageType ?? ''),
    })),
    ...orders.map(({ session, at }) => ({ session, at, step: 5 })),
  ].filter(({ step }) => step >= 0)
  const dayOf = (at: number) => isoTime(Math.floor(at / dayMs) * dayMs)
  return [...groupBy(visits, ({ session, at }) => `${dayOf(at)} ${session}`)].map(
    ([key, ofDay]) => ({
      day: key.split(' ')[0]!,
      session: key.split(' ')[1]!,
      seen: new Set(ofDay.map(({ step }) => step)),
    }),
  )
}
