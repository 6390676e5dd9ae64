import { modelsDatabase, newId, uuid } from '../support.ts'
import type { Payload } from '../support.ts'

export { uuid } from '../support.ts'

export interface Shop {
  /** Stores events in the bronze table of a topic, in this order, and ticks. */
  products(...events: Payload[]): Promise<void>
  pageViews(...events: Payload[]): Promise<void>
  cart(...events: Payload[]): Promise<void>
  searches(...events: Payload[]): Promise<void>
  purchases(...events: Payload[]): Promise<void>
  /** Rows of a query, at this time by the clock of Sluice. */
  rows(sql: string, now?: string): Promise<Record<string, unknown>[]>
}

/** The shop's models over bronze tables that are empty at the start of each test. */
export function shopDatabase(): Shop {
  const { into, rows } = modelsDatabase()
  const person = { user_id: 'u1', session_id: uuid(1), event_time: '2026-03-01T10:00:00Z' }
  return {
    products: into('ecommerce_products', () => ({
      product_id: 'p1',
      name: 'Lamp',
      category: 'Home',
    })),
    pageViews: into('ecommerce_page_views', () => ({
      event_id: newId(),
      product_id: 'p1',
      page_type: 'product',
      ...person,
    })),
    cart: into('ecommerce_cart', () => ({
      event_id: newId(),
      action: 'add',
      product_id: 'p1',
      quantity: 1,
      ...person,
    })),
    searches: into('ecommerce_searches', () => ({
      event_id: newId(),
      query: 'lamp',
      results: 3,
      ...person,
    })),
    purchases: into('ecommerce_purchases', () => ({
      order_id: newId(),
      items: [],
      total_amount: 0,
      payment_method: 'card',
      ...person,
    })),
    rows,
  }
}

export const item = (product_id: string, quantity = 1, price = 10) => ({
  product_id,
  quantity,
  price,
})
