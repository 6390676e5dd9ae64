import { pino } from 'pino'
import { expect, test } from 'vitest'
import { holdMembership } from '../../ingest/holdMembership.ts'
import { createKafkaClient, type KafkaClient } from '../../ingest/kafka.ts'
import { atEnd } from '../support/cleanUp.ts'
import { testKafka } from '../support/kafka.ts'
import { until } from '../support/until.ts'

const kafka = testKafka()
const logger = pino({ level: 'silent' })
const sessionTimeoutMs = 6_000

/** A member of a group of its own, which reads one topic with one event. */
async function member(base: string): Promise<{ client: KafkaClient; topic: string }> {
  const topic = await kafka.topic(base)
  await kafka.produce(topic, [{ value: '{}' }])
  const options = { kafka: { brokers: kafka.brokers }, groupId: topic, sessionTimeoutMs, logger }
  const client = createKafkaClient(options)
  await client.connect()
  atEnd(() => client.disconnect())
  await until('it has joined', () =>
    client.join([topic]).then(
      (assignment) => assignment.has(topic),
      () => false,
    ),
  )
  return { client, topic }
}

const hold = (client: KafkaClient) =>
  holdMembership(client, { sessionTimeoutMs, logger, signal: new AbortController().signal })

async function committedOffset(group: string): Promise<string | undefined> {
  const admin = kafka.kafka.admin()
  await admin.connect()
  const [offsets] = await admin.fetchOffsets({ groupId: group, topics: [group] })
  await admin.disconnect()
  return offsets?.partitions[0]?.offset
}

test('positions that are stored are told to Kafka, for lag tools', async () => {
  const { client, topic } = await member('told')
  const membership = hold(client)
  membership.committed([{ topic, partition: 0, offset: 1 }])
  await until('Kafka has it', async () => (await committedOffset(topic)) === '1')
  await membership.close()
})

test('positions that are stored at the very end are told too', async () => {
  const { client, topic } = await member('end')
  const membership = hold(client)
  membership.committed([{ topic, partition: 0, offset: 1 }])
  await membership.close()
  expect(await committedOffset(topic)).toBe('1')
})

test('heartbeats go on while Kafka does not answer what it was told, and the end does not wait for it', async () => {
  const { client, topic } = await member('unanswered')
  let heartbeats = 0
  let isTold = false
  const membership = hold({
    ...client,
    commit: () => {
      isTold = true
      heartbeats = 0
      return new Promise(() => undefined)
    },
    async heartbeat() {
      const isMember = await client.heartbeat()
      heartbeats += 1
      return isMember
    },
  })
  membership.committed([{ topic, partition: 0, offset: 1 }])
  await until('three heartbeats are answered', () => isTold && heartbeats >= 3)
  expect(membership.signal.aborted).toBe(false)
  const asked = performance.now()
  await membership.close()
  expect(performance.now() - asked).toBeLessThan(10_000)
})
