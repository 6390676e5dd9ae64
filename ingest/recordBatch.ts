import type { Reason } from './deadLetters.ts'
import { CompressionError } from './compressionError.ts'
import { decompress } from './codecs.ts'
import { packRecords } from './packedRecords.ts'
import { RecordCursor, RecordError } from './recordCursor.ts'
import { JoinedRecords, type Records } from './records.ts'

/** One Kafka record. Offsets and times are numbers: exact up to 2^53. Buffers are views of the fetched bytes. */
export interface KafkaRecord {
  offset: number
  /** Kafka's timestamp in ms since 1970. */
  timestamp: number
  key: Buffer | null
  value: Buffer | null
  headers: [name: string, value: Buffer | null][]
  /** Known to be none that can be stored: a line that is no record. */
  fault?: Reason
}

export interface AbortedTransaction {
  producerId: bigint
  firstOffset: number
}

export interface DecodedRange {
  records: Records
  /** One after the last offset that the decoded batches cover, records or not; null without a whole batch. */
  next: number | null
  /** Bytes that the records hold in memory, decompressed. */
  bytes: number
  /** Bytes of the same as they came. */
  compressedBytes: number
  /** The batch at which decoding had to end, what follows it, and why: it stands at `next`, or is the first. */
  unreadable?: { offset: number; next: number; reason: string }
}

const headerSize = 61
const isTransactional = 0x10
const isControl = 0x20

/**
 * Decodes the record batches (message format 2) of a fetch response: the committed data records from
 * `fromOffset` on. Control batches and aborted transactions have offsets but no records.
 * With `mostBytes` decompressed, the batches behind are left to another fetch.
 * Source: https://kafka.apache.org/documentation/#messageformat
 */
export function decodeRecordBatches(
  bytes: Buffer,
  fromOffset: number,
  abortedTransactions: AbortedTransaction[],
  mostBytes = Infinity,
): DecodedRange {
  const range = { next: null as number | null, bytes: 0, compressedBytes: 0 }
  const parts: Records[] = []
  let unreadable: DecodedRange['unreadable']
  const pendingAborts = [...abortedTransactions].sort((a, b) => a.firstOffset - b.firstOffset)
  const aborting = new Set<bigint>()

  for (const batch of wholeBatches(bytes)) {
    if (range.bytes >= mostBytes) break
    const { attributes, lastOffset, producerId } = batch
    while (pendingAborts[0] && pendingAborts[0].firstOffset <= lastOffset) {
      aborting.add(pendingAborts.shift()!.producerId)
    }
    try {
      if (batch.magic !== 2) throw new RecordError(formatMessage(batch.magic))
      if (attributes & isControl) {
        if (isAbortMarker(batch.body)) aborting.delete(producerId)
      } else if (!(attributes & isTransactional && aborting.has(producerId))) {
        const body = decompress(attributes & 0x07, batch.body)
        parts.push(packRecords(batch, body, fromOffset))
        range.bytes += body.length
        range.compressedBytes += batch.body.length
      }
    } catch (error) {
      if (!(error instanceof CompressionError || error instanceof RecordError)) throw error
      unreadable = {
        offset: Math.max(batch.baseOffset, fromOffset),
        // older formats give the offset of their last record first
        next: (batch.magic === 2 ? lastOffset : batch.baseOffset) + 1,
        reason: error.message,
      }
      break
    }
    range.next = Math.max(lastOffset + 1, fromOffset)
  }
  return { records: new JoinedRecords(parts), ...range, ...(unreadable && { unreadable }) }
}

const formatMessage = (magic: number) =>
  `message format ${magic} is not supported; Kafka writes format 2 since 0.11`

/** A batch of records as Kafka keeps it: its header, read, and its records as bytes. */
export interface RecordBatch {
  magic: number
  attributes: number
  baseOffset: number
  lastOffset: number
  baseTimestamp: number
  maxTimestamp: number
  producerId: bigint
  count: number
  body: Buffer
}

/** A fetch may end in the middle of a batch; that one is left out. */
export function* wholeBatches(bytes: Buffer): Generator<RecordBatch> {
  for (let position = 0; position + headerSize <= bytes.length;) {
    const end = position + 12 + bytes.readInt32BE(position + 8)
    if (end > bytes.length) return
    const baseOffset = readOffset(bytes, position)
    yield {
      magic: bytes.readInt8(position + 16),
      attributes: bytes.readInt16BE(position + 21),
      baseOffset,
      lastOffset: baseOffset + bytes.readInt32BE(position + 23),
      baseTimestamp: Number(bytes.readBigInt64BE(position + 27)),
      maxTimestamp: Number(bytes.readBigInt64BE(position + 35)),
      producerId: bytes.readBigInt64BE(position + 43),
      count: bytes.readInt32BE(position + 57),
      body: bytes.subarray(position + headerSize, end),
    }
    position = end
  }
}

function readOffset(bytes: Buffer, position: number): number {
  return bytes.readInt32BE(position) * 4_294_967_296 + bytes.readUInt32BE(position + 4)
}

/** The key of a control record is version int16, type int16; type 0 is abort. Control batches are never compressed. */
function isAbortMarker(body: Buffer): boolean {
  const cursor = new RecordCursor(body, 0)
  cursor.varint()
  cursor.skip(1)
  cursor.varint()
  cursor.varint()
  const key = cursor.bytes()
  return key !== null && key.length >= 4 && key.readInt16BE(2) === 0
}
