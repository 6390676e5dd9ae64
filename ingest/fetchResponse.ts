import { decodeRecordBatches, type AbortedTransaction, type DecodedRange } from './recordBatch.ts'

/** What one fetch brought of one partition. */
export interface FetchedPartition extends DecodedRange {
  topic: string
  partition: number
  /** Kafka's error code; 0 is none. */
  errorCode: number
  lastStableOffset: number
  logStartOffset: number
  /** Bytes of record batches received. */
  bytes: number
}

/**
 * Decodes a Fetch response, version 11.
 * `fromOffsets` says what was asked for: `topic partition` to offset.
 * Source: https://kafka.apache.org/protocol#The_Messages_Fetch
 */
export function decodeFetchResponse(
  buffer: Buffer,
  fromOffsets: Map<string, number>,
): { errorCode: number; partitions: FetchedPartition[] } {
  let position = 4
  const int16 = () => buffer.readInt16BE((position += 2) - 2)
  const int32 = () => buffer.readInt32BE((position += 4) - 4)
  const int64 = () => buffer.readBigInt64BE((position += 8) - 8)
  const text = () => {
    const length = int16()
    return buffer.toString('utf8', position, (position += length))
  }

  const errorCode = int16()
  position += 4
  const partitions: FetchedPartition[] = []
  for (let topics = int32(); topics > 0; topics -= 1) {
    const topic = text()
    for (let count = int32(); count > 0; count -= 1) {
      const partition = int32()
      const partitionError = int16()
      position += 8
      const lastStableOffset = Number(int64())
      const logStartOffset = Number(int64())
      const aborted: AbortedTransaction[] = []
      for (let transactions = int32(); transactions > 0; transactions -= 1) {
        aborted.push({ producerId: int64(), firstOffset: Number(int64()) })
      }
      position += 4
      const bytes = Math.max(0, int32())
      const from = fromOffsets.get(`${topic} ${partition}`) ?? 0
      const range = decodeRecordBatches(buffer.subarray(position, position + bytes), from, aborted)
      position += bytes
      partitions.push({
        topic,
        partition,
        errorCode: partitionError,
        lastStableOffset,
        logStartOffset,
        bytes,
        ...range,
      })
    }
  }
  return { errorCode, partitions }
}
