import {
  asFields,
  cents,
  milliseconds,
  optional,
  required,
  Unreadable,
  uuid,
  wholeNumber,
  type Fields,
} from './jsonFields.ts'
import { byPosition, type TopicRecord } from './readTopics.ts'
import { decodeText, readStorableJson } from './storableJson.ts'

/** A record left out of the figures, and why. The offset is a string, as pg returns an int8. */
export interface LeftOut {
  topic: string
  partition: number
  offset: string
  reason: string
}

export interface Product {
  product_id: string
  product_name: string | null
  category: string | null
  priceCents: bigint | null
  image_url: string | null
}

/**
 * What a page view, a cart event, a search and an order have in common. `at` is in milliseconds
 * since 1970.
 */
export interface UserEvent {
  id: string | null
  user: string
  session: string
  at: number
}

export interface PageView extends UserEvent {
  pageType: string | null
  product: string | null
}

export interface CartEvent extends UserEvent {
  action: string | null
}

export interface OrderItem {
  product: string
  quantity: bigint
  priceCents: bigint
}

export interface Order extends UserEvent {
  totalCents: bigint
  paymentMethod: string | null
  cardLast4: string | null
  items: OrderItem[]
}

export interface EcommerceEvents {
  products: Product[]
  pageViews: PageView[]
  cartEvents: CartEvent[]
  searches: UserEvent[]
  orders: Order[]
  broken: LeftOut[]
  unreadable: LeftOut[]
}

/**
 * Parses the records of the ecommerce topics (others are passed over) as the silver models define
 * them: a repeated id counts once (the first by position is taken), a product is its newest entry,
 * tombstones are no events.
 */
export function ecommerceEvents(records: TopicRecord[]): EcommerceEvents {
  const events: EcommerceEvents = {
    products: [],
    pageViews: [],
    cartEvents: [],
    searches: [],
    orders: [],
    broken: [],
    unreadable: [],
  }
  const newest = new Map<string, { record: TopicRecord; product: Product }>()
  const readers: Record<string, (fields: Fields, record: TopicRecord) => void> = {
    'ecommerce-products': (fields, record) => {
      const product = readProduct(fields)
      const known = newest.get(product.product_id)
      if (!known || isNewer(record, known.record))
        newest.set(product.product_id, { record, product })
    },
    'ecommerce-page-views': (fields) => events.pageViews.push(readPageView(fields)),
    'ecommerce-cart': (fields) => events.cartEvents.push(readCartEvent(fields)),
    'ecommerce-searches': (fields) => events.searches.push(readSearch(fields)),
    'ecommerce-purchases': (fields) => events.orders.push(readOrder(fields)),
  }

  for (const record of [...records].sort(byPosition)) {
    const reader = readers[record.topic]
    if (!reader || record.value === null) continue
    const leaveOut = (list: LeftOut[], reason: string) => {
      const { topic, partition, offset } = record
      list.push({ topic, partition, offset: offset.toString(), reason })
    }
    const reading = readStorableJson(record.value)
    if ('reason' in reading) leaveOut(events.broken, reading.reason)
    else if (record.key && decodeText(record.key) === null)
      leaveOut(events.broken, 'key is no text')
    else {
      try {
        reader(asFields(reading.json), record)
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error
        leaveOut(events.unreadable, error.message)
      }
    }
  }
  return {
    ...events,
    products: [...newest.values()].map(({ product }) => product),
    pageViews: distinctById(events.pageViews),
    cartEvents: distinctById(events.cartEvents),
    searches: distinctById(events.searches),
    orders: distinctById(events.orders),
  }
}

function isNewer(record: TopicRecord, than: TopicRecord): boolean {
  if (record.timestamp !== than.timestamp) return record.timestamp > than.timestamp
  return byPosition(record, than) > 0
}

/** A missing id is never taken for a repeat. */
function distinctById<Event extends UserEvent>(events: Event[]): Event[] {
  const seen = new Set<string>()
  return events.filter(({ id }) => {
    if (id === null) return true
    if (seen.has(id)) return false
    seen.add(id)
    return true
  })
}

function readProduct(fields: Fields): Product {
  return {
    product_id: required(fields, 'product_id'),
    product_name: optional(fields, 'name'),
    category: optional(fields, 'category'),
    priceCents: fields.price == null ? null : cents(fields, 'price'),
    image_url: optional(fields, 'image_url'),
  }
}

function readPageView(fields: Fields): PageView {
  return {
    ...readUserEvent(fields, 'event_id'),
    pageType: optional(fields, 'page_type'),
    product: optional(fields, 'product_id'),
  }
}

function readCartEvent(fields: Fields): CartEvent {
  checkNumber(fields, 'quantity')
  return { ...readUserEvent(fields, 'event_id'), action: optional(fields, 'action') }
}

function readSearch(fields: Fields): UserEvent {
  checkNumber(fields, 'results')
  return readUserEvent(fields, 'event_id')
}

/** No figure uses this number, but one that does not cast keeps the event out of silver. */
function checkNumber(fields: Fields, name: string): void {
  if (fields[name] != null) wholeNumber(fields, name)
}

function readOrder(fields: Fields): Order {
  if (!Array.isArray(fields.items)) throw new Unreadable('items is no array')
  return {
    ...readUserEvent(fields, 'order_id'),
    totalCents: cents(fields, 'total_amount'),
    paymentMethod: optional(fields, 'payment_method'),
    cardLast4: optional(fields, 'card_last4'),
    items: fields.items.map((item) => {
      const itemFields = asFields(item)
      return {
        product: required(itemFields, 'product_id'),
        quantity: wholeNumber(itemFields, 'quantity'),
        priceCents: cents(itemFields, 'price'),
      }
    }),
  }
}

function readUserEvent(fields: Fields, idName: string): UserEvent {
  return {
    id: fields[idName] == null ? null : uuid(fields, idName),
    user: required(fields, 'user_id'),
    session: uuid(fields, 'session_id'),
    at: milliseconds(fields, 'event_time'),
  }
}
