import type { KafkaRecord } from './recordBatch.ts'

/** The records of one partition that go into one bronze table, under one batch number. */
export interface CopyGroup {
  generation: number
  partition: number
  batchNo: number
  /** In µs since 1970, for all of them; without it the server asks its clock for each row, which costs it 7 % of a row. */
  ingestedAt?: number | undefined
  records: Iterable<KafkaRecord>
}

/** Without the time of ingestion. */
export const copyColumns =
  'generation, kafka_partition, kafka_offset, batch_no, kafka_at, kafka_key, headers, payload'
export const copyColumnsWithTime = `${copyColumns}, ingested_at`

const signature = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)])
const trailer = Buffer.from([0xff, 0xff])
const usualChunk = 256 * 1024
/** ms from 1970 to 2000, PostgreSQL's zero of time. */
const postgresEpoch = 946_684_800_000
// field count, then generation, partition, offset, batch number and two times with their lengths
const fixedSize = 2 + (4 + 2) + (4 + 4) + (4 + 8) + (4 + 8) + (4 + 8) + (4 + 8)

/**
 * Encodes records as rows of a bronze table, in the binary format of COPY: chunks of about 256 KiB.
 * Bytes of keys and payloads go as they are; the server checks that they are text and JSON.
 * Source: https://www.postgresql.org/docs/current/sql-copy.html
 */
export function* encodeCopy(groups: CopyGroup[], chunkSize = usualChunk): Generator<Buffer> {
  let chunk = Buffer.allocUnsafe(chunkSize)
  let position = signature.copy(chunk)

  for (const { generation, partition, batchNo, ingestedAt, records } of groups) {
    for (const record of records) {
      const headers = encodeHeaders(record.headers)
      const size =
        fixedSize +
        12 +
        2 +
        (record.key?.length ?? 0) +
        (headers?.length ?? 0) +
        (record.value?.length ?? 0)
      if (position + size > chunk.length) {
        yield chunk.subarray(0, position)
        chunk = Buffer.allocUnsafe(Math.max(chunkSize, size))
        position = 0
      }
      position = chunk.writeInt16BE(ingestedAt === undefined ? 8 : 9, position)
      position = chunk.writeInt32BE(2, position)
      position = chunk.writeInt16BE(generation, position)
      position = chunk.writeInt32BE(4, position)
      position = chunk.writeInt32BE(partition, position)
      position = writeInt64(chunk, record.offset, position)
      position = writeInt64(chunk, batchNo, position)
      position = writeInt64(chunk, (Math.max(0, record.timestamp) - postgresEpoch) * 1000, position)
      position = writeBytes(chunk, record.key, position)
      position = writeJsonb(chunk, headers, position)
      position = writeJsonb(chunk, record.value, position)
      if (ingestedAt !== undefined) {
        position = writeInt64(chunk, ingestedAt - postgresEpoch * 1000, position)
      }
    }
  }
  yield chunk.subarray(0, position)
  yield trailer
}

function writeInt64(chunk: Buffer, value: number, position: number): number {
  position = chunk.writeInt32BE(8, position)
  position = chunk.writeInt32BE(Math.floor(value / 4_294_967_296), position)
  return chunk.writeUInt32BE(value >>> 0, position)
}

function writeBytes(chunk: Buffer, bytes: Buffer | null, position: number): number {
  if (bytes === null) return chunk.writeInt32BE(-1, position)
  position = chunk.writeInt32BE(bytes.length, position)
  return position + bytes.copy(chunk, position)
}

/** jsonb is sent as text behind a version byte. */
function writeJsonb(chunk: Buffer, text: Buffer | null, position: number): number {
  if (text === null) return chunk.writeInt32BE(-1, position)
  position = chunk.writeInt32BE(text.length + 1, position)
  position = chunk.writeUInt8(1, position)
  return position + text.copy(chunk, position)
}

/** Headers as a JSON object, null without any; see headersAsJson. */
function encodeHeaders(headers: KafkaRecord['headers']): Buffer | null {
  return headers.length === 0 ? null : Buffer.from(JSON.stringify(headersAsJson(headers)))
}

/**
 * Headers as an object of strings; of a name that is repeated, an array of them. Bytes that are not text
 * become `{"base64": "…"}`.
 */
export function headersAsJson(headers: KafkaRecord['headers']): Record<string, unknown> {
  // without a prototype, so that a header may be named __proto__
  const json = Object.create(null) as Record<string, unknown>
  for (const [name, value] of headers) {
    const shown = value === null ? null : textOrBase64(value)
    const key = name.replaceAll('\0', '�')
    json[key] = key in json ? [json[key], shown].flat() : shown
  }
  return json
}

function textOrBase64(value: Buffer): unknown {
  const text = value.toString()
  const isText = !text.includes('\0') && Buffer.from(text).equals(value)
  return isText ? text : { base64: value.toString('base64') }
}
