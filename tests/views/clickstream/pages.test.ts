import { expect, test } from 'vitest'
import { at, siteDatabase } from './site.ts'

const site = siteDatabase()
const page = (path: string, event: object = {}) => ({
  page_url: `https://shop.example${path}`,
  ...event,
})

test('a page is popular by its views and its visitors, whatever its parameters', async () => {
  await site.events(
    page('/a'),
    page('/a?utm_source=news'),
    page('/a#top', { user_id: 'u2' }),
    page('/b'),
    page('/b', { event_type: 'click' }),
  )
  expect(
    await site.rows('select path, views::int, visitors::int from gold.popular_pages order by 1'),
  ).toEqual([
    { path: '/a', views: 3, visitors: 2 },
    { path: '/b', views: 1, visitors: 1 },
  ])
})

test('clicks of a page are counted per view of it; without a view there is no rate', async () => {
  const click = { event_type: 'click', element: 'nav-menu' }
  await site.events(
    page('/a'),
    page('/a'),
    page('/a'),
    page('/a', click),
    page('/a', { ...click, user_id: 'u2' }),
    page('/b', click),
    page('/c', { event_type: 'search', search_query: 'lamp' }),
  )
  expect(
    await site.rows(
      `select path, clicks::int, visitors_who_clicked::int as visitors, views::int, clicks_per_view as rate
      from gold.clicks_by_page order by 1`,
    ),
  ).toEqual([
    { path: '/a', clicks: 2, visitors: 2, views: 3, rate: '0.6667' },
    { path: '/b', clicks: 1, visitors: 1, views: 0, rate: null },
  ])
})

test('what is put into carts and taken out again is counted by product', async () => {
  const add = (product_id: string | null, user_id = 'u1') => ({
    event_type: 'add_to_cart',
    product_id,
    user_id,
  })
  await site.events(
    add('p1'),
    add('p1'),
    add('p1', 'u2'),
    { ...add('p1', 'u3'), event_type: 'remove_from_cart' },
    add('p2'),
    add(null),
    { ...add('p3'), event_type: 'page_view' },
  )
  expect(
    await site.rows(
      'select product_id, added::int, removed::int, visitors::int from gold.most_added_to_cart order by 1',
    ),
  ).toEqual([
    { product_id: 'p1', added: 3, removed: 1, visitors: 2 },
    { product_id: 'p2', added: 1, removed: 0, visitors: 1 },
  ])
})

test('a minute has its events by type, and each visitor once', async () => {
  const kinds = ['page_view', 'page_view', 'click', 'add_to_cart', 'search', 'remove_from_cart']
  await site.events(
    ...kinds.map((event_type) => ({ ...at('10:00:00'), event_type })),
    { ...at('10:00:59.999'), user_id: 'u2' },
    at('10:01:00'),
  )
  expect(
    await site.rows(
      `select
        to_char(minute_at at time zone 'UTC', 'HH24:MI') as minute, events::int, page_views::int,
        clicks::int, added_to_cart::int as added, searches::int, visitors::int
      from gold.traffic_by_minute order by 1`,
    ),
  ).toEqual([
    { minute: '10:00', events: 7, page_views: 3, clicks: 1, added: 1, searches: 1, visitors: 2 },
    { minute: '10:01', events: 1, page_views: 1, clicks: 0, added: 0, searches: 0, visitors: 1 },
  ])
})

test('who came from where: hosts that link to the site, or nobody; not the site itself', async () => {
  await site.events(
    page('/a', { referrer: 'https://www.search.example/?q=a' }),
    page('/b', { referrer: 'https://www.search.example/?q=b' }),
    page('/b', { referrer: 'https://WWW.search.example/', user_id: 'u2' }),
    page('/c', { referrer: 'https://shop.example/a' }),
    page('/c', { referrer: 'https://news.shop.example/' }),
    page('/d'),
    page('/d', { event_type: 'click', referrer: 'https://other.example/' }),
  )
  expect(
    await site.rows('select referrer, views::int, visitors::int from gold.referrers order by 1'),
  ).toEqual([
    { referrer: 'direct', views: 1, visitors: 1 },
    { referrer: 'news.shop.example', views: 1, visitors: 1 },
    { referrer: 'www.search.example', views: 3, visitors: 2 },
  ])
})
