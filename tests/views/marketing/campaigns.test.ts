import { expect, test } from 'vitest'
import { mail, mailsDatabase, uuid } from './mails.ts'

const mails = mailsDatabase()
const rates = () =>
  mails.rows(
    `select campaign_id, open_rate, click_through_rate, effectiveness
    from gold.campaign_effectiveness order by campaign_id`,
  )

test('a campaign counts what became of its mails, and has its rates', async () => {
  await mails.campaigns({})
  await mails.events(
    ...mail('SENT DELIVERED OPENED CLICKED FORWARDED', { customer_id: 'u1' }),
    ...mail('SENT DELIVERED OPENED OPENED', { customer_id: 'u2' }),
    ...mail('SENT DELIVERED SPAM', { customer_id: 'u3' }),
    ...mail('SENT HARD_BOUNCE', { customer_id: 'u4' }),
  )
  expect(
    await mails.rows(
      `select campaign_id, campaign_name, customers::int, sent::int, delivered::int, opened::int, clicked::int,
        forwarded::int, spam::int, bounced::int, open_rate, click_through_rate, effectiveness
      from gold.campaign_effectiveness`,
    ),
  ).toEqual([
    {
      campaign_id: 'c1',
      campaign_name: 'Spring',
      customers: 4,
      sent: 4,
      delivered: 3,
      opened: 3,
      clicked: 1,
      forwarded: 1,
      spam: 1,
      bounced: 1,
      open_rate: '1.0000',
      click_through_rate: '0.3333',
      effectiveness: '0.3333',
    },
  ])
})

test('a click without an open counts as a click, and its effectiveness is unknown', async () => {
  await mails.events(...mail('DELIVERED CLICKED'))
  expect(await rates()).toEqual([
    {
      campaign_id: 'c1',
      open_rate: '0.0000',
      click_through_rate: '1.0000',
      effectiveness: null,
    },
  ])
})

test('an open without a delivery has no open rate', async () => {
  await mails.events(...mail('SENT OPENED'))
  expect(await rates()).toMatchObject([
    { open_rate: null, click_through_rate: null, effectiveness: '0.0000' },
  ])
})

test('a campaign that is in no list yet has no name, and gets it when it comes', async () => {
  await mails.events({})
  const names = () => mails.rows('select campaign_name from gold.campaign_effectiveness')
  expect(await names()).toEqual([{ campaign_name: null }])
  await mails.campaigns({ name: 'Spring' }, { campaign_id: 'c2' })
  expect(await names()).toEqual([{ campaign_name: 'Spring' }])
})

test('an event that is sent twice counts once', async () => {
  await mails.events({ event_id: uuid(7) }, { event_id: uuid(7) })
  expect(await mails.rows('select sent::int from gold.campaign_totals')).toEqual([{ sent: 1 }])
})

test('a type that nobody knows is an event, and of no count', async () => {
  await mails.events({ type_event: 'EATEN' }, { type_event: 'SENT' })
  expect(
    await mails.rows('select events::int, sent::int, delivered::int from gold.campaign_totals'),
  ).toEqual([{ events: 2, sent: 1, delivered: 0 }])
})

test.each([
  ['minute', '2026-03-01T10:00:59.999Z', '2026-03-01T10:01:00Z'],
  ['hour', '2026-03-01T09:59:59.999Z', '2026-03-01T10:00:00Z'],
])('behaviour by %s: one row per campaign, until the next one begins', async (unit, last, next) => {
  await mails.events(
    ...mail('OPENED OPENED CLICKED', { event_date: last }),
    ...mail('SENT DELIVERED FORWARDED SPAM HARD_BOUNCE', { event_date: last }),
    ...mail('OPENED', { event_date: next }),
    ...mail('OPENED', { event_date: next, campaign_id: 'c2' }),
  )
  // one that comes late
  await mails.events(...mail('OPENED', { event_date: last }))
  const none = { sent: 0, delivered: 0, clicked: 0, forwarded: 0, spam: 0, bounced: 0 }
  expect(
    await mails.rows(
      `select campaign_id, events::int, sent::int, delivered::int, opened::int, clicked::int, forwarded::int,
        spam::int, bounced::int
      from gold.campaign_behaviour_by_${unit} order by ${unit}_at, campaign_id`,
    ),
  ).toEqual([
    {
      campaign_id: 'c1',
      events: 9,
      sent: 1,
      delivered: 1,
      opened: 3,
      clicked: 1,
      forwarded: 1,
      spam: 1,
      bounced: 1,
    },
    { campaign_id: 'c1', events: 1, opened: 1, ...none },
    { campaign_id: 'c2', events: 1, opened: 1, ...none },
  ])
})
