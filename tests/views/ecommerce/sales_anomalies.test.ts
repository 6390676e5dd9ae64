import { expect, test } from 'vitest'
import { shopDatabase } from './shop.ts'

const shop = shopDatabase()
const now = '2026-03-30T10:20:00Z'
/** So many orders in the hour from 9 to 10 of these days. */
const orders = (...days: [day: string, count: number][]) =>
  shop.purchases(
    ...days.flatMap(([day, count]) =>
      Array.from({ length: count }, () => ({
        event_time: `2026-${day}T09:30:00Z`,
        total_amount: 10,
      })),
    ),
  )
/** The hours of Mondays at 9, the newest last. */
const mondays = (at = now) =>
  shop.rows(
    `select to_char(hour_at at time zone 'UTC', 'MM-DD') as day, orders::int, usual_orders, weeks::int, z_score, is_anomaly
    from gold.sales_anomalies
    where extract(isodow from hour_at at time zone 'UTC') = 1 and extract(hour from hour_at at time zone 'UTC') = 9
    order by hour_at`,
    at,
  )
const last = async (at?: string) => (await mondays(at)).at(-1)

test('an hour is compared with the same hour of the weeks before', async () => {
  await orders(['03-09', 4], ['03-16', 6], ['03-23', 5], ['03-30', 11])
  expect(await mondays()).toEqual([
    {
      day: '03-09',
      orders: 4,
      usual_orders: null,
      weeks: 0,
      z_score: null,
      is_anomaly: false,
    },
    {
      day: '03-16',
      orders: 6,
      usual_orders: '4.00',
      weeks: 1,
      z_score: '1.00',
      is_anomaly: false,
    },
    {
      day: '03-23',
      orders: 5,
      usual_orders: '5.00',
      weeks: 2,
      z_score: '0.00',
      is_anomaly: false,
    },
    // the standard deviation of 4, 6 and 5 is 1, less than the root of 5: (11 - 5) / 2.236
    {
      day: '03-30',
      orders: 11,
      usual_orders: '5.00',
      weeks: 3,
      z_score: '2.68',
      is_anomaly: false,
    },
  ])
})

test('a surge of 3 deviations is an anomaly', async () => {
  await orders(['03-09', 4], ['03-16', 6], ['03-23', 5], ['03-30', 12])
  expect(await last()).toMatchObject({ z_score: '3.13', is_anomaly: true })
})

test('an hour without a sale is a drop, though no order tells of it', async () => {
  await orders(['03-09', 16], ['03-16', 16], ['03-23', 16])
  expect(await last()).toMatchObject({
    day: '03-30',
    orders: 0,
    z_score: '-4.00',
    is_anomaly: true,
  })
})

test('where weeks differ, more is usual', async () => {
  await orders(['03-09', 1], ['03-16', 30], ['03-23', 14], ['03-30', 40])
  // the standard deviation of 1, 30 and 14 is 14.53
  expect(await last()).toMatchObject({ usual_orders: '15.00', z_score: '1.72', is_anomaly: false })
})

test('two weeks are too few to call anything an anomaly', async () => {
  await orders(['03-16', 1], ['03-23', 1], ['03-30', 30])
  expect(await last()).toMatchObject({ weeks: 2, z_score: '29.00', is_anomaly: false })
})

test('an hour that is not over is not judged', async () => {
  await orders(['03-09', 16], ['03-16', 16], ['03-23', 16])
  expect(await last('2026-03-30T09:59:59Z')).toMatchObject({ day: '03-23' })
  expect(await last('2026-03-30T10:00:00Z')).toMatchObject({ day: '03-30' })
})

test('a sale of the week before last counts in its week, when it comes late', async () => {
  await orders(['03-09', 16], ['03-23', 16], ['03-30', 16])
  expect(await last()).toMatchObject({ usual_orders: '10.67' })
  await orders(['03-16', 16])
  expect(await last()).toMatchObject({ usual_orders: '16.00', z_score: '0.00' })
})

test('only the last eight weeks are compared with', async () => {
  await orders(['01-26', 900], ['03-23', 1], ['03-30', 1])
  expect(await last()).toMatchObject({ weeks: 8, usual_orders: '0.13' })
})

test('without orders there are no hours', async () => {
  expect(await shop.rows('select from gold.sales_anomalies', now)).toEqual([])
})
