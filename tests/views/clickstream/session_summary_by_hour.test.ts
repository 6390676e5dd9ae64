import { expect, test } from 'vitest'
import { at, siteDatabase } from './site.ts'

const site = siteDatabase()
const hours = () =>
  site.rows(
    `select
      to_char(hour_at at time zone 'UTC', 'HH24:MI') as hour,
      sessions::int, bounces::int, bounce_rate, page_views_per_session::float as pages,
      median_duration_s::float as median, p95_duration_s::float as p95
    from gold.session_summary_by_hour order by 1`,
  )
const user = (name: string, time: string) => ({ ...at(time), user_id: name })

test('a session of one event is a bounce, until a late event says otherwise', async () => {
  await site.events(user('u1', '10:00:00'))
  expect(await hours()).toEqual([
    { hour: '10:00', sessions: 1, bounces: 1, bounce_rate: '1.0000', pages: 1, median: 0, p95: 0 },
  ])
  await site.events(user('u1', '10:00:12.500'))
  expect(await hours()).toEqual([
    {
      hour: '10:00',
      sessions: 1,
      bounces: 0,
      bounce_rate: '0.0000',
      pages: 2,
      median: 12.5,
      p95: 12.5,
    },
  ])
})

test('median and p95 lie between the durations of the hour', async () => {
  for (const [index, seconds] of ['10', '20', '40'].entries())
    await site.events(user(`u${index}`, '10:00:00'), user(`u${index}`, `10:00:${seconds}`))
  // at 2 × 0.95 = 1.9: nine tenths of the way from 20 to 40
  expect(await hours()).toMatchObject([{ sessions: 3, bounces: 0, median: 20, p95: 38 }])
})

test('a session counts in the hour in which it began', async () => {
  await site.events(user('u1', '10:59:59'), user('u1', '11:10:00'), user('u2', '11:00:00'))
  expect(await hours()).toMatchObject([
    { hour: '10:00', sessions: 1 },
    { hour: '11:00', sessions: 1 },
  ])
})

test('two sessions that become one are one', async () => {
  await site.events(user('u1', '10:50:00'), user('u1', '11:30:00'))
  expect(await hours()).toMatchObject([{ hour: '10:00' }, { hour: '11:00' }])
  await site.events(user('u1', '11:10:00'))
  expect(await hours()).toMatchObject([{ hour: '10:00', sessions: 1, bounces: 0, median: 2400 }])
})
