import { modelsDatabase, uuid } from '../support.ts'
import type { Payload } from '../support.ts'

export interface Store {
  /** Stores events in this order, and ticks. Each is a view of product 1 by user 1 unless it says otherwise. */
  events(...events: Payload[]): Promise<void>
  /** Rows of a query. */
  rows(sql: string): Promise<Record<string, unknown>[]>
}

/** The models of the online store over a bronze table that is empty at the start of each test. */
export function storeDatabase(): Store {
  const { into, rows } = modelsDatabase()
  return { events: into('user_activity', () => line), rows }
}

/** A line as `sluice replay` sends one of a CSV file. */
export const line = {
  event_time: '2019-11-01 10:00:00 UTC',
  event_type: 'view',
  product_id: '1',
  category_id: '100',
  category_code: 'electronics.phone',
  brand: 'arbor',
  price: '10.00',
  user_id: '1',
  user_session: uuid(1),
}

/** The time of an event in November 2019, as `1 10:00:00`. */
export function at(time: string) {
  const [day, clock] = time.split(' ')
  return { event_time: `2019-11-${day!.padStart(2, '0')} ${clock} UTC` }
}

export const session = (n: number) => ({ user_session: uuid(n) })
export const user = (n: number) => ({ user_id: String(n) })
export const purchase = (price = 10) => ({ event_type: 'purchase', price: price.toFixed(2) })
export const cart = { event_type: 'cart' }
