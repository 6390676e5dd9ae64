import type { TopicRecord } from './readTopics.ts'

/** A session id. */
export const session = (digit: number) => `00000000-0000-4000-8000-00000000000${digit}`
/** An event or order id. */
export const id = (digit: number) => `10000000-0000-4000-8000-00000000000${digit}`

/**
 * Records of one topic, at the offsets 0, 1, … of partition 0, one second apart; an object becomes
 * JSON.
 */
export function topic(name: string, ...values: (object | string | Buffer | null)[]): TopicRecord[] {
  return values.map((value, offset) => ({
    topic: `ecommerce-${name}`,
    partition: 0,
    offset: BigInt(offset),
    timestamp: Date.parse('2026-03-01T10:00:00Z') + 1000 * offset,
    key: Buffer.from('a key'),
    value:
      value === null || Buffer.isBuffer(value)
        ? value
        : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
    headers: {},
  }))
}

/** A page view of session 1. */
export function view(
  event: number,
  user: string,
  product: string | null,
  time: string,
  pageType = 'product',
) {
  return {
    event_id: id(event),
    user_id: user,
    session_id: session(1),
    product_id: product,
    page_type: pageType,
    view_duration_s: 1.5,
    device: 'mobile',
    event_time: `2026-03-01T${time}Z`,
  }
}

/** An order of session 2. Items as [product, quantity, price]. */
export function order(
  number: number,
  user: string,
  total: number,
  time: string,
  items: [string, number, number][],
) {
  return {
    order_id: id(number),
    user_id: user,
    session_id: session(2),
    items: items.map(([product_id, quantity, price]) => ({ product_id, quantity, price })),
    total_amount: total,
    payment_method: 'card',
    card_last4: '1234',
    event_time: `2026-03-01T${time}Z`,
  }
}

export const mug = {
  product_id: 'p1',
  name: 'Mug',
  category: 'Kitchen',
  price: 0.1,
  image_url: 'https://a/p1.jpg',
}
