import type { Campaign } from '../campaigns.ts'
import { weighted } from '../weighted.ts'

/** Where visits come from: the referrer as browsers send it (null: nothing), and what the link says of itself. */
export interface Entry {
  referrer: string | null
  /** Source and medium of utm parameters; null for links of others. */
  utm: string | null
}

/** Links of mails go through a host that counts them. */
export const newsletter: Entry = {
  referrer: 'https://newsletter.shop.example/',
  utm: 'utm_source=newsletter&utm_medium=email',
}

export const entries = weighted<Entry>(
  [
    { referrer: null, utm: null },
    { referrer: 'https://www.google.com/', utm: null },
    { referrer: 'https://www.google.com/', utm: 'utm_source=google&utm_medium=cpc' },
    { referrer: 'https://www.bing.com/', utm: null },
    { referrer: 'https://duckduckgo.com/', utm: null },
    { referrer: 'https://l.facebook.com/', utm: 'utm_source=facebook&utm_medium=social' },
    { referrer: 'https://l.instagram.com/', utm: 'utm_source=instagram&utm_medium=social' },
    { referrer: 'https://www.reddit.com/r/deals/comments/1k9w2x/', utm: null },
    { referrer: 'https://chatgpt.com/', utm: 'utm_source=chatgpt.com' },
    // a mail that somebody forwarded
    newsletter,
  ],
  [34, 30, 8, 5, 3, 6, 4, 3, 2, 5],
)

/** What the link of an entry adds to the address of the page. */
export function parametersOf({ utm }: Entry, campaign: Campaign): string {
  if (utm === null) return ''
  const isOurs = utm.includes('utm_medium')
  return `?${utm}${isOurs ? `&utm_campaign=${campaign.slug}` : ''}`
}
