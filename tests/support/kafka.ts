import { randomBytes } from 'node:crypto'
import { Kafka, logLevel, type Admin, type ITopicConfig, type Message } from 'kafkajs'
import { inject } from 'vitest'
import { findOrStartKafka } from '../../local/servers.ts'
import { atEnd } from './cleanUp.ts'
import { newDataFolder, serverOptions } from './dataFolder.ts'
import { until } from './until.ts'

/** The offsets of a partition: `start` is the first one, `end` one after the last. */
export interface PartitionRange {
  topic: string
  partition: number
  start: number
  end: number
}

export interface TestKafka {
  brokers: string[]
  kafka: Kafka
  /** Makes a topic with a name of its own, such as `orders-3f9a01`, and returns the name. */
  topic(base: string, options?: Omit<ITopicConfig, 'topic'>): Promise<string>
  /** Sends messages in order; without a partition, the key decides. An object as value becomes JSON. */
  produce(topic: string, messages: TestMessage[]): Promise<void>
  /** Has the broker delete the records of a partition before an offset, as retention does. */
  deleteRecords(topic: string, partition: number, before: number): Promise<void>
  /** Deletes a topic, and makes another of the same name. */
  recreate(topic: string, options?: Omit<ITopicConfig, 'topic'>): Promise<void>
  deleteTopic(topic: string): Promise<void>
  /** The first and end offsets of all partitions of these topics, as the broker says. */
  offsets(...topics: string[]): Promise<PartitionRange[]>
}

export type TestMessage = Omit<Message, 'value'> & { value: string | Buffer | object | null }

/** The Kafka that all test files share: use topics of your own. Its connections end with the test file. */
export function testKafka(brokers: string[] = inject('brokers')): TestKafka {
  const kafka = new Kafka({ clientId: 'tests', brokers, logLevel: logLevel.NOTHING })
  const admin = once(async () => {
    const client = kafka.admin()
    await client.connect()
    atEnd(() => client.disconnect())
    return client
  })
  const producer = once(async () => {
    // Idempotent: on a busy machine a request may be sent again, and each message shall be there once.
    const client = kafka.producer({
      allowAutoTopicCreation: false,
      idempotent: true,
      maxInFlightRequests: 1,
    })
    await client.connect()
    atEnd(() => client.disconnect())
    return client
  })
  return {
    brokers,
    kafka,
    async topic(base, options = {}) {
      const topic = `${base}-${randomBytes(4).toString('hex')}`
      await createTopic(await admin(), { numPartitions: 1, ...options, topic })
      return topic
    },
    async produce(topic, messages) {
      await (
        await producer()
      ).send({
        topic,
        messages: messages.map((message) => ({ ...message, value: bytesOf(message.value) })),
      })
    },
    async deleteRecords(topic, partition, before) {
      const client = await admin()
      // kafkajs looks for the leader only where it has met the topic before.
      await client.fetchTopicOffsets(topic)
      await client.deleteTopicRecords({
        topic,
        partitions: [{ partition, offset: String(before) }],
      })
    },
    async recreate(topic, options = {}) {
      await deleteTopic(await admin(), topic)
      await createTopic(await admin(), { numPartitions: 1, ...options, topic })
    },
    deleteTopic: async (topic) => deleteTopic(await admin(), topic),
    async offsets(...topics) {
      const ranges: PartitionRange[] = []
      for (const topic of topics) {
        for (const { partition, low, high } of await (await admin()).fetchTopicOffsets(topic)) {
          ranges.push({ topic, partition, start: Number(low), end: Number(high) })
        }
      }
      return ranges.sort((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition)
    },
  }
}

/** A Kafka of the test file's own, for topics whose names are fixed. Takes some seconds; stops with the file. */
export async function ownKafka(): Promise<TestKafka> {
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  const server = await findOrStartKafka(await serverOptions(folder))
  atEnd(() => server.stop())
  return testKafka(server.brokers)
}

/** kafkajs waits for leaders only as long as the broker knows the topic at once; after a deletion it may not. */
async function createTopic(admin: Admin, topic: ITopicConfig): Promise<void> {
  await admin.createTopics({ topics: [topic], waitForLeaders: false })
  await until(`topic ${topic.topic} is there`, () =>
    admin.fetchTopicOffsets(topic.topic).then(
      (partitions) => partitions.length === topic.numPartitions,
      () => false,
    ),
  )
}

/** Brokers delete a little later than they say. */
async function deleteTopic(admin: Admin, topic: string): Promise<void> {
  await admin.deleteTopics({ topics: [topic] })
  await until(`topic ${topic} is gone`, async () => !(await admin.listTopics()).includes(topic))
}

const bytesOf = (value: TestMessage['value']): string | Buffer | null =>
  value === null || typeof value === 'string' || Buffer.isBuffer(value)
    ? value
    : JSON.stringify(value)

function once<Result>(make: () => Promise<Result>): () => Promise<Result> {
  let made: Promise<Result> | undefined
  return () => (made ??= make())
}
