import type { KafkaRecord, RecordBatch } from './recordBatch.ts'
import { RecordCursor } from './recordCursor.ts'
import type { Records } from './records.ts'

/** The records of a batch from `fromOffset` on. All of it is read once, so that one who asks for a record gets it. */
export function packRecords(batch: RecordBatch, body: Buffer, fromOffset: number): Records {
  const cursor = new RecordCursor(body, 0)
  const starts = []
  for (let left = batch.count; left > 0; left -= 1) {
    const start = cursor.position
    if (passRecord(cursor) + batch.baseOffset >= fromOffset) starts.push(start)
  }
  return new PackedRecords(batch, body, starts)
}

/** Returns its offset, counted from that of the batch. */
function passRecord(cursor: RecordCursor): number {
  cursor.varint()
  cursor.skip(1)
  cursor.varlong()
  const offsetDelta = cursor.varint()
  cursor.skipBytes()
  cursor.skipBytes()
  for (let left = cursor.varint(); left > 0; left -= 1) {
    cursor.skipBytes()
    cursor.skipBytes()
  }
  return offsetDelta
}

/**
 * The records of a batch, kept as bytes: as objects, those that wait would take as much memory again, and more time of
 * the garbage collector than it takes to read them when they are wanted.
 */
class PackedRecords implements Records {
  readonly length: number
  private readonly batch: RecordBatch
  private readonly starts: number[]
  private readonly cursor: RecordCursor

  constructor(batch: RecordBatch, body: Buffer, starts: number[]) {
    this.length = starts.length
    this.batch = batch
    this.starts = starts
    this.cursor = new RecordCursor(body, 0)
  }

  at(index: number): KafkaRecord | undefined {
    const start = this.starts[index < 0 ? this.length + index : index]
    if (start === undefined) return undefined
    const { cursor, batch } = this
    const isLogAppendTime = (batch.attributes & 0x08) !== 0
    cursor.position = start
    cursor.varint()
    cursor.skip(1)
    const timestampDelta = cursor.varlong()
    return {
      offset: batch.baseOffset + cursor.varint(),
      timestamp: isLogAppendTime ? batch.maxTimestamp : batch.baseTimestamp + timestampDelta,
      key: cursor.bytes(),
      value: cursor.bytes(),
      headers: decodeHeaders(cursor),
    }
  }

  *[Symbol.iterator](): Iterator<KafkaRecord> {
    for (let index = 0; index < this.length; index += 1) yield this.at(index)!
  }
}

const noHeaders: KafkaRecord['headers'] = []

function decodeHeaders(cursor: RecordCursor): KafkaRecord['headers'] {
  const count = cursor.varint()
  if (count === 0) return noHeaders
  const headers: KafkaRecord['headers'] = []
  for (let index = 0; index < count; index += 1) {
    const name = cursor.bytes()?.toString() ?? ''
    headers.push([name, cursor.bytes()])
  }
  return headers
}
