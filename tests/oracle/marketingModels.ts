import * as generic from './canonicalRows.ts'
import type { Row } from './rows.ts'

const counts = 'sent delivered opened clicked forwarded spam bounced'

/** The columns of each model of gold that the oracle knows; the grain comes first. */
export const marketingModels = {
  campaign_totals: {
    grain: 1,
    columns: `campaign_id events customers ${counts} first_event_at last_event_at`,
  },
  campaign_effectiveness: {
    grain: 1,
    columns: `campaign_id campaign_name start_date end_date customers ${counts} open_rate click_through_rate effectiveness`,
  },
  campaign_behaviour_by_minute: { grain: 2, columns: `minute_at campaign_id events ${counts}` },
  campaign_behaviour_by_hour: { grain: 2, columns: `hour_at campaign_id events ${counts}` },
  product_clicks: { grain: 1, columns: 'product_id clicks customers' },
  product_popularity: {
    grain: 1,
    columns: 'product_id product_name category image_url clicks customers rank',
  },
  campaign_product_clicks: { grain: 2, columns: 'campaign_id product_id clicks customers' },
  campaign_product_popularity: {
    grain: 2,
    columns:
      'campaign_id product_id product_name category image_url is_promoted clicks customers rank',
  },
  campaign_cities: { grain: 4, columns: 'campaign_id country state city events opened clicked' },
  events_by_city: { grain: 3, columns: 'country state city events opened clicked' },
  campaign_devices: {
    grain: 4,
    columns: 'campaign_id device os browser events opened clicked',
  },
  events_by_device: { grain: 1, columns: 'device events opened clicked' },
  campaign_events_by_type: { grain: 2, columns: 'campaign_id event_type events' },
  events_by_type: { grain: 1, columns: 'event_type events share' },
  customer_engagement: { grain: 1, columns: 'customer_id events opened clicked last_event_at' },
  marketing_totals: { grain: 1, columns: 'events customers customers_who_clicked' },
} as const

export type MarketingModel = keyof typeof marketingModels

const decimals: generic.Decimals = {
  open_rate: { scale: 4 },
  click_through_rate: { scale: 4 },
  effectiveness: { scale: 4 },
  share: { scale: 4 },
}

/** What pg returned for a model, in the form of `marketingFigures`. */
export function canonicalRows(model: MarketingModel, rows: Record<string, unknown>[]): Row[] {
  return generic.canonicalRows(marketingModels[model], decimals, rows)
}

/** Rows with the columns of the model alone, in the order that `canonicalRows` gives. */
export function sortedByGrain(model: MarketingModel, rows: Row[]): Row[] {
  return generic.sortedByGrain(marketingModels[model], rows)
}
