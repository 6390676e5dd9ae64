import { pino } from 'pino'
import { CompressionTypes } from 'kafkajs'
import { beforeAll, expect, test } from 'vitest'
import { createKafkaClient, type FetchLimits, type KafkaClient } from '../../ingest/kafka.ts'
import type { FetchedPartition } from '../../ingest/fetchResponse.ts'
import { atEnd } from '../support/cleanUp.ts'
import { testKafka } from '../support/kafka.ts'

const kafka = testKafka()
let client: KafkaClient
/** The only broker. */
const nodeId = '1'
beforeAll(async () => {
  client = createKafkaClient({
    kafka: { brokers: kafka.brokers },
    groupId: 'fetching',
    sessionTimeoutMs: 6_000,
    logger: pino({ level: 'silent' }),
  })
  await client.connect()
  atEnd(() => client.disconnect())
})

/** Fetches all partitions of a topic again and again, each from where it stands, until `isEnough`. */
async function fetchUntil(
  topic: string,
  limits: Omit<FetchLimits, 'maxWaitMs'>,
  isEnough: (answers: FetchedPartition[][]) => boolean,
): Promise<FetchedPartition[][]> {
  const partitions = (await client.partitionsOf([topic])).get(topic)!
  const positions = new Map(partitions.map((partition) => [partition, 0]))
  const answers: FetchedPartition[][] = []
  while (!isEnough(answers)) {
    const requests = [...positions].map(([partition, offset]) => ({ topic, partition, offset }))
    const answer = await client.fetch(nodeId, requests, { maxWaitMs: 100, ...limits })
    for (const { partition, next } of answer) if (next !== null) positions.set(partition, next)
    answers.push(answer)
    if (answers.length > 200) throw new Error('200 fetches were not enough.')
  }
  return answers
}

const recordsOf = (answers: FetchedPartition[][], partition?: number) =>
  answers
    .flat()
    .filter((part) => partition === undefined || part.partition === partition)
    .flatMap((part) => [...part.records])

test('a partition with batches larger than a fetch gets its turn beside one that never runs dry', async () => {
  const topic = await kafka.topic('turns', { numPartitions: 2 })
  const small = Array.from({ length: 300 }, () => ({ partition: 0, value: 'x'.repeat(1_000) }))
  for (let batch = 0; batch < 20; batch += 1) await kafka.produce(topic, small)
  await kafka.produce(topic, [{ partition: 1, value: 'x'.repeat(900_000) }])
  await client.openTopics([topic])
  const limits = { maxBytes: 100_000, maxBytesPerPartition: 100_000 }
  const answers = await fetchUntil(topic, limits, (so) => recordsOf(so, 1).length > 0)
  expect(recordsOf(answers, 0).length).toBeLessThan(20 * small.length)
})

test('what swells is decoded in parts, and all of it in the end', async () => {
  const topic = await kafka.topic('swells')
  const producer = kafka.kafka.producer()
  await producer.connect()
  const value = Buffer.alloc(500_000, ' ')
  for (let batch = 0; batch < 30; batch += 1) {
    await producer.send({ topic, compression: CompressionTypes.GZIP, messages: [{ value }] })
  }
  await producer.disconnect()
  await client.openTopics([topic])
  const limits = { maxBytes: 1_000_000, maxBytesPerPartition: 1_000_000 }
  const answers = await fetchUntil(topic, limits, (so) => recordsOf(so).length === 30)
  const largest = Math.max(...answers.flat().map(({ bytes }) => bytes))
  expect(largest).toBeLessThan(2 * limits.maxBytes + value.length + 1_000)
  expect(recordsOf(answers).map(({ offset }) => offset)).toEqual([...Array(30).keys()])
})

test('a topic that was not opened is fetched by its name, as old brokers know it', async () => {
  const [named, opened] = [await kafka.topic('named'), await kafka.topic('opened')]
  for (const topic of [named, opened]) {
    await kafka.produce(topic, [{ key: 'k', value: '{"a":1}', headers: { h: 'v' } }])
  }
  await client.openTopics([opened, named])
  const limits = { maxBytes: 1_000_000, maxBytesPerPartition: 1_000_000 }
  const byId = await fetchUntil(named, limits, (so) => recordsOf(so).length > 0)
  await client.openTopics([opened])
  const byName = await fetchUntil(named, limits, (so) => recordsOf(so).length > 0)
  expect(byName.at(-1)).toEqual(byId.at(-1))
})

test('a topic of the same name that was made since is not fetched', async () => {
  const topic = await kafka.topic('anew')
  await kafka.produce(topic, [{ value: 'old' }])
  await client.openTopics([topic])
  await kafka.recreate(topic)
  await kafka.produce(topic, [{ value: 'new' }, { value: 'new' }])
  const limits = { maxBytes: 1_000_000, maxBytesPerPartition: 1_000_000 }
  const answers = await fetchUntil(topic, limits, (so) => so.length === 3)
  expect(recordsOf(answers)).toEqual([])
  expect(new Set(answers.flat().map(({ errorCode }) => errorCode))).not.toContain(0)
  await client.openTopics([topic])
  const after = await fetchUntil(topic, limits, (so) => recordsOf(so).length > 0)
  expect(recordsOf(after).map(({ value }) => value?.toString())).toEqual(['new', 'new'])
})
