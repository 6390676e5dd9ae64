import {
  asFields,
  milliseconds,
  optional,
  required,
  Unreadable,
  uuid,
  type Fields,
} from './jsonFields.ts'
import { byPosition, type TopicRecord } from './readTopics.ts'
import { readStorableJson } from './storableJson.ts'

export interface MailEvent {
  id: string
  campaign: string
  customer: string
  type: string
  product: string | null
  country: string | null
  state: string | null
  city: string | null
  userAgent: string | null
  /** Milliseconds since 1970. */
  at: number
}

export interface Campaign {
  name: string | null
  start: string | null
  end: string | null
  products: Set<string>
}

export interface Product {
  name: string | null
  category: string | null
  imageUrl: string | null
}

export interface MarketingEvents {
  /** Each id once. */
  mails: MailEvent[]
  /** By id, as their newest entries say. */
  campaigns: Map<string, Campaign>
  products: Map<string, Product>
  /** How many records jsonb can't store, and how many events are repeats of others. */
  broken: number
  repeated: number
}

/** Parses the records of the marketing topics as the silver models define them. */
export function marketingEvents(records: TopicRecord[]): MarketingEvents {
  const events: MarketingEvents = {
    mails: [],
    campaigns: new Map(),
    products: new Map(),
    broken: 0,
    repeated: 0,
  }
  const seen = new Set<string>()
  // the newest last, so that it stays
  for (const record of records.toSorted((a, b) => a.timestamp - b.timestamp || byPosition(a, b))) {
    const reading = readStorableJson(record.value!)
    if ('reason' in reading) {
      events.broken += 1
      continue
    }
    const fields = asFields(reading.json)
    if (record.topic === 'marketing-campaigns') {
      events.campaigns.set(required(fields, 'campaign_id'), readCampaign(fields))
    } else if (record.topic === 'marketing-products') {
      events.products.set(required(fields, 'product_id'), readProduct(fields))
    } else if (record.topic === 'marketing-events') {
      const mail = readMail(fields)
      if (seen.has(mail.id)) events.repeated += 1
      else events.mails.push(mail)
      seen.add(mail.id)
    }
  }
  return events
}

function readCampaign(fields: Fields): Campaign {
  const products = fields.product_ids
  if (!Array.isArray(products)) throw new Unreadable('product_ids is no array')
  return {
    name: optional(fields, 'name'),
    start: optional(fields, 'start_date'),
    end: optional(fields, 'end_date'),
    products: new Set(products as string[]),
  }
}

function readProduct(fields: Fields): Product {
  return {
    name: optional(fields, 'name'),
    category: optional(fields, 'category'),
    imageUrl: optional(fields, 'image_url'),
  }
}

function readMail(fields: Fields): MailEvent {
  return {
    id: uuid(fields, 'event_id'),
    campaign: required(fields, 'campaign_id'),
    customer: required(fields, 'customer_id'),
    type: required(fields, 'type_event'),
    product: optional(fields, 'product_id'),
    country: optional(fields, 'country'),
    state: optional(fields, 'state'),
    city: optional(fields, 'city'),
    userAgent: optional(fields, 'user_agent'),
    at: milliseconds(fields, 'event_date'),
  }
}
