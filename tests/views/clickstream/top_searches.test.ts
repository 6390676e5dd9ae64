import { expect, test } from 'vitest'
import { uuid } from '../support.ts'
import { at, siteDatabase } from './site.ts'

const site = siteDatabase()
const searches = () =>
  site.rows(
    `select
      query, searches::int, searches_with_click::int as with, searches_without_click::int as without, click_rate as rate
    from gold.top_searches order by 1`,
  )
const search = (time: string, search_query: string | null = 'lamp') => ({
  ...at(time),
  event_type: 'search',
  search_query,
})
const click = (time: string) => ({ ...at(time), event_type: 'click' })
const found = { query: 'lamp', searches: 1, with: 1, without: 0, rate: '1.0000' }
const ignored = { query: 'lamp', searches: 1, with: 0, without: 1, rate: '0.0000' }

test('a search is without a click until one comes after it', async () => {
  await site.events(search('10:00:00'))
  expect(await searches()).toEqual([ignored])
  await site.events(click('10:00:05'))
  expect(await searches()).toEqual([found])
})

test('a click before the search is none after it', async () => {
  await site.events(search('10:00:00'), click('09:59:59'))
  expect(await searches()).toEqual([ignored])
})

test('a click belongs to the last search before it', async () => {
  await site.events(search('10:00:00'), search('10:01:00', 'vase'), click('10:02:00'))
  expect(await searches()).toEqual([ignored, { ...found, query: 'vase' }])
})

test('a late search takes the clicks that came after it', async () => {
  await site.events(search('10:00:00'), click('10:02:00'))
  expect(await searches()).toEqual([found])
  await site.events(search('10:01:00', 'vase'))
  expect(await searches()).toEqual([ignored, { ...found, query: 'vase' }])
})

test('several clicks are one search with a click; another session’s are none', async () => {
  await site.events(search('10:00:00'), click('10:00:01'), click('10:00:02'))
  await site.events(
    { ...search('10:00:00'), session_id: uuid(2) },
    { ...click('10:00:01'), session_id: uuid(3) },
  )
  expect(await searches()).toEqual([
    { query: 'lamp', searches: 2, with: 1, without: 1, rate: '0.5000' },
  ])
})

test('queries that differ in case and spaces around them are one; none is no query', async () => {
  await site.events(
    search('10:00:00', ' Lamp'),
    search('10:01:00', 'lamp'),
    search('10:02:00', null),
  )
  expect(await searches()).toMatchObject([{ query: 'lamp', searches: 2 }])
})

test('a page view is no click', async () => {
  await site.events(search('10:00:00'), at('10:00:05'))
  expect(await searches()).toEqual([ignored])
})
