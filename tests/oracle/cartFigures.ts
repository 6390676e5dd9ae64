import { printRatio } from './decimal.ts'
import type { EcommerceEvents } from './ecommerceEvents.ts'
import { groupBy, type Row } from './rows.ts'

const hour = 3_600_000

interface Cart {
  hour_at: string
  session_id: string
  isOrdered: boolean
}

/** gold.session_carts. */
export function sessionCarts(events: EcommerceEvents): Row[] {
  return carts(events).map(({ isOrdered, ...cart }) => ({ ...cart, is_ordered: String(isOrdered) }))
}

/** gold.cart_abandonment. */
export function cartAbandonment(events: EcommerceEvents): Row[] {
  return [...groupBy(carts(events), ({ hour_at }) => hour_at)].map(([hour_at, ofHour]) => {
    const abandoned = ofHour.filter(({ isOrdered }) => !isOrdered).length
    return {
      hour_at,
      carts: ofHour.length.toString(),
      abandoned_carts: abandoned.toString(),
      abandonment_rate: printRatio(BigInt(abandoned), BigInt(ofHour.length), 4),
    }
  })
}

/** One for each session that added something, whether or not the user is the same. */
function carts({ cartEvents, orders }: EcommerceEvents): Cart[] {
  const added = cartEvents.filter(({ action }) => action === 'add')
  const ordersOf = groupBy(orders, ({ session }) => session)
  return [...groupBy(added, ({ session }) => session)].map(([session_id, adds]) => {
    const first = adds.map(({ at }) => at).reduce((a, b) => Math.min(a, b))
    const ordered = ordersOf.get(session_id) ?? []
    return {
      hour_at: new Date(Math.floor(first / hour) * hour).toISOString(),
      session_id,
      isOrdered: adds.some((add) =>
        ordered.some((order) => order.at >= add.at && order.at - add.at <= hour),
      ),
    }
  })
}
