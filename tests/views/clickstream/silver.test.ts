import { expect, test } from 'vitest'
import { uuid } from '../support.ts'
import { siteDatabase } from './site.ts'

const site = siteDatabase()

test('an address becomes host, path and campaign parameters', async () => {
  await site.events({
    page_url:
      'https://Shop.example/p/1?utm_source=news&utm_medium=e-mail&utm_campaign=spring+sale&x=1#a',
    referrer: 'https://www.search.example/?q=lamp',
  })
  expect(
    await site.rows(
      'select host, path, utm_source, utm_medium, utm_campaign, referrer_host from silver.clicks',
    ),
  ).toEqual([
    {
      host: 'shop.example',
      path: '/p/1',
      utm_source: 'news',
      utm_medium: 'e-mail',
      utm_campaign: 'spring sale',
      referrer_host: 'www.search.example',
    },
  ])
})

test('an address without parameters has none, and no referrer is none', async () => {
  await site.events({ page_url: 'https://shop.example/cart' })
  expect(
    await site.rows(
      'select path, utm_source, utm_medium, utm_campaign, referrer_host from silver.clicks',
    ),
  ).toEqual([
    { path: '/cart', utm_source: null, utm_medium: null, utm_campaign: null, referrer_host: null },
  ])
})

test('an address that is none is no dead letter', async () => {
  await site.events({ page_url: '%zz', referrer: '::' }, { page_url: null })
  expect(await site.rows('select path, referrer_host from silver.clicks order by 1')).toEqual([
    { path: '%zz', referrer_host: null },
    { path: null, referrer_host: null },
  ])
})

test('an event id counts once', async () => {
  await site.events({ event_id: uuid(1) }, { event_id: uuid(1) }, { event_id: uuid(2) })
  await site.events({ event_id: uuid(1) })
  expect(await site.rows('select count(*)::int as events from silver.clicks')).toEqual([
    { events: 2 },
  ])
})

test('the address of a visitor is to be stored as a hash', async () => {
  expect(await site.rows(`select redact from ops.sources where topic = 'clickstream'`)).toEqual([
    { redact: { ip: 'hash' } },
  ])
})
