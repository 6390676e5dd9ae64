import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Kafka, Message } from 'kafkajs'
import { encodeCopy } from '../ingest/encodeCopy.ts'
import type { KafkaRecord } from '../ingest/recordBatch.ts'

export const partitionCount = 4
const blockSize = 1_000

const types = [...Array<string>(18).fill('view'), 'cart', 'purchase']
const countries = ['DE', 'FR', 'US', 'BR', 'IN']
const padded = (n: number, digits: number) => String(n).padStart(digits, '0')

export interface Event {
  key: string
  value: string
}

/** The n-th event: about 380 bytes, the same in every run. */
export function shopEvent(n: number): Event {
  const user = `u-${padded((n * 7919) % 200_000, 6)}`
  const product = `p-${padded((n * 104_729) % 20_000, 5)}`
  const value = JSON.stringify({
    event_id: `00000000-0000-4000-8000-${padded(n, 12)}`,
    event_type: types[n % types.length],
    event_time: new Date(1_772_359_200_000 + n * 20).toISOString(),
    user_id: user,
    session_id: `s-${padded((n * 31) % 1_000_000, 9)}`,
    product_id: product,
    category_code: 'electronics.audio.headphone',
    brand: 'samsung',
    price: ((n * 37) % 100_000) / 100,
    page_url: `https://shop.example.com/${product}`,
    country: countries[n % countries.length],
    device: n % 3 === 0 ? 'desktop' : 'mobile',
    user_agent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
  })
  return { key: user, value }
}

/** Makes a topic with the first `count` events, in blocks of `perBlock`, each in the next partition. */
export async function fillTopic(
  kafka: Kafka,
  topic: string,
  count: number,
  event = shopEvent,
  perBlock = blockSize,
): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({
    topics: [{ topic, numPartitions: partitionCount }],
    waitForLeaders: true,
  })
  await admin.disconnect()
  const producer = kafka.producer({ allowAutoTopicCreation: false })
  await producer.connect()
  for (let at = 0; at < count; at += perBlock) {
    const partition = (at / perBlock) % partitionCount
    const messages: Message[] = Array.from(
      { length: Math.min(perBlock, count - at) },
      (_, index) => ({ ...event(at + index), partition }),
    )
    await producer.send({ topic, messages })
  }
  await producer.disconnect()
}

/** Writes the rows of the same events as a file for COPY in binary format, in the order in which they came. */
export async function writeCopyFile(path: string, count: number): Promise<void> {
  const timestamp = Date.now()
  const groups = Array.from({ length: Math.ceil(count / blockSize) }, (_, block) => ({
    generation: 1,
    partition: block % partitionCount,
    batchNo: 1,
    records: recordsOf(block, count, timestamp),
  }))
  await pipeline(Readable.from(encodeCopy(groups)), createWriteStream(path))
}

function* recordsOf(block: number, count: number, timestamp: number): Generator<KafkaRecord> {
  let offset = Math.floor(block / partitionCount) * blockSize
  for (let n = block * blockSize; n < Math.min((block + 1) * blockSize, count); n += 1) {
    const { key, value } = shopEvent(n)
    const bytes = { key: Buffer.from(key), value: Buffer.from(value) }
    yield { offset: offset++, timestamp, headers: [], ...bytes }
  }
}
