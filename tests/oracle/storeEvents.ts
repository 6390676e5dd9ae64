import { asFields, cents, optional, required, type Fields } from './jsonFields.ts'
import { readStorableJson } from './storableJson.ts'
import type { Sent } from './throughFiles.ts'

export interface StoreEvent {
  type: string
  product: string
  category: string
  code: string | null
  brand: string | null
  priceCents: bigint
  user: string
  session: string
  /** Milliseconds since 1970. */
  at: number
}

export interface StoreEvents {
  events: StoreEvent[]
  broken: number
  /** Lines of a file that came again. */
  repeated: number
}

/** The events of the store: all of them, but that a line of a file, as its headers name it, counts once. */
export function storeEventsOf(sent: Sent[]): StoreEvents {
  const lines = new Set<string>()
  const found: StoreEvents = { events: [], broken: 0, repeated: 0 }
  for (const { value, headers } of sent) {
    const reading = readStorableJson(Buffer.from(value as string))
    const line = headers && `${headers['sluice-file']}:${headers['sluice-line']}`
    if (!('json' in reading)) found.broken += 1
    else if (line && lines.has(line)) found.repeated += 1
    else {
      if (line) lines.add(line)
      found.events.push(eventOf(asFields(reading.json)))
    }
  }
  return found
}

function eventOf(fields: Fields): StoreEvent {
  return {
    type: required(fields, 'event_type'),
    product: required(fields, 'product_id'),
    category: required(fields, 'category_id'),
    code: optional(fields, 'category_code') || null,
    brand: optional(fields, 'brand') || null,
    priceCents: cents(fields, 'price'),
    user: required(fields, 'user_id'),
    session: required(fields, 'user_session'),
    at: Date.parse(required(fields, 'event_time').replace(' ', 'T').replace(' UTC', 'Z')),
  }
}
