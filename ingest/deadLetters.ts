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

/** What the client sees at a glance, without parsing: bytes that are not UTF-8, a zero byte in the key. */
export function visibleFault({ key, value }: KafkaRecord): Reason | undefined {
  if (value && !isUtf8(value)) return notUtf8('value')
  if (key && (!isUtf8(key) || key.includes(0))) return notUtf8('key')
  return undefined
}

const escapedZero = /(?<!\\)(?:\\\\)*\\u0000/

/**
 * Whether jsonb can't hold a value: no JSON at all, a zero character, half a surrogate pair. Asked of the
 * other records once the server has refused one, so that a flush fails once and not once per bad record.
 * What this misses, the server still finds.
 */
export function jsonFault({ value }: KafkaRecord): Reason | undefined {
  if (value === null) return undefined
  let parsed: unknown
  try {
    parsed = JSON.parse(value.toString())
  } catch {
    return { sqlstate: '22P02', message: 'invalid input syntax for type json' }
  }
  if (value.includes('\\u0000') && escapedZero.test(value.toString())) {
    return { sqlstate: '22P05', message: 'unsupported Unicode escape sequence' }
  }
  // a half that is written as an escape survives JSON.parse
  const mayBeHalf = value.includes('\\ud') || value.includes('\\uD')
  if (mayBeHalf && hasHalfPair(parsed)) {
    return { sqlstate: '22P02', message: 'invalid input syntax for type json' }
  }
  return undefined
}

function hasHalfPair(value: unknown): boolean {
  if (typeof value === 'string') return !value.isWellFormed()
  if (value === null || typeof value !== 'object') return false
  return Object.entries(value).some(([key, item]) => !key.isWellFormed() || hasHalfPair(item))
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
    kafka_at: new Date(Math.max(0, record.timestamp)).toISOString(),
    key: record.key?.toString('base64') ?? null,
    payload: record.value?.toString('base64') ?? null,
    headers: record.headers.length === 0 ? null : headersAsJson(record.headers),
    ...reason,
  }
}
