import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import {
  Kafka,
  logLevel,
  type Admin,
  type Batch,
  type Consumer,
  type EachBatchPayload,
  type IHeaders,
} from 'kafkajs'

/** One event as the broker holds it. `timestamp` is in milliseconds since 1970. */
export interface TopicRecord {
  topic: string
  partition: number
  offset: bigint
  timestamp: number
  key: Buffer | null
  value: Buffer | null
  headers: IHeaders
}

interface Range {
  topic: string
  partition: number
  next: bigint
  end: bigint
}

/**
 * Reads whole topics back: every committed record from the beginning to the end at the time of the
 * call (the last stable offset: an open transaction and what follows it are not read), sorted by
 * topic, partition, offset. Offsets without a record (compaction, transaction markers, aborted
 * transactions) are passed over. It shares no code with the ingester, and joins a consumer group of
 * its own, which it deletes. Throws when a topic is unknown, the broker is away, or no partition
 * moves for `stalledAfterMs` (default 30 s).
 */
export async function readTopics(
  brokers: string[],
  topics: string[],
  { stalledAfterMs = 30_000 } = {},
): Promise<TopicRecord[]> {
  const kafka = new Kafka({ clientId: 'oracle', brokers, logLevel: logLevel.NOTHING })
  const groupId = `oracle-${randomUUID()}`
  const admin = kafka.admin()
  await admin.connect()
  try {
    const ranges = await openRanges(admin, topics)
    const unread = [...new Set(ranges.map(({ topic }) => topic))]
    if (unread.length === 0) return []
    await coordinatorServes(admin, groupId, unread, stalledAfterMs)
    const consumer = kafka.consumer({
      groupId,
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: 200,
      retry: { restartOnFailure: () => Promise.resolve(false) },
    })
    const records = await readRanges(consumer, unread, ranges, stalledAfterMs)
    await admin.deleteGroups([groupId])
    return records
  } finally {
    await admin.disconnect()
  }
}

/** A broker that has just started loads the partition of its groups first, and refuses members until then. */
async function coordinatorServes(
  admin: Admin,
  groupId: string,
  topics: string[],
  withinMs: number,
): Promise<void> {
  const givesUpAt = performance.now() + withinMs
  for (;;) {
    try {
      await admin.fetchOffsets({ groupId, topics })
      return
    } catch (error) {
      if (performance.now() > givesUpAt) throw error
      await pause(100)
    }
  }
}

/** The partitions that have offsets to read, each from its log's start to its present end. */
async function openRanges(admin: Admin, topics: string[]): Promise<Range[]> {
  const ranges: Range[] = []
  for (const topic of topics) {
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      const range = { topic, partition, next: BigInt(low), end: BigInt(high) }
      if (range.next < range.end) ranges.push(range)
    }
  }
  return ranges
}

async function readRanges(
  consumer: Consumer,
  topics: string[],
  ranges: Range[],
  stalledAfterMs: number,
): Promise<TopicRecord[]> {
  const records: TopicRecord[] = []
  const openRange = (topic: string, partition: number): Range | undefined =>
    ranges.find((range) => range.topic === topic && range.partition === partition)
  const keep = ({ batch }: EachBatchPayload): Promise<void> => {
    const range = openRange(batch.topic, batch.partition)
    if (range) records.push(...recordsInRange(batch, range))
    return Promise.resolve()
  }
  try {
    await consumer.connect()
    await consumer.subscribe({ topics, fromBeginning: true })
    await new Promise<void>((resolve, reject) => {
      const stalled = setTimeout(() => reject(stalledError(ranges, stalledAfterMs)), stalledAfterMs)
      consumer.on(consumer.events.DISCONNECT, () => clearTimeout(stalled))
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
      // kafkajs calls no handler for markers and aborted records alone, but reports their end here.
      consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
        const range = openRange(payload.topic, payload.partition)
        if (!range) return
        const next = BigInt(payload.lastOffset) + 1n
        if (next > range.next) range.next = next
        stalled.refresh()
        if (ranges.every((each) => each.next >= each.end)) resolve()
      })
      consumer.run({ autoCommit: false, eachBatch: keep }).catch(reject)
    })
  } finally {
    await consumer.disconnect()
  }
  return records.sort(byPosition)
}

/**
 * Leaves out what is below `next` (fetched again after a rebalance) and what was written after the
 * call.
 */
function recordsInRange({ topic, partition, messages }: Batch, range: Range): TopicRecord[] {
  return messages
    .map(({ offset, timestamp, key, value, headers = {} }) => ({
      topic,
      partition,
      offset: BigInt(offset),
      timestamp: Number(timestamp),
      key,
      value,
      headers,
    }))
    .filter(({ offset }) => offset >= range.next && offset < range.end)
}

/** Sorts by topic, partition, offset. */
export function byPosition(a: TopicRecord, b: TopicRecord): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1
  if (a.partition !== b.partition) return a.partition - b.partition
  return a.offset < b.offset ? -1 : a.offset > b.offset ? 1 : 0
}

function stalledError(ranges: Range[], stalledAfterMs: number): Error {
  const behind = ranges
    .filter(({ next, end }) => next < end)
    .map(({ topic, partition, next, end }) => `${topic}/${partition} at ${next} of ${end}`)
  return new Error(
    `No partition moved for ${stalledAfterMs} ms: ${behind.join(', ')}. ` +
      'Expected to reach the end offsets that the broker named. See the broker’s log.',
  )
}
