import { expect, test } from 'vitest'
import { mail, mailsDatabase } from './mails.ts'

const mails = mailsDatabase()
const iPhone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1'
const windows =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36'

test('events by type: of all campaigns, and their share', async () => {
  await mails.events(...mail('SENT SENT DELIVERED'), ...mail('SENT', { campaign_id: 'c2' }))
  expect(
    await mails.rows('select event_type, events::int, share from gold.events_by_type order by 1'),
  ).toEqual([
    { event_type: 'DELIVERED', events: 1, share: '0.2500' },
    { event_type: 'SENT', events: 3, share: '0.7500' },
  ])
  expect(
    await mails.rows(
      'select campaign_id, event_type, events::int from gold.campaign_events_by_type order by 1, 2',
    ),
  ).toEqual([
    { campaign_id: 'c1', event_type: 'DELIVERED', events: 1 },
    { campaign_id: 'c1', event_type: 'SENT', events: 2 },
    { campaign_id: 'c2', event_type: 'SENT', events: 1 },
  ])
})

test('events by city: two cities of the same name are two, and one without a state is one', async () => {
  const at = (country: string, state: string | null, city: string, campaign_id = 'c1') => ({
    ...{ country, state, city, campaign_id },
  })
  await mails.events(
    ...mail('SENT OPENED', at('US', 'OR', 'Portland')),
    ...mail('CLICKED', at('US', 'OR', 'Portland', 'c2')),
    ...mail('SENT', at('US', 'ME', 'Portland')),
    ...mail('SENT', at('AT', null, 'Wien')),
  )
  await mails.events(...mail('SENT', at('AT', null, 'Wien')))
  expect(
    await mails.rows(
      `select country, state, city, events::int, opened::int, clicked::int
      from gold.events_by_city order by 1, 2, 3`,
    ),
  ).toEqual([
    { country: 'AT', state: null, city: 'Wien', events: 2, opened: 0, clicked: 0 },
    { country: 'US', state: 'ME', city: 'Portland', events: 1, opened: 0, clicked: 0 },
    { country: 'US', state: 'OR', city: 'Portland', events: 3, opened: 1, clicked: 1 },
  ])
})

test('events by device: of those that tell one', async () => {
  await mails.events(
    ...mail('SENT DELIVERED'),
    ...mail('OPENED CLICKED', { user_agent: iPhone }),
    ...mail('OPENED', { user_agent: windows, campaign_id: 'c2' }),
    ...mail('OPENED', { user_agent: windows }),
  )
  expect(
    await mails.rows(
      'select device, events::int, opened::int, clicked::int from gold.events_by_device order by 1',
    ),
  ).toEqual([
    { device: 'desktop', events: 2, opened: 2, clicked: 0 },
    { device: 'mobile', events: 2, opened: 1, clicked: 1 },
  ])
  expect(
    await mails.rows(
      `select campaign_id, os, browser, events::int from gold.campaign_devices order by 1, 3`,
    ),
  ).toEqual([
    { campaign_id: 'c1', os: 'Windows', browser: 'Chrome', events: 1 },
    { campaign_id: 'c1', os: 'iOS', browser: 'Safari', events: 2 },
    { campaign_id: 'c2', os: 'Windows', browser: 'Chrome', events: 1 },
  ])
})

test('totals: a customer of two campaigns is one', async () => {
  await mails.events(
    ...mail('SENT DELIVERED', { customer_id: 'u1' }),
    ...mail('OPENED CLICKED', { customer_id: 'u1', campaign_id: 'c2' }),
    ...mail('SENT', { customer_id: 'u2' }),
  )
  expect(
    await mails.rows(
      'select events::int, customers::int, customers_who_clicked::int from gold.marketing_totals',
    ),
  ).toEqual([{ events: 5, customers: 2, customers_who_clicked: 1 }])
})

test('an event that names no customer is an event, and no customer', async () => {
  await mails.events({ customer_id: null }, { customer_id: 'u1' })
  expect(await mails.rows('select events::int, customers::int from gold.marketing_totals')).toEqual(
    [{ events: 2, customers: 1 }],
  )
})

test('without events all totals are 0', async () => {
  expect(await mails.rows('select events::int, customers::int from gold.marketing_totals')).toEqual(
    [{ events: 0, customers: 0 }],
  )
})

test('a customer has what was opened and clicked, and the last time of any event', async () => {
  await mails.events(
    ...mail('OPENED CLICKED', { event_date: '2026-03-01T12:00:00Z' }),
    ...mail('DELIVERED', { event_date: '2026-03-01T11:00:00Z' }),
  )
  expect(
    await mails.rows(
      'select customer_id, events::int, opened::int, clicked::int, last_event_at from gold.customer_engagement',
    ),
  ).toEqual([
    {
      customer_id: 'u1',
      events: 3,
      opened: 1,
      clicked: 1,
      last_event_at: new Date('2026-03-01T12:00:00Z'),
    },
  ])
})
