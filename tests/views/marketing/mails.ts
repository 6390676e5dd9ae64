import { modelsDatabase, newId } from '../support.ts'
import type { ModelsDatabase, Payload } from '../support.ts'

export { uuid } from '../support.ts'

export interface Mails extends Pick<ModelsDatabase, 'rows' | 'asReader'> {
  /** Stores events in the bronze table of a topic, in this order, and ticks. */
  events(...events: Payload[]): Promise<void>
  campaigns(...entries: Payload[]): Promise<void>
  products(...entries: Payload[]): Promise<void>
  customers(...entries: Payload[]): Promise<void>
}

/** The models of the campaigns over bronze tables that are empty at the start of each test. */
export function mailsDatabase(): Mails {
  const { into, rows, asReader } = modelsDatabase()
  return {
    events: into('marketing_events', () => ({
      event_id: newId(),
      customer_id: 'u1',
      campaign_id: 'c1',
      type_event: 'SENT',
      event_date: '2026-03-01T10:00:00Z',
      gender: 'female',
      email: 'anna@example.com',
      user_agent: null,
      country: 'US',
      city: 'Austin',
      state: 'TX',
      product_id: null,
    })),
    campaigns: into('marketing_campaigns', () => ({
      campaign_id: 'c1',
      name: 'Spring',
      start_date: '2026-03-01',
      end_date: '2026-03-31',
      product_ids: ['p1'],
    })),
    products: into('marketing_products', () => ({
      product_id: 'p1',
      name: 'Lamp',
      category: 'Home',
      price: 12.5,
      image_url: 'https://x/p1.jpg',
    })),
    customers: into('marketing_customers', () => ({
      customer_id: 'u1',
      first_name: 'Anna',
      last_name: 'Karlin',
      gender: 'female',
      email: 'anna@example.com',
      country: 'US',
      city: 'Austin',
      state: 'TX',
    })),
    rows,
    asReader,
  }
}

/** Events of these types, one after another, of one mail. */
export const mail = (types: string, fields: Payload = {}) =>
  types.split(' ').map((type_event) => ({ type_event, ...fields }))

/** A click on a product. */
export const click = (product_id: string, fields: Payload = {}) => ({
  type_event: 'CLICKED',
  product_id,
  ...fields,
})
