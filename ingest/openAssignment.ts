import type pg from 'pg'
import type { Logger } from 'pino'
import type { Assignment, KafkaClient } from './kafka.ts'
import type { PartitionState } from './fetchBuffer.ts'
import { KafkaFault } from './kafkaFault.ts'
import type { Source } from './sources.ts'
import { hasLoss, reportLoss, stopCause, stopSource } from './unfitLog.ts'
import type { Topic } from './topicMetadata.ts'

/** A row of ops.read_positions. */
interface Position {
  kafka_partition: number
  next_offset: string
  next_batch_no: string
  topic_id: string | null
}

/**
 * Reads the positions of the assigned partitions from the database, opening those that are new, before
 * anything is fetched. Partitions whose log no longer fits the position are dealt with: records that Kafka
 * deleted unread are an incident, and reading goes on after them; another topic of the same name, or a batch
 * that can't be decoded, stops the source. Topics that are gone are left out.
 */
export async function openAssignment(
  client: pg.Client,
  kafka: KafkaClient,
  sources: Source[],
  assignment: Assignment,
  logger: Logger,
): Promise<PartitionState[]> {
  const assigned = sources.filter(({ topic }) => assignment.get(topic)?.length)
  const topics = await kafka.openTopics(assigned.map(({ topic }) => topic))
  const states: PartitionState[] = []
  let read = 0
  for (const source of assigned) {
    const topic = topics.get(source.topic)
    if (!topic) continue
    const opened = await openSource(client, kafka, source, topic, assignment.get(source.topic)!)
    const cause = stopCause(opened, kafka.takeUnreadable(source.topic))
    if (cause) {
      await stopSource(client, cause, logger)
      continue
    }
    read += 1
    for (const partition of opened) {
      if (hasLoss(partition)) await reportLoss(client, partition, logger)
      states.push(partition.state)
    }
  }
  // what is stopped may be resumed, what is gone come again: then it has to be assigned anew
  if (read < assigned.length) kafka.rejoinSoon()
  return states
}

/** An assigned partition: what is stored of it, and what Kafka has. */
export interface OpenedPartition {
  state: PartitionState
  /** The topic that the position belongs to. */
  storedTopicId: string | null
  topicId: string | null
  firstOffset: number
}

async function openSource(
  client: pg.Client,
  kafka: KafkaClient,
  source: Source,
  topic: Topic,
  assigned: number[],
): Promise<OpenedPartition[]> {
  const first = await kafka.offsetsAt(source.topic, assigned, 'first')
  const ends = await kafka.offsetsAt(source.topic, assigned, 'end')
  let positions = await readPositions(client, source)
  const isOpen = (partition: number) => {
    const position = positions.get(partition)
    return position && (position.topic_id !== null || topic.topicId === null)
  }
  if (!assigned.every(isOpen)) {
    await openPartitions(client, kafka, source, topic)
    positions = await readPositions(client, source)
  }
  return assigned.map((partition) => {
    const position = positions.get(partition)
    if (!position) throw new Error(`${source.topic}, partition ${partition}, could not be opened`)
    const storedOffset = Number(position.next_offset)
    return {
      storedTopicId: position.topic_id,
      topicId: topic.topicId,
      firstOffset: offsetOf(first, source, partition),
      state: {
        source,
        partition,
        storedOffset,
        batchNo: Number(position.next_batch_no),
        fetchOffset: storedOffset,
        endOffset: offsetOf(ends, source, partition),
        chunks: [],
      },
    }
  })
}

function offsetOf(offsets: Map<number, number>, { topic }: Source, partition: number): number {
  const offset = offsets.get(partition)
  if (offset === undefined)
    throw new KafkaFault(`Kafka tells no offset of ${topic}, partition ${partition}`)
  return offset
}

async function readPositions(client: pg.Client, source: Source): Promise<Map<number, Position>> {
  const { rows } = await client.query<Position>('select * from ops.read_positions($1, $2)', [
    source.source_id,
    source.generation,
  ])
  return new Map(rows.map((row) => [row.kafka_partition, row]))
}

/** Opens every partition of the topic at once: only the first who sees a source knows where it starts. */
async function openPartitions(
  client: pg.Client,
  kafka: KafkaClient,
  source: Source,
  { topicId, partitions }: Topic,
): Promise<void> {
  const first = await kafka.offsetsAt(source.topic, partitions, 'first')
  const ends = await kafka.offsetsAt(source.topic, partitions, 'end')
  const starts = await startsOf(kafka, source, partitions, first, ends)
  const opened = partitions.map((partition) => ({
    partition,
    topic_id: topicId,
    first_offset: offsetOf(first, source, partition),
    start_offset: offsetOf(starts, source, partition),
    end_offset: offsetOf(ends, source, partition),
  }))
  await client.query('select ops.open_partitions($1, $2, $3)', [
    source.source_id,
    source.generation,
    JSON.stringify(opened),
  ])
}

async function startsOf(
  kafka: KafkaClient,
  { topic, start_at }: Source,
  partitions: number[],
  first: Map<number, number>,
  ends: Map<number, number>,
): Promise<Map<number, number>> {
  if (start_at === 'earliest') return first
  if (start_at === 'latest') return ends
  const found = await kafka.offsetsAt(topic, partitions, Date.parse(start_at))
  // -1: no record is as young as that
  return new Map(
    [...found].map(([partition, offset]) => [
      partition,
      offset < 0 ? (ends.get(partition) ?? 0) : offset,
    ]),
  )
}
