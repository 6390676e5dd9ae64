import { gunzipSync } from 'node:zlib'

/** One Kafka record. Offsets and times are numbers: exact up to 2^53. Buffers are views of the fetched bytes. */
export interface KafkaRecord {
  offset: number
  /** Kafka's timestamp in ms since 1970. */
  timestamp: number
  key: Buffer | null
  value: Buffer | null
  headers: [name: string, value: Buffer | null][]
}

export interface AbortedTransaction {
  producerId: bigint
  firstOffset: number
}

export interface DecodedRange {
  records: KafkaRecord[]
  /** One after the last offset that the decoded batches cover, records or not; null without a whole batch. */
  next: number | null
}

const headerSize = 61
const isTransactional = 0x10
const isControl = 0x20

/**
 * Decodes the record batches (message format 2) of a fetch response: the committed data records from
 * `fromOffset` on. Control batches and aborted transactions have offsets but no records.
 * Source: https://kafka.apache.org/documentation/#messageformat
 */
export function decodeRecordBatches(
  bytes: Buffer,
  fromOffset: number,
  abortedTransactions: AbortedTransaction[],
): DecodedRange {
  const records: KafkaRecord[] = []
  const pendingAborts = [...abortedTransactions].sort((a, b) => a.firstOffset - b.firstOffset)
  const aborting = new Set<bigint>()
  let next: number | null = null
  let position = 0

  while (position + headerSize <= bytes.length) {
    const end = position + 12 + bytes.readInt32BE(position + 8)
    // a fetch may end in the middle of a batch
    if (end > bytes.length) break
    const magic = bytes.readInt8(position + 16)
    if (magic !== 2)
      throw new Error(`Message format ${magic} is not supported; Kafka writes format 2 since 0.11`)
    const attributes = bytes.readInt16BE(position + 21)
    const lastOffset = readOffset(bytes, position) + bytes.readInt32BE(position + 23)
    const producerId = bytes.readBigInt64BE(position + 43)
    while (pendingAborts[0] && pendingAborts[0].firstOffset <= lastOffset) {
      aborting.add(pendingAborts.shift()!.producerId)
    }
    if (attributes & isControl) {
      if (isAbortMarker(bytes, position)) aborting.delete(producerId)
    } else if (!(attributes & isTransactional && aborting.has(producerId))) {
      decodeRecords(bytes, position, end, fromOffset, records)
    }
    next = lastOffset + 1
    position = end
  }
  return { records, next: next === null ? null : Math.max(next, fromOffset) }
}

function readOffset(bytes: Buffer, position: number): number {
  return bytes.readInt32BE(position) * 4_294_967_296 + bytes.readUInt32BE(position + 4)
}

/** The key of a control record is version int16, type int16; type 0 is abort. Control batches are never compressed. */
function isAbortMarker(bytes: Buffer, position: number): boolean {
  const cursor = new Cursor(bytes, position + headerSize)
  cursor.varint()
  cursor.position += 1
  cursor.varint()
  cursor.varint()
  const keyLength = cursor.varint()
  return keyLength >= 4 && bytes.readInt16BE(cursor.position + 2) === 0
}

function decodeRecords(
  bytes: Buffer,
  position: number,
  end: number,
  fromOffset: number,
  into: KafkaRecord[],
): void {
  const attributes = bytes.readInt16BE(position + 21)
  const baseOffset = readOffset(bytes, position)
  const baseTimestamp = Number(bytes.readBigInt64BE(position + 27))
  const maxTimestamp = Number(bytes.readBigInt64BE(position + 35))
  const isLogAppendTime = (attributes & 0x08) !== 0
  const count = bytes.readInt32BE(position + 57)
  const body = decompress(attributes & 0x07, bytes.subarray(position + headerSize, end))
  const cursor = new Cursor(body, 0)
  for (let index = 0; index < count; index += 1) {
    cursor.varint()
    cursor.position += 1
    const timestampDelta = cursor.varlong()
    const offset = baseOffset + cursor.varint()
    const key = cursor.bytes()
    const value = cursor.bytes()
    const headers = cursor.headers()
    if (offset < fromOffset) continue
    const timestamp = isLogAppendTime ? maxTimestamp : baseTimestamp + timestampDelta
    into.push({ offset, timestamp, key, value, headers })
  }
}

const codecNames = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

function decompress(codec: number, bytes: Buffer): Buffer {
  if (codec === 0) return bytes
  if (codec === 1) return gunzipSync(bytes)
  throw new Error(
    `Batches compressed with ${codecNames[codec] ?? codec} can't be read yet; gzip and none can`,
  )
}

const noHeaders: KafkaRecord['headers'] = []

/** Reads Kafka's zigzag varints and length-prefixed bytes. */
class Cursor {
  position: number
  private readonly buffer: Buffer
  constructor(buffer: Buffer, position: number) {
    this.buffer = buffer
    this.position = position
  }

  varint(): number {
    const { buffer } = this
    let byte = buffer[this.position++]!
    let result = byte & 0x7f
    for (let shift = 7; byte & 0x80; shift += 7) {
      byte = buffer[this.position++]!
      result |= (byte & 0x7f) << shift
    }
    return (result >>> 1) ^ -(result & 1)
  }

  /** Up to 64 bits; exact up to 2^53. */
  varlong(): number {
    const start = this.position
    const { buffer } = this
    let length = 1
    while (buffer[start + length - 1]! & 0x80) length += 1
    if (length <= 4) return this.varint()
    let result = 0n
    for (let index = length - 1; index >= 0; index -= 1) {
      result = (result << 7n) | BigInt(buffer[start + index]! & 0x7f)
    }
    this.position = start + length
    return Number((result >> 1n) ^ -(result & 1n))
  }

  bytes(): Buffer | null {
    const length = this.varint()
    if (length < 0) return null
    const start = this.position
    this.position += length
    return this.buffer.subarray(start, this.position)
  }

  headers(): KafkaRecord['headers'] {
    const count = this.varint()
    if (count === 0) return noHeaders
    const headers: KafkaRecord['headers'] = []
    for (let index = 0; index < count; index += 1) {
      const name = this.bytes()?.toString() ?? ''
      headers.push([name, this.bytes()])
    }
    return headers
  }
}
