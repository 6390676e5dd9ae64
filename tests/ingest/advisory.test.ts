import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { testKafka } from '../support/kafka.ts'
import { until } from '../support/until.ts'
import { ingesting } from './ingesting.ts'

const kafka = testKafka()
const { start, stored, addSource, rows, database } = await ingesting(kafka.brokers)

async function toldOffset(topic: string): Promise<string | undefined> {
  const admin = kafka.kafka.admin()
  await admin.connect()
  const [offsets] = await admin.fetchOffsets({ groupId: database.name, topics: [topic] })
  await admin.disconnect()
  return offsets?.partitions[0]?.offset
}

test('Kafka is told of what is stored, and of nothing before that', async () => {
  const topic = await kafka.topic('advisory')
  const table = await addSource(topic)
  await kafka.produce(topic, [{ value: '{}' }, { value: '{}' }])
  const holder = await database.client('sluice_owner')
  await holder.query(`begin; lock table bronze.${table} in access exclusive mode`)
  start()
  await until('the COPY waits', async () => {
    const waiting = await rows(
      `select from pg_locks join pg_stat_activity using (pid)
      where not granted and usename = 'sluice_ingest' and pg_stat_activity.datname = current_database()`,
    )
    return waiting.length > 0
  })
  // three heartbeats: with each of them Kafka is told what there is to tell
  await wait(3_000)
  expect(await toldOffset(topic)).toBe('-1')
  await holder.query('rollback')
  await stored(topic, 2)
  await until('Kafka is told', async () => (await toldOffset(topic)) === '2')
})
