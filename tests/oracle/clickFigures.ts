import type { MailEvent, MarketingEvents } from './marketingEvents.ts'
import { countDistinct, groupBy, type Row } from './rows.ts'

interface Clicked {
  product: string
  clicks: number
  customers: number
}

/** gold.product_clicks with names and ranks: gold.product_popularity. */
export function productPopularity(events: MarketingEvents): Row[] {
  return ranked(clicksOf(events), events)
}

/** gold.campaign_product_clicks with names and ranks: gold.campaign_product_popularity. */
export function campaignProductPopularity(events: MarketingEvents): Row[] {
  return [...groupBy(clicksOf(events), ({ campaign }) => campaign)].flatMap(
    ([campaign_id, clicks]) =>
      ranked(clicks, events).map((row) => ({
        campaign_id,
        ...row,
        is_promoted: String(
          events.campaigns.get(campaign_id)?.products.has(row.product_id as string) ?? false,
        ),
      })),
  )
}

const clicksOf = ({ mails }: MarketingEvents) =>
  mails.filter(({ type, product }) => type === 'CLICKED' && product !== null)

function ranked(clicks: MailEvent[], { products }: MarketingEvents): Row[] {
  const clicked = [...groupBy(clicks, ({ product }) => product!)].map(
    ([product, ofProduct]): Clicked => ({
      product,
      clicks: ofProduct.length,
      customers: countDistinct(ofProduct, ({ customer }) => customer),
    }),
  )
  return clicked.map((one) => {
    const better = clicked.filter(
      (other) =>
        other.clicks > one.clicks ||
        (other.clicks === one.clicks && other.customers > one.customers),
    )
    const known = products.get(one.product)
    return {
      product_id: one.product,
      product_name: known?.name ?? null,
      category: known?.category ?? null,
      image_url: known?.imageUrl ?? null,
      clicks: String(one.clicks),
      customers: String(one.customers),
      rank: String(better.length + 1),
    }
  })
}
