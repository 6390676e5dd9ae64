import { printRatio } from './decimal.ts'
import type { MailEvent, MarketingEvents } from './marketingEvents.ts'
import { countDistinct, groupBy, type Row } from './rows.ts'
import { isoTime } from './timeFigures.ts'
import { readUserAgent } from './userAgents.ts'

type Attribute = (mail: MailEvent) => string | null

const place: Record<string, Attribute> = {
  country: ({ country }) => country,
  state: ({ state }) => state,
  city: ({ city }) => city,
}
const campaign: Record<string, Attribute> = { campaign_id: (mail) => mail.campaign }
const device: Record<string, Attribute> = {
  device: (mail) => readUserAgent(mail.userAgent!).device,
  os: (mail) => readUserAgent(mail.userAgent!).os,
  browser: (mail) => readUserAgent(mail.userAgent!).browser,
}

const withAgent = ({ mails }: MarketingEvents) =>
  mails.filter(({ userAgent }) => userAgent !== null)

/** gold.campaign_cities. */
export const campaignCities = ({ mails }: MarketingEvents): Row[] =>
  countBy({ ...campaign, ...place }, mails)

/** gold.events_by_city. */
export const eventsByCity = ({ mails }: MarketingEvents): Row[] => countBy(place, mails)

/** gold.campaign_devices. */
export const campaignDevices = (events: MarketingEvents): Row[] =>
  countBy({ ...campaign, ...device }, withAgent(events))

/** gold.events_by_device. */
export const eventsByDevice = (events: MarketingEvents): Row[] =>
  countBy({ device: device['device']! }, withAgent(events))

/** gold.campaign_events_by_type. */
export const campaignEventsByType = ({ mails }: MarketingEvents): Row[] =>
  countBy({ ...campaign, event_type: ({ type }) => type }, mails)

/** gold.events_by_type. */
export function eventsByType({ mails }: MarketingEvents): Row[] {
  return countBy({ event_type: ({ type }) => type }, mails).map((row) => ({
    ...row,
    share: printRatio(BigInt(row.events!), BigInt(mails.length), 4),
  }))
}

/** gold.customer_engagement. */
export function customerEngagement({ mails }: MarketingEvents): Row[] {
  return [...groupBy(mails, ({ customer }) => customer)].map(([customer_id, ofCustomer]) => ({
    customer_id,
    ...counts(ofCustomer),
    last_event_at: isoTime(ofCustomer.map(({ at }) => at).reduce((a, b) => Math.max(a, b))),
  }))
}

/** gold.marketing_totals. */
export function marketingTotals({ mails }: MarketingEvents): Row[] {
  const clicks = mails.filter(({ type }) => type === 'CLICKED')
  return [
    {
      events: String(mails.length),
      customers: String(countDistinct(mails, ({ customer }) => customer)),
      customers_who_clicked: String(countDistinct(clicks, ({ customer }) => customer)),
    },
  ]
}

function countBy(attributes: Record<string, Attribute>, mails: MailEvent[]): Row[] {
  const valuesOf = (mail: MailEvent): Row =>
    Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, value(mail)]))
  return [...groupBy(mails, (mail) => JSON.stringify(valuesOf(mail)))].map(([values, group]) => ({
    ...(JSON.parse(values) as Row),
    ...counts(group),
  }))
}

const counts = (mails: MailEvent[]) => ({
  events: String(mails.length),
  opened: String(mails.filter(({ type }) => type === 'OPENED').length),
  clicked: String(mails.filter(({ type }) => type === 'CLICKED').length),
})
