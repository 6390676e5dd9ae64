import type { StoredPlace } from './files/place.ts'
import { decodeRecordBatches, type AbortedTransaction, type DecodedRange } from './recordBatch.ts'
import { WireReader } from './wire.ts'

/** What one fetch brought of one partition. */
export interface FetchedPartition extends DecodedRange {
  topic: string
  partition: number
  /** Kafka's error code; 0 is none. */
  errorCode: number
  lastStableOffset: number
  logStartOffset: number
  /** Of a file: where it stands behind the records. */
  file?: StoredPlace
}

/** From this version on topics are named by their ids, and lengths written as varints. */
export const fetchByIds = 13

/** What was asked for, to understand the answer. */
export interface FetchQuestion {
  version: number
  /** The name of a topic that is called so in the answer: by name, or by id. */
  topicOf: (called: string) => string
  offsetOf: (topic: string, partition: number) => number
  /**
   * Once so much is decompressed, the batches behind are left to another fetch; the first is decoded in any case.
   */
  mostBytes: number
}

/**
 * Decodes a Fetch response, version 11 or 13.
 * Source: https://kafka.apache.org/protocol#The_Messages_Fetch
 */
export function decodeFetchResponse(
  buffer: Buffer,
  question: FetchQuestion,
): { errorCode: number; partitions: FetchedPartition[] } {
  const hasIds = question.version >= fetchByIds
  const read = new WireReader(buffer, hasIds)
  let bytesLeft = question.mostBytes

  const readPartition = (topic: string): FetchedPartition => {
    const partition = read.int32()
    const errorCode = read.int16()
    // the high watermark; what is not committed is of no use
    read.skip(8)
    const lastStableOffset = Number(read.int64())
    const logStartOffset = Number(read.int64())
    const aborted = read.array<AbortedTransaction>(() => {
      const transaction = { producerId: read.int64(), firstOffset: Number(read.int64()) }
      read.tags()
      return transaction
    })
    read.int32()
    const batches = read.bytes()
    read.tags()
    const from = question.offsetOf(topic, partition)
    const range = decodeRecordBatches(batches, from, aborted, bytesLeft)
    bytesLeft -= range.bytes
    const offsets = { lastStableOffset, logStartOffset }
    return { topic, partition, errorCode, ...offsets, ...range }
  }

  read.tags()
  read.int32()
  const errorCode = read.int16()
  read.int32()
  const topics = read.array(() => {
    const topic = question.topicOf(hasIds ? read.uuid() : (read.text() ?? ''))
    const partitions = read.array(() => readPartition(topic))
    read.tags()
    return partitions
  })
  return { errorCode, partitions: topics.flat() }
}
