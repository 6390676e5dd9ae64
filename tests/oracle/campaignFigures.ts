import { printRatio } from './decimal.ts'
import type { MailEvent, MarketingEvents } from './marketingEvents.ts'
import { countDistinct, groupBy, type Row } from './rows.ts'
import { isoTime } from './timeFigures.ts'

/** How many events there are of each type that the models name. */
function countTypes(mails: MailEvent[]): Record<string, number> {
  const columns = {
    SENT: 'sent',
    DELIVERED: 'delivered',
    OPENED: 'opened',
    CLICKED: 'clicked',
    FORWARDED: 'forwarded',
    SPAM: 'spam',
    HARD_BOUNCE: 'bounced',
  }
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [
      column,
      mails.filter(({ type }) => type === name).length,
    ]),
  )
}

const asTexts = (counts: Record<string, number>): Row =>
  Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, String(count)]))

const byCampaign = ({ mails }: MarketingEvents) => groupBy(mails, ({ campaign }) => campaign)

/** gold.campaign_totals. */
export function campaignTotals(events: MarketingEvents): Row[] {
  return [...byCampaign(events)].map(([campaign_id, mails]) => {
    const times = mails.map(({ at }) => at).sort((a, b) => a - b)
    return {
      campaign_id,
      events: String(mails.length),
      customers: String(countDistinct(mails, ({ customer }) => customer)),
      ...asTexts(countTypes(mails)),
      first_event_at: isoTime(times[0]!),
      last_event_at: isoTime(times.at(-1)!),
    }
  })
}

/** gold.campaign_effectiveness. */
export function campaignEffectiveness(events: MarketingEvents): Row[] {
  return [...byCampaign(events)].map(([campaign_id, mails]) => {
    const counts = countTypes(mails)
    const campaign = events.campaigns.get(campaign_id)
    const rate = (part: string, whole: string) =>
      printRatio(BigInt(counts[part]!), BigInt(counts[whole]!), 4)
    return {
      campaign_id,
      campaign_name: campaign?.name ?? null,
      start_date: campaign?.start ?? null,
      end_date: campaign?.end ?? null,
      customers: String(countDistinct(mails, ({ customer }) => customer)),
      ...asTexts(counts),
      open_rate: rate('opened', 'delivered'),
      click_through_rate: rate('clicked', 'delivered'),
      effectiveness: rate('clicked', 'opened'),
    }
  })
}

/** gold.campaign_behaviour_by_minute and _by_hour. */
export function campaignBehaviour(column: string, length: number) {
  return (events: MarketingEvents): Row[] =>
    [...byCampaign(events)].flatMap(([campaign_id, ofCampaign]) =>
      [...groupBy(ofCampaign, ({ at }) => isoTime(Math.floor(at / length) * length))].map(
        ([begin, mails]) => ({
          [column]: begin,
          campaign_id,
          events: String(mails.length),
          ...asTexts(countTypes(mails)),
        }),
      ),
    )
}
