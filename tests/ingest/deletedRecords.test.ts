import { expect, test } from 'vitest'
import { testKafka } from '../support/kafka.ts'
import { until } from '../support/until.ts'
import { ingesting } from './ingesting.ts'

const kafka = testKafka()
const { start, stored, addSource, rows } = await ingesting(kafka.brokers)

test('records that Kafka deletes before a running ingester has read them are an incident, and it goes on', async () => {
  const topic = await kafka.topic('retention')
  const table = await addSource(topic)
  await kafka.produce(topic, [{ value: '{}' }])
  const running = start()
  await stored(topic, 1)

  process.kill(running.pid, 'SIGSTOP')
  // the first of them are the answer that it waits for, all are more than one answer holds
  const value = JSON.stringify({ filler: 'x'.repeat(200_000) })
  for (let n = 0; n < 30; n += 1) await kafka.produce(topic, [{ value }])
  await kafka.deleteRecords(topic, 0, 25)
  process.kill(running.pid, 'SIGCONT')
  await until('the last is stored', async () => {
    const [row] = await rows<{ last: number }>(
      `select max(kafka_offset)::int as last from bronze.${table}`,
    )
    return row!.last === 30
  })

  const [incident, ...others] = await rows<{ kind: string; from: number; next: number }>(
    `select kind, from_offset::int as from, next_offset::int as next from ops.incidents`,
  )
  expect(incident).toMatchObject({ kind: 'lost_records', next: 25 })
  expect(others).toEqual([])
  const offsets = (
    await rows<{ kafka_offset: number }>(
      `select kafka_offset::int from bronze.${table} order by kafka_offset`,
    )
  ).map((row) => row.kafka_offset)
  expect(offsets).toEqual([...Array(31).keys()].filter((n) => n < incident!.from || n >= 25))
  // seen once, and dealt with
  expect(running.stderr().split('the position is not in the log').length - 1).toBe(1)
  expect((await running.kill('SIGTERM')).code).toBe(0)
})
