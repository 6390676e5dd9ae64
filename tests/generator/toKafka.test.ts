import { randomUUID } from 'node:crypto'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Topic } from '../../generator/domain.ts'
import type { GeneratedEvent } from '../../generator/index.ts'
import { generateOptions } from '../../generator/index.ts'
import { runGenerator } from '../../generator/run.ts'
import type { Sink } from '../../generator/sink.ts'
import { toKafka } from '../../generator/toKafka.ts'
import { readTopics } from '../oracle/readTopics.ts'
import type { TopicRecord } from '../oracle/readTopics.ts'
import { start } from './support.ts'

const brokers = process.env.KAFKA_BROKERS?.split(',') ?? []
const logger = pino({ level: 'silent' })
const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING })
const admin = kafka.admin()
const run = randomUUID()
const eventsTopic: Topic = { topic: `events-${run}`, partitions: 4, isCompacted: false }
const newestTopic: Topic = { topic: `newest-${run}`, partitions: 1, isCompacted: true }
const timedTopic: Topic = { ...eventsTopic, topic: `timed-${run}`, isTimedByKafka: true }
const topics = [eventsTopic, newestTopic, timedTopic]

/** Events of 300 keys; some without a key (a compacted topic takes none of these), some of bytes that are no text. */
const sent: GeneratedEvent[] = Array.from({ length: 30_000 }, (_, no) => ({
  topic: topicOf(no).topic,
  key: no % 97 === 0 && no % 50 > 0 ? null : `u${no % 300}`,
  value: no % 10 === 0 ? Buffer.from([0xff, no >> 8, no & 0xff]) : `{"no":${no}}`,
  at: no,
  due: 1_700_000_000_000 + no,
  isBroken: no % 10 === 0,
}))

function topicOf(no: number): Topic {
  if (no % 50 === 0) return newestTopic
  return no % 50 === 1 ? timedTopic : eventsTopic
}

const before = Date.now()
let sink: Sink
let records: TopicRecord[]

beforeAll(async () => {
  if (brokers.length === 0) throw new Error('Set KAFKA_BROKERS to a broker for this test.')
  await admin.connect()
  sink = await toKafka({ brokers }, topics, logger)
  for (let i = 0; i < sent.length; i += 500) await sink.write(sent.slice(i, i + 500))
  await sink.finish()
  await sink.close()
  records = await readTopics(
    brokers,
    topics.map(({ topic }) => topic),
  )
})
afterAll(async () => {
  await admin.deleteTopics({ topics: topics.map(({ topic }) => topic) })
  await admin.disconnect()
})

interface KeyedBytes {
  topic: string
  key: Buffer | string | null
  value: Buffer | string | null
}
const line = ({ topic, key, value }: KeyedBytes) =>
  `${topic} ${String(key)} ${Buffer.from(value as string).toString('hex')}`

function grouped<Thing>(things: readonly Thing[], name: (thing: Thing) => string) {
  const groups = new Map<string, Thing[]>()
  for (const thing of things) groups.set(name(thing), [...(groups.get(name(thing)) ?? []), thing])
  return groups
}

it('every event arrives once, byte for byte', () => {
  expect(records.map(line).toSorted()).toEqual(sent.map(line).toSorted())
})

it('the events of a key keep their order', () => {
  const byKey = (list: readonly KeyedBytes[]) =>
    grouped(
      list.filter(({ key }) => key !== null),
      ({ topic, key }) => `${topic} ${String(key)}`,
    )
  const arrived = byKey(records)
  for (const [key, events] of byKey(sent)) {
    expect(arrived.get(key)!.map(line)).toEqual(events.map(line))
  }
})

it('the counts are what was stored', () => {
  for (const { topic } of topics) {
    expect(sink.counts.get(topic)).toBe(records.filter((record) => record.topic === topic).length)
  }
})

it('a key is where Kafka clients look for it', () => {
  const theirs = Partitioners.DefaultPartitioner()
  const partitionMetadata = [0, 1, 2, 3].map((partitionId) => {
    return { partitionId, partitionErrorCode: 0, leader: 1, replicas: [1], isr: [1] }
  })
  for (const { topic, key, partition } of records) {
    if (topic !== eventsTopic.topic || key === null) continue
    expect(partition).toBe(theirs({ topic, partitionMetadata, message: { key, value: null } }))
  }
})

it('the time of a record is the wall clock when it was sent', () => {
  for (const { topic, timestamp } of records) {
    if (topic === timedTopic.topic) continue
    expect(timestamp).toBeGreaterThanOrEqual(before)
    expect(timestamp).toBeLessThanOrEqual(Date.now())
  }
})

it('the time of a record is that of its event where Kafka has the only one', () => {
  const timed = <Thing extends { topic: string }>(list: readonly Thing[]) =>
    list.filter(({ topic }) => topic === timedTopic.topic)
  const times = timed(records).map((record) => record.timestamp)
  expect(times.toSorted()).toEqual(timed(sent).map((event) => event.due))
})

it('missing topics are made as asked, and those that are there stay as they are', async () => {
  const more = { ...eventsTopic, partitions: 7 }
  const sink = await toKafka({ brokers }, [more, newestTopic], logger)
  await sink.close()
  const { topics: found } = await admin.fetchTopicMetadata({
    topics: topics.map(({ topic }) => topic),
  })
  const partitions = new Map(found.map((each) => [each.name, each.partitions.length]))
  expect(partitions).toEqual(
    new Map([
      [eventsTopic.topic, 4],
      [newestTopic.topic, 1],
      [timedTopic.topic, 4],
    ]),
  )
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: 2, name: newestTopic.topic, configNames: ['cleanup.policy'] }],
  })
  expect(resources[0]!.configEntries[0]!.configValue).toBe('compact')
})

it('a broker that is not there is an error that names it', async () => {
  const options = generateOptions({ start, events: 10 })
  const away = { brokers: ['127.0.0.1:1'] }
  await expect(
    runGenerator({ options, sink: 'kafka', kafka: away, isPaced: false, logger }),
  ).rejects.toThrow(/127\.0\.0\.1:1.*KAFKA_BROKERS/)
})
