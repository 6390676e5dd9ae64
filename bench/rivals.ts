import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs'
import type pg from 'pg'
import { copyColumns } from '../ingest/encodeCopy.ts'

/** Seconds that psql takes, from its start to its end. */
export async function copyFile(url: string, table: string, path: string): Promise<number> {
  const command = `\\copy ${table} (${copyColumns}) from '${path}' (format binary)`
  const started = performance.now()
  await promisify(execFile)('psql', ['-X', '-v', 'ON_ERROR_STOP=1', '-c', command, url])
  return (performance.now() - started) / 1000
}

/** Stores the messages that a consumer of kafkajs was given, in order. */
export type Store = (partition: number, messages: KafkaMessage[]) => Promise<void>

/**
 * Seconds that a consumer of kafkajs takes for `events`, from the moment when it has its partitions until the last is
 * committed. It commits its offsets as kafkajs does by itself, after each batch.
 */
export async function consume(
  kafka: Kafka,
  {
    topic,
    groupId,
    events,
    store,
  }: { topic: string; groupId: string; events: number; store: Store },
): Promise<number> {
  const consumer = kafka.consumer({ groupId })
  let started = 0
  consumer.on(consumer.events.GROUP_JOIN, () => (started = performance.now()))
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  let left = events
  const seconds = await new Promise<number>((resolve, reject) => {
    const eachBatch = async ({ batch }: EachBatchPayload) => {
      try {
        await store(batch.partition, batch.messages)
      } catch (error) {
        // kafkajs would try again for ever
        reject(new Error('The consumer could not store its messages', { cause: error }))
        throw error
      }
      left -= batch.messages.length
      if (left === 0) resolve((performance.now() - started) / 1000)
    }
    consumer.run({ eachBatch }).catch(reject)
  })
  await consumer.disconnect()
  return seconds
}

const columns =
  'generation, batch_no, kafka_partition, kafka_offset, kafka_at, kafka_key, headers, payload'

/** Inserts of so many rows, each a statement that is prepared once, and a transaction of its own. */
export function insertRows(client: pg.Client, table: string, rowsAtOnce: number): Store {
  return async (partition, messages) => {
    for (let at = 0; at < messages.length; at += rowsAtOnce) {
      const some = messages.slice(at, at + rowsAtOnce)
      const text = `insert into ${table} (${columns}) values ${rowsOfValues(some.length)}`
      const name = some.length === rowsAtOnce ? `insert ${rowsAtOnce}` : undefined
      const values = some.flatMap(({ offset, timestamp, key, value }) => [
        partition,
        offset,
        new Date(Number(timestamp)).toISOString(),
        key?.toString(),
        value?.toString(),
      ])
      await client.query({ ...(name && { name }), text, values })
    }
  }
}

const parameters = 5

function rowsOfValues(rows: number): string {
  const row = (_: unknown, index: number) => {
    const [partition, offset, time, key, payload] = Array.from(
      { length: parameters },
      (_, place) => `$${index * parameters + place + 1}`,
    )
    return `(1, 1, ${partition}, ${offset}, ${time}, ${key}, null, ${payload})`
  }
  return Array.from({ length: rows }, row).join(', ')
}
