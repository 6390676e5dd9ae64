import { expect, test } from 'vitest'
import { storeEvents, tick } from '../models/bronzeRows.ts'
import { testDatabase } from '../support/database.ts'

const database = await testDatabase('applied')

test('the time from Kafka to a row is told per slice, of the newest event in it', async () => {
  const owner = await database.client()
  const reader = await database.client('grafana_reader')
  const event = (secondsAgo: number) => ({
    at: new Date(Date.now() - 1000 * secondsAgo).toISOString(),
    payload: { event_type: 'view', event_time: '2019-11-01 00:00:00 UTC' },
  })
  await storeEvents(owner, 'user_activity', [event(600), event(300)])
  await tick(owner)
  await storeEvents(owner, 'user_activity', [event(20)])
  await tick(owner)
  const { rows } = await reader.query(
    `select events, round(milliseconds / 100000) as hundreds_of_seconds
    from gold.event_to_row
    order by made_at`,
  )
  expect(rows).toEqual([
    { events: '2', hundreds_of_seconds: '3' },
    { events: '1', hundreds_of_seconds: '0' },
  ])
})
