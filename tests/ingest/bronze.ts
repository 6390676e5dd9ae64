import type pg from 'pg'
import type { PartitionState, Portion } from '../../ingest/fetchBuffer.ts'
import type { Source } from '../../ingest/sources.ts'
import type { KafkaRecord } from '../../ingest/recordBatch.ts'
import { testDatabase, type TestDatabase } from '../support/database.ts'

export interface Bronze {
  database: TestDatabase
  /** sluice_owner */
  owner: pg.Client
  /** sluice_ingest */
  ingest: pg.Client
}

export async function bronzeDatabase(): Promise<Bronze> {
  const database = await testDatabase('migrated')
  return {
    database,
    owner: await database.client('sluice_owner'),
    ingest: await database.client('sluice_ingest'),
  }
}

/** A new source, opened with partitions 0 to `partitions` - 1 at offset 0. */
export async function sourceOf(owner: pg.Client, topic: string, partitions = 1): Promise<Source> {
  await owner.query('select ops.add_source($1)', [topic])
  const { rows } = await owner.query<Source>(
    'select * from ops.ingest_sources() where topic = $1',
    [topic],
  )
  const source = rows[0]!
  const opened = Array.from({ length: partitions }, (_, partition) => ({
    partition,
    first_offset: 0,
    start_offset: 0,
    end_offset: 0,
  }))
  await owner.query('select ops.open_partitions($1, $2, $3)', [
    source.source_id,
    source.generation,
    JSON.stringify(opened),
  ])
  return source
}

/** The state of a partition as an ingester has it after reading positions. */
export function stateOf(
  source: Source,
  partition = 0,
  storedOffset = 0,
  batchNo = 1,
): PartitionState {
  return {
    source,
    partition,
    storedOffset,
    batchNo,
    fetchOffset: storedOffset,
    endOffset: 0,
    chunks: [],
  }
}

/** What one flush is to store: these records, and the position after the last. */
export function portionOf(state: PartitionState, records: KafkaRecord[], next?: number): Portion {
  const bytes = records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
  return {
    state,
    records,
    next: next ?? (records.at(-1)?.offset ?? state.storedOffset - 1) + 1,
    bytes,
  }
}

/** One row with everything that a flush moves, of a source's first partition. */
export async function figuresOf(owner: pg.Client, source: Source): Promise<Record<string, number>> {
  const { rows } = await owner.query<Record<string, number>>(
    `select
      (select count(*)::int from bronze.${source.table_name}) as rows,
      (select count(*)::int from ops.dead_letters where source_id = $1) as letters,
      (select count(*)::int from ops.batches where source_id = $1) as batches,
      next_offset::int as next,
      next_batch_no::int as next_batch
    from ops.offsets
    where source_id = $1 and kafka_partition = 0`,
    [source.source_id],
  )
  return rows[0]!
}

export interface Letter {
  kafka_offset: number
  batch_no: number
  kafka_key: Buffer | null
  payload: Buffer | null
  headers: unknown
  sqlstate: string
  message: string
}

export async function lettersOf(owner: pg.Client, source: Source): Promise<Letter[]> {
  const { rows } = await owner.query<Letter>(
    `select kafka_offset::int, batch_no::int, kafka_key, payload, headers, sqlstate, message
    from ops.dead_letters
    where source_id = $1 and stage = 'ingest'
    order by kafka_offset`,
    [source.source_id],
  )
  return rows
}
