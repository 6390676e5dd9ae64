import { printDecimal } from './decimal.ts'
import type { EcommerceEvents, Order } from './ecommerceEvents.ts'
import { groupBy, type Row } from './rows.ts'
import { isoTime } from './timeFigures.ts'

const minute = 60_000
const days30 = 30 * 24 * 60 * minute

/** gold.suspect_orders. */
export function suspectOrders({ orders }: EcommerceEvents): Row[] {
  return [...groupBy(orders, ({ user }) => user).values()].flatMap((ofUser) =>
    ofUser.flatMap((order) => judge(order, ofUser)),
  )
}

function judge(order: Order, ofUser: Order[]): Row[] {
  const within = (ms: number) => ofUser.filter(({ at }) => at <= order.at && order.at - at < ms)
  const others = within(days30).filter((other) => other !== order)
  const largest = others.length > 0 ? others.map(amount).reduce((a, b) => (a > b ? a : b)) : null
  const hasty = within(10 * minute).length
  const cards = new Set(within(60 * minute).flatMap(({ cardLast4 }) => cardLast4 ?? [])).size
  const rules = {
    has_unusual_amount: others.length >= 5 && amount(order) > 3n * largest!,
    is_hasty: hasty >= 5,
    has_many_cards: cards >= 3,
  }
  const reasons = [
    rules.has_unusual_amount ? 'unusual amount' : [],
    rules.is_hasty ? 'many orders in 10 minutes' : [],
    rules.has_many_cards ? 'many cards in an hour' : [],
  ].flat()
  if (reasons.length === 0) return []
  return [
    {
      purchased_at: isoTime(order.at),
      order_id: order.id,
      user_id: order.user,
      payment_method: order.paymentMethod,
      card_last4: order.cardLast4,
      has_unusual_amount: String(rules.has_unusual_amount),
      is_hasty: String(rules.is_hasty),
      has_many_cards: String(rules.has_many_cards),
      reasons: reasons.join(', '),
      total_amount: printDecimal(amount(order), 2),
      largest_amount: largest === null ? null : printDecimal(largest, 2),
      orders_before: String(others.length),
      orders_in_10_minutes: String(hasty),
      cards_in_hour: String(cards),
    },
  ]
}

const amount = ({ totalCents }: Order) => totalCents
