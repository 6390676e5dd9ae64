import type pg from 'pg'
import type { Logger } from 'pino'
import type { Assignment, KafkaClient } from './kafka.ts'
import type { PartitionState } from './fetchBuffer.ts'
import type { Source } from './sources.ts'

interface Position {
  kafka_partition: number
  next_offset: string
  next_batch_no: string
}

/**
 * Reads the positions of the assigned partitions from the database, opening those that are new, before
 * anything is fetched. Partitions whose log no longer fits the position are dealt with: records that Kafka
 * deleted unread are an incident, and reading goes on after them; a log that ends before the position is
 * another topic of the same name, and stops the source.
 */
export async function openAssignment(
  client: pg.Client,
  kafka: KafkaClient,
  sources: Source[],
  assignment: Assignment,
  logger: Logger,
): Promise<PartitionState[]> {
  const states: PartitionState[] = []
  for (const source of sources) {
    const assigned = assignment.get(source.topic) ?? []
    if (assigned.length === 0) continue
    const first = await kafka.offsetsAt(source.topic, assigned, 'first')
    const ends = await kafka.offsetsAt(source.topic, assigned, 'end')
    let positions = await readPositions(client, source)
    if (assigned.some((partition) => !positions.has(partition))) {
      await openPartitions(client, kafka, source)
      positions = await readPositions(client, source)
    }
    for (const partition of assigned) {
      const position = positions.get(partition)
      if (!position) throw new Error(`${source.topic}, partition ${partition}, could not be opened`)
      const state: PartitionState = {
        source,
        partition,
        storedOffset: Number(position.next_offset),
        batchNo: Number(position.next_batch_no),
        fetchOffset: Number(position.next_offset),
        endOffset: ends.get(partition) ?? 0,
        chunks: [],
      }
      if (await fitsLog(client, state, first.get(partition) ?? 0, logger)) states.push(state)
    }
  }
  return states
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
): Promise<void> {
  const partitions = (await kafka.partitionsOf([source.topic])).get(source.topic) ?? []
  const first = await kafka.offsetsAt(source.topic, partitions, 'first')
  const ends = await kafka.offsetsAt(source.topic, partitions, 'end')
  const starts = await startsOf(kafka, source, partitions, first, ends)
  const opened = partitions.map((partition) => ({
    partition,
    first_offset: first.get(partition) ?? 0,
    start_offset: starts.get(partition) ?? 0,
    end_offset: ends.get(partition) ?? 0,
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

async function fitsLog(
  client: pg.Client,
  state: PartitionState,
  first: number,
  logger: Logger,
): Promise<boolean> {
  const { source, partition, storedOffset, batchNo, endOffset } = state
  const place = { topic: source.topic, partition, position: storedOffset }
  if (storedOffset > endOffset) {
    logger.error(
      { ...place, end: endOffset },
      'source stopped: the topic was created anew; see ops.health',
    )
    await client.query('select ops.stop_source($1, $2, $3, $4, $5)', [
      source.source_id,
      source.generation,
      partition,
      storedOffset,
      endOffset,
    ])
    return false
  }
  if (storedOffset < first) {
    logger.error(
      { ...place, first },
      'records lost: Kafka deleted them before they were read; see ops.incidents',
    )
    await client.query('select ops.report_lost_records($1, $2, $3, $4, $5, $6)', [
      source.source_id,
      source.generation,
      partition,
      batchNo,
      storedOffset,
      first,
    ])
    Object.assign(state, { storedOffset: first, fetchOffset: first, batchNo: batchNo + 1 })
  }
  return true
}
