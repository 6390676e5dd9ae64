import { expect, test } from 'vitest'
import { siteDatabase } from './site.ts'

const site = siteDatabase()
const now = '2026-03-02T12:00:30Z'
const minutes = (where: string, at = now) =>
  site.rows(
    `select
      to_char(minute_at at time zone 'UTC', 'HH24:MI') as minute, events::int,
      usual_events::float as usual, z_score, is_unusual
    from gold.unusual_traffic
    where ${where}
    order by minute_at`,
    at,
  )
const thatMinute = `minute_at = '2026-03-02T11:59:00Z'`

/** So many events in the minute that was a number of hours before 11:59. */
const hoursBefore = (hours: number, events: number) =>
  Array.from({ length: events }, () => ({
    event_time: new Date(Date.parse('2026-03-02T11:59:10Z') - hours * 3_600_000).toISOString(),
  }))

test('a minute is compared with the same minute of the hours before it', async () => {
  await site.events(
    ...hoursBefore(0, 20),
    ...hoursBefore(1, 4),
    ...hoursBefore(2, 6),
    ...hoursBefore(3, 5),
    // another minute of the hour before
    { event_time: '2026-03-02T10:58:00Z' },
  )
  // mean 5, standard deviation 1
  expect(await minutes(thatMinute)).toEqual([
    { minute: '11:59', events: 20, usual: 5, z_score: '15.00', is_unusual: true },
  ])
})

test('a minute less than 3 standard deviations away is usual', async () => {
  await site.events(
    ...hoursBefore(0, 11),
    ...hoursBefore(1, 2),
    ...hoursBefore(2, 8),
    ...hoursBefore(3, 5),
  )
  // mean 5, standard deviation 3
  expect(await minutes(thatMinute)).toMatchObject([{ z_score: '2.00', is_unusual: false }])
})

test('a minute 3 standard deviations away is usual when that is less than half of the mean', async () => {
  await site.events(
    ...hoursBefore(0, 14),
    ...hoursBefore(1, 9),
    ...hoursBefore(2, 11),
    ...hoursBefore(3, 10),
  )
  expect(await minutes(thatMinute)).toMatchObject([{ z_score: '4.00', is_unusual: false }])
})

test('traffic that ends is unusual, and has no z-score where it never varied', async () => {
  await site.events(...hoursBefore(1, 4), ...hoursBefore(2, 4), ...hoursBefore(3, 4))
  expect(await minutes(thatMinute)).toEqual([
    { minute: '11:59', events: 0, usual: 4, z_score: null, is_unusual: true },
  ])
})

test('with less than 3 hours to compare with nothing is unusual', async () => {
  await site.events(...hoursBefore(0, 20), ...hoursBefore(1, 4), ...hoursBefore(2, 5))
  expect(await minutes(thatMinute)).toMatchObject([{ events: 20, usual: 4.5, is_unusual: false }])
})

test('hours without events count as hours of none, from the first event on', async () => {
  await site.events(...hoursBefore(0, 1), ...hoursBefore(4, 2))
  expect(await minutes(thatMinute)).toMatchObject([{ usual: 0.5 }])
})

test('what is more than 24 hours back does not count', async () => {
  await site.events(...hoursBefore(0, 1), ...hoursBefore(24, 24), ...hoursBefore(25, 100))
  expect(await minutes(thatMinute)).toMatchObject([{ usual: 1 }])
})

test('the minutes are those of the last 6 hours, without the one that runs', async () => {
  await site.events(...hoursBefore(10, 1))
  const rows = await minutes('true')
  expect(rows).toHaveLength(360)
  expect(rows[0]).toMatchObject({ minute: '06:00' })
  expect(rows.at(-1)).toMatchObject({ minute: '11:59' })
})

test('without events there are no minutes', async () => {
  expect(await minutes('true')).toEqual([])
})
