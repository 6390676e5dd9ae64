import { expect, test } from 'vitest'
import { click, mailsDatabase } from './mails.ts'

const mails = mailsDatabase()
const ranking = () =>
  mails.rows(
    `select rank::int, product_id, clicks::int, customers::int from gold.product_popularity
    order by rank, product_id`,
  )

test('the product with the most clicks is first, with its name and picture', async () => {
  await mails.products({})
  await mails.events(click('p2'), click('p1'), click('p1'), click('p1', { customer_id: 'u2' }))
  expect(await ranking()).toEqual([
    { rank: 1, product_id: 'p1', clicks: 3, customers: 2 },
    { rank: 2, product_id: 'p2', clicks: 1, customers: 1 },
  ])
  expect(
    await mails.rows(
      'select product_name, category, image_url from gold.product_popularity order by rank',
    ),
  ).toEqual([
    { product_name: 'Lamp', category: 'Home', image_url: 'https://x/p1.jpg' },
    { product_name: null, category: null, image_url: null },
  ])
})

test('of as many clicks, those of more customers count more, and equals share a rank', async () => {
  await mails.events(
    ...[click('p1'), click('p1')],
    ...[click('p2'), click('p2', { customer_id: 'u2' })],
    ...[click('p3'), click('p3')],
    click('p4'),
  )
  expect(await ranking()).toMatchObject([
    { rank: 1, product_id: 'p2' },
    { rank: 2, product_id: 'p1' },
    { rank: 2, product_id: 'p3' },
    { rank: 4, product_id: 'p4' },
  ])
})

test('only clicks count, and only those on a product', async () => {
  await mails.events(
    { type_event: 'OPENED', product_id: 'p1' },
    { type_event: 'CLICKED', product_id: null },
  )
  expect(await ranking()).toEqual([])
})

test('each campaign has a ranking of its own, and says what it is for now', async () => {
  await mails.campaigns({ product_ids: ['p1', 'p2'] })
  await mails.events(
    ...[click('p1'), click('p2'), click('p2')],
    ...[click('p1', { campaign_id: 'c2' }), click('p1', { campaign_id: 'c2' })],
  )
  const ofCampaigns = () =>
    mails.rows(
      `select campaign_id, rank::int, product_id, clicks::int, is_promoted
      from gold.campaign_product_popularity order by 1, 2`,
    )
  expect(await ofCampaigns()).toEqual([
    { campaign_id: 'c1', rank: 1, product_id: 'p2', clicks: 2, is_promoted: true },
    { campaign_id: 'c1', rank: 2, product_id: 'p1', clicks: 1, is_promoted: true },
    { campaign_id: 'c2', rank: 1, product_id: 'p1', clicks: 2, is_promoted: false },
  ])
  await mails.campaigns({ product_ids: ['p1'] })
  expect(await ofCampaigns()).toMatchObject([{ is_promoted: false }, { is_promoted: true }, {}])
})
