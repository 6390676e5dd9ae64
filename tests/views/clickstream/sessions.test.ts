import { expect, test } from 'vitest'
import { at, siteDatabase } from './site.ts'

const site = siteDatabase()
const sessions = () =>
  site.rows(
    `select
      user_id as user,
      to_char(started_at at time zone 'UTC', 'HH24:MI:SS.MS') as started,
      to_char(ended_at at time zone 'UTC', 'HH24:MI:SS.MS') as ended,
      events::int
    from silver.sessions
    order by user_id, started_at`,
  )
const session = (started: string, ended: string, events: number, user = 'u1') => ({
  user,
  started,
  ended,
  events,
})

test('a pause of 30 minutes ends a session, and one of a millisecond less does not', async () => {
  await site.events(at('10:00:00.000'), at('10:30:00.000'), at('10:59:59.999'))
  expect(await sessions()).toEqual([
    session('10:00:00.000', '10:00:00.000', 1),
    session('10:30:00.000', '10:59:59.999', 2),
  ])
})

test('a late event between two sessions makes them one', async () => {
  await site.events(at('10:00:00'), at('10:10:00'), at('10:50:00'), at('11:00:00'))
  expect(await sessions()).toHaveLength(2)
  await site.events(at('10:30:00'))
  expect(await sessions()).toEqual([session('10:00:00.000', '11:00:00.000', 5)])
})

test('late events join three sessions, one pause at a time', async () => {
  await site.events(at('10:00:00'), at('10:40:00'), at('11:20:00'))
  expect(await sessions()).toHaveLength(3)
  await site.events(at('11:00:00'))
  expect(await sessions()).toEqual([
    session('10:00:00.000', '10:00:00.000', 1),
    session('10:40:00.000', '11:20:00.000', 3),
  ])
  await site.events(at('10:20:00'))
  expect(await sessions()).toEqual([session('10:00:00.000', '11:20:00.000', 5)])
})

test('a late event that is near to no other is a session of its own', async () => {
  await site.events(at('12:00:00'))
  await site.events(at('10:00:00'))
  expect(await sessions()).toEqual([
    session('10:00:00.000', '10:00:00.000', 1),
    session('12:00:00.000', '12:00:00.000', 1),
  ])
})

test('a late event makes a session begin earlier, and an hour before', async () => {
  await site.events(at('11:10:00'))
  await site.events(at('10:50:00'))
  expect(await sessions()).toEqual([session('10:50:00.000', '11:10:00.000', 2)])
  expect(await site.rows('select hour_at from silver.sessions')).toEqual([
    { hour_at: new Date('2026-03-01T10:00:00Z') },
  ])
})

test('users do not share a session', async () => {
  await site.events(at('10:00:00'), { ...at('10:01:00'), user_id: 'u2' })
  expect(await sessions()).toEqual([
    session('10:00:00.000', '10:00:00.000', 1),
    session('10:01:00.000', '10:01:00.000', 1, 'u2'),
  ])
})

test('all that a user does prolongs a session; page views are counted apart', async () => {
  await site.events(
    at('10:00:00'),
    { ...at('10:20:00'), event_type: 'click' },
    { ...at('10:40:00'), event_type: 'search' },
  )
  expect(
    await site.rows(
      'select events::int, page_views::int, is_bounce, duration_s::float from silver.sessions',
    ),
  ).toEqual([{ events: 3, page_views: 1, is_bounce: false, duration_s: 2400 }])
})
