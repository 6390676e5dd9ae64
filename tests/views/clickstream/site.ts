import { modelsDatabase, newId, uuid } from '../support.ts'
import type { Payload } from '../support.ts'

export interface Site {
  /** Stores events in this order, and ticks. Each is a page view of the home page unless it says otherwise. */
  events(...events: Payload[]): Promise<void>
  /** Rows of a query, at this time by the clock of Sluice. */
  rows(sql: string, now?: string): Promise<Record<string, unknown>[]>
}

/** The models of the web site over a bronze table that is empty at the start of each test. */
export function siteDatabase(): Site {
  const { into, rows } = modelsDatabase()
  return {
    events: into('clickstream', () => ({
      event_id: newId(),
      user_id: 'u1',
      session_id: uuid(1),
      event_type: 'page_view',
      page_url: 'https://shop.example/',
      element: null,
      product_id: null,
      search_query: null,
      referrer: null,
      event_time: '2026-03-01T10:00:00Z',
    })),
    rows,
  }
}

/** The time of an event on one day. */
export const at = (time: string) => ({ event_time: `2026-03-01T${time}Z` })
