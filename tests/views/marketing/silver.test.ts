import { expect, test } from 'vitest'
import { mailsDatabase, uuid } from './mails.ts'

const mails = mailsDatabase()
const iPhone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1'

test('every field of an event arrives, and the user agent as browser, system and device', async () => {
  await mails.events({
    type_event: 'CLICKED',
    event_date: '2026-03-01T10:00:00.123Z',
    user_agent: iPhone,
    product_id: 'p1',
  })
  expect(
    await mails.rows(
      `select campaign_id, customer_id, event_type, product_id, email, gender, country, state, city,
        browser, os, device, happened_at
      from silver.email_events`,
    ),
  ).toEqual([
    {
      campaign_id: 'c1',
      customer_id: 'u1',
      event_type: 'CLICKED',
      product_id: 'p1',
      email: 'anna@example.com',
      gender: 'female',
      country: 'US',
      state: 'TX',
      city: 'Austin',
      browser: 'Safari',
      os: 'iOS',
      device: 'mobile',
      happened_at: new Date('2026-03-01T10:00:00.123Z'),
    },
  ])
})

test('a mail that is not opened yet tells no device', async () => {
  await mails.events({ type_event: 'DELIVERED' })
  expect(await mails.rows('select browser, os, device from silver.email_events')).toEqual([
    { browser: null, os: null, device: null },
  ])
})

test('an event that is sent twice is stored once', async () => {
  await mails.events({ event_id: uuid(7) }, { event_id: uuid(7) })
  expect(await mails.rows('select from silver.email_events')).toHaveLength(1)
})

test('an event without a time is a dead letter, and the others go on', async () => {
  await mails.events({ event_date: null }, {})
  expect(await mails.rows('select from silver.email_events')).toHaveLength(1)
  expect(
    await mails.rows(`select stage from ops.dead_letters where stage = 'silver.email_events'`),
  ).toHaveLength(1)
})

test('the newest entry of a product, a customer and a campaign counts', async () => {
  await mails.products({ price: 10 }, { price: 8.5 })
  await mails.customers({ city: 'Austin' }, { city: 'Boise', state: 'ID' })
  await mails.campaigns({ name: 'Spring' }, { name: 'Summer', end_date: '2026-06-30' })
  expect(await mails.rows('select product_id, product_name, price from silver.products')).toEqual([
    { product_id: 'p1', product_name: 'Lamp', price: '8.50' },
  ])
  expect(await mails.rows('select customer_id, city, state from silver.customers')).toEqual([
    { customer_id: 'u1', city: 'Boise', state: 'ID' },
  ])
  expect(
    await mails.rows(
      'select campaign_name, start_date::text, end_date::text, product_ids from silver.campaigns',
    ),
  ).toEqual([
    {
      campaign_name: 'Summer',
      start_date: '2026-03-01',
      end_date: '2026-06-30',
      product_ids: ['p1'],
    },
  ])
})

test('a product that is taken out of a campaign is no longer one of it', async () => {
  const products = () =>
    mails.rows('select campaign_id, product_id from silver.campaign_products order by 1, 2')
  await mails.campaigns({ product_ids: ['p1', 'p2', 'p1'] }, { campaign_id: 'c2' })
  expect(await products()).toEqual([
    { campaign_id: 'c1', product_id: 'p1' },
    { campaign_id: 'c1', product_id: 'p2' },
    { campaign_id: 'c2', product_id: 'p1' },
  ])
  await mails.campaigns({ product_ids: ['p2'] }, { campaign_id: 'c2', product_ids: [] })
  expect(await products()).toEqual([{ campaign_id: 'c1', product_id: 'p2' }])
})

test('Grafana’s role sees no names and no addresses', async () => {
  for (const column of ['silver.email_events.email', 'silver.customers.last_name']) {
    const [schema, table, name] = column.split('.')
    await expect(mails.asReader(`select ${name} from ${schema}.${table}`), column).rejects.toThrow(
      /permission denied/,
    )
  }
  expect(await mails.asReader('select customer_id, city from silver.customers')).toEqual([])
  expect(await mails.asReader('select customer_id, city from silver.email_events')).toEqual([])
})
