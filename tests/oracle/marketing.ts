import { marketingEvents, type MailEvent, type MarketingEvents } from './marketingEvents.ts'
import { campaignBehaviour, campaignEffectiveness, campaignTotals } from './campaignFigures.ts'
import { campaignProductPopularity, productPopularity } from './clickFigures.ts'
import { sortedByGrain, type MarketingModel } from './marketingModels.ts'
import {
  campaignCities,
  campaignDevices,
  campaignEventsByType,
  customerEngagement,
  eventsByCity,
  eventsByDevice,
  eventsByType,
  marketingTotals,
} from './mailFigures.ts'
import type { TopicRecord } from './readTopics.ts'
import type { Row } from './rows.ts'

/** The rows of each model, sorted by its grain. */
export interface MarketingFigures extends Record<MarketingModel, Row[]> {
  /** What of the records is no row. */
  broken: number
  repeated: number
  mails: MailEvent[]
}

/**
 * What the marketing models must show, computed from the topics' records alone (other topics' records are passed over).
 * Form of the values: numbers are strings, rates and shares have 4 decimals, timestamptz is an ISO string in UTC with
 * milliseconds. `canonicalRows` brings what pg returned to the same form.
 */
export function marketingFigures(records: TopicRecord[]): MarketingFigures {
  const events = marketingEvents(records)
  const figures = Object.entries(modelFigures).map(([name, compute]) => {
    const model = name as MarketingModel
    return [model, sortedByGrain(model, compute(events))] as const
  })
  const { broken, repeated, mails } = events
  return {
    ...(Object.fromEntries(figures) as Record<MarketingModel, Row[]>),
    broken,
    repeated,
    mails,
  }
}

const modelFigures: Record<MarketingModel, (events: MarketingEvents) => Row[]> = {
  campaign_totals: campaignTotals,
  campaign_effectiveness: campaignEffectiveness,
  campaign_behaviour_by_minute: campaignBehaviour('minute_at', 60_000),
  campaign_behaviour_by_hour: campaignBehaviour('hour_at', 3_600_000),
  product_clicks: productPopularity,
  product_popularity: productPopularity,
  campaign_product_clicks: campaignProductPopularity,
  campaign_product_popularity: campaignProductPopularity,
  campaign_cities: campaignCities,
  events_by_city: eventsByCity,
  campaign_devices: campaignDevices,
  events_by_device: eventsByDevice,
  campaign_events_by_type: campaignEventsByType,
  events_by_type: eventsByType,
  customer_engagement: customerEngagement,
  marketing_totals: marketingTotals,
}
