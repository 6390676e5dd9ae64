import type pg from 'pg'
import type { Logger } from 'pino'
import type { UnreadableBatch } from './fetcher.ts'
import type { OpenedPartition } from './openAssignment.ts'

/** Why a source can't be read on. */
export interface StopCause {
  opened: OpenedPartition
  kind: 'topic_recreated' | 'unreadable_batch'
  reason: string
  /** Where the log ends; of an unreadable batch, what follows it. */
  next: number
}

/** Whether a source has to be stopped: its log is another than the one that was read, or can't be decoded. */
export function stopCause(
  partitions: OpenedPartition[],
  unreadable: UnreadableBatch | undefined,
): StopCause | undefined {
  for (const opened of partitions) {
    const { state, storedTopicId, topicId } = opened
    const { source, partition, storedOffset, endOffset } = state
    const place = `Topic ${source.topic}, partition ${partition}`
    if (storedTopicId !== null && topicId !== null && storedTopicId !== topicId) {
      const reason = `Topic ${source.topic} was created anew: its id is ${topicId}, that of what is stored ${storedTopicId}`
      return { opened, kind: 'topic_recreated', reason, next: endOffset }
    }
    if (storedOffset > endOffset) {
      const reason = `${place}, ends at offset ${endOffset}, before the stored position ${storedOffset}: it was created anew`
      return { opened, kind: 'topic_recreated', reason, next: endOffset }
    }
    if (unreadable?.partition === partition && unreadable.offset >= storedOffset) {
      const reason = `${place}: the batch at offset ${unreadable.offset} can't be read: ${unreadable.reason}`
      return { opened, kind: 'unreadable_batch', reason, next: unreadable.next }
    }
  }
  return undefined
}

export async function stopSource(
  client: pg.Client,
  { opened, kind, reason, next }: StopCause,
  logger: Logger,
): Promise<void> {
  const { source, partition, storedOffset } = opened.state
  logger.error(
    { topic: source.topic, partition, position: storedOffset, reason },
    'source stopped; see ops.health',
  )
  await client.query('select ops.stop_source($1, $2, $3, $4, $5, $6, $7)', [
    source.source_id,
    source.generation,
    partition,
    storedOffset,
    next,
    kind,
    reason,
  ])
}

/** Whether Kafka deleted records before they were read. */
export const hasLoss = ({ state, firstOffset }: OpenedPartition): boolean =>
  state.storedOffset < firstOffset

/** Records what was lost, and moves the position past it. */
export async function reportLoss(
  client: pg.Client,
  { state, firstOffset }: OpenedPartition,
  logger: Logger,
): Promise<void> {
  const { source, partition, storedOffset, batchNo } = state
  logger.error(
    { topic: source.topic, partition, position: storedOffset, first: firstOffset },
    'records lost: Kafka deleted them before they were read; see ops.incidents',
  )
  await client.query('select ops.report_lost_records($1, $2, $3, $4, $5, $6)', [
    source.source_id,
    source.generation,
    partition,
    batchNo,
    storedOffset,
    firstOffset,
  ])
  Object.assign(state, {
    storedOffset: firstOffset,
    fetchOffset: firstOffset,
    batchNo: batchNo + 1,
  })
}
