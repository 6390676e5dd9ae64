import { isUtf8 } from 'node:buffer'
import { headersAsJson } from './encodeCopy.ts'
import type { KafkaRecord } from './recordBatch.ts'

/** Why an event can't be stored. */
export interface Reason {
  sqlstate: string
  message: string
}

/** SQLSTATEs, by class or whole, that speak of the data and not of the server. */
const dataErrors = /^(22|23|54|P0001)/

export interface ServerError {
  code?: string
  message: string
  where?: string
  constraint?: string
}

/** The row (from 0) and table that a COPY failed on, when the row itself is at fault; else undefined. */
export function badRowOf(error: ServerError): { table: string; row: number } | undefined {
  if (!error.code || !dataErrors.test(error.code) || isMissingPartition(error)) return undefined
  const place = /^COPY (\w+), line (\d+)/m.exec(error.where ?? '')
  return place ? { table: place[1]!, row: Number(place[2]) - 1 } : undefined
}

/** 23514 without a constraint's name: no partition takes the row. A fault of ours, not of the row. */
export function isMissingPartition(error: ServerError): boolean {
  return error.code === '23514' && !error.constraint
}

const notUtf8 = (what: string): Reason => ({
  sqlstate: '22021',
  message: `invalid byte sequence for encoding "UTF8" in the ${what}`,
})

/** What the client sees at a glance: an impossible time, bytes that are not UTF-8, a zero byte in the key. */
export function visibleFault({ key, value, timestamp }: KafkaRecord): Reason | undefined {
  if (timestamp > lastTime) {
    return { sqlstate: '22008', message: `the Kafka timestamp ${timestamp} ms is out of range` }
  }
  if (value && !isUtf8(value)) return notUtf8('value')
  if (key && (!isUtf8(key) || key.includes(0))) return notUtf8('key')
  return undefined
}

/** The last time, in ms, that both JavaScript and PostgreSQL can write: in the year 275760. */
const lastTime = 8_640_000_000_000_000

/** A Kafka timestamp as text that PostgreSQL reads, null where it is no time. Before 1970 is 1970. */
export function kafkaTime(timestamp: number): string | null {
  if (timestamp > lastTime) return null
  return new Date(Math.max(0, timestamp)).toISOString().replace(/^\+0*/, '')
}

/** A dead letter as ops.advance takes it. */
export function deadLetter(
  place: { source_id: number; generation: number; partition: number; batch_no: number },
  record: KafkaRecord,
  reason: Reason,
): object {
  return {
    ...place,
    offset: record.offset,
    kafka_at: kafkaTime(record.timestamp),
    key: record.key?.toString('base64') ?? null,
    payload: record.value?.toString('base64') ?? null,
    headers: record.headers.length === 0 ? null : headersAsJson(record.headers),
    ...reason,
  }
}
