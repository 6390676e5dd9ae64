import type pg from 'pg'
import type { PartitionRange } from '../support/kafka.ts'

/** What was made of the events of one partition, by their coordinates. */
export interface PartitionAccount {
  topic: string
  partition: number
  /** Rows of bronze and dead letters of ingest, those that were discarded too. */
  stored: number
  /** Distinct generations and offsets among them: fewer than `stored` when one was stored twice. */
  distinct: number
  first: number
  last: number
  /** What ops.offsets says. */
  position: number
  counted: number
}

/** What the account must be when each offset of the log was stored, and none twice. */
export function expectedAccount(ranges: PartitionRange[]): PartitionAccount[] {
  return ranges
    .filter(({ start, end }) => end > start)
    .map(({ topic, partition, start, end }) => ({
      topic,
      partition,
      stored: end - start,
      distinct: end - start,
      first: start,
      last: end - 1,
      position: end,
      counted: end - start,
    }))
}

/** Counts rows of bronze and dead letters, waiting or discarded, by coordinates, one entry per partition that has any. */
export async function accountOf(client: pg.Client, topics: string[]): Promise<PartitionAccount[]> {
  const accounts: PartitionAccount[] = []
  for (const topic of topics) {
    const { rows } = await client.query<PartitionAccount>(
      `with coordinates as (
        select generation, kafka_partition, kafka_offset
        from bronze.${await tableOf(client, topic)}
        union all
        select dead_letters.generation, kafka_partition, kafka_offset
        from ops.dead_letters
        join ops.sources using (source_id)
        where topic = $1 and stage = 'ingest'
        union all
        select settled_letters.generation, kafka_partition, kafka_offset
        from ops.settled_letters
        join ops.sources using (source_id)
        where topic = $1 and stage = 'ingest' and outcome = 'discarded'
      )
      select
        $1 as topic,
        kafka_partition as partition,
        count(*)::int as stored,
        count(distinct (generation, kafka_offset))::int as distinct,
        min(kafka_offset)::int as first,
        max(kafka_offset)::int as last,
        max(offsets.next_offset)::int as position,
        max(offsets.stored_rows + offsets.dead_letters + offsets.discarded)::int as counted
      from coordinates
      left join (
        select offsets.*
        from ops.offsets
        join ops.sources using (source_id, generation)
        where sources.topic = $1
      ) as offsets using (generation, kafka_partition)
      group by kafka_partition
      order by kafka_partition`,
      [topic],
    )
    accounts.push(...rows)
  }
  return accounts.sort((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition)
}

/**
 * Where the ledger breaks: batches that do not begin where the one before ended, or whose number does not follow,
 * or that count other rows than bronze holds of them; and ends that are not the position. Replays are a chain of
 * numbers from -1 downwards, whose offsets are of the past.
 */
export async function holesInLedger(client: pg.Client, topic: string): Promise<unknown[]> {
  const { rows } = await client.query<Record<string, unknown>>(
    `with ledger as (
      select
        batches.*,
        lag(abs(batches.batch_no), 1, 0) over chain as number_before,
        case when batches.batch_no > 0 then lag(batches.next_offset) over chain end as next_offset_before,
        lead(batches.batch_no) over chain is null as is_last
      from ops.batches
      join ops.sources using (source_id)
      where sources.topic = $1
      window chain as (
        partition by batches.generation, batches.kafka_partition, batches.kind = 'replay'
        order by abs(batches.batch_no)
      )
    ),
    stored as (
      select generation, kafka_partition, batch_no, count(*) as rows,
        min(kafka_offset) as first_offset, max(kafka_offset) as last_offset
      from bronze.${await tableOf(client, topic)}
      group by generation, kafka_partition, batch_no
    )
    select ledger.kafka_partition, batch_no, ledger.from_offset, ledger.next_offset_before,
      ledger.row_count, stored.rows
    from ledger
    full join stored using (generation, kafka_partition, batch_no)
    left join ops.offsets using (source_id, generation, kafka_partition)
    where ledger.number_before is distinct from abs(batch_no) - 1
      or ledger.next_offset_before <> ledger.from_offset
      or ledger.row_count <> coalesce(stored.rows, 0)
      or stored.first_offset < ledger.first_offset
      or stored.last_offset > ledger.last_offset
      or (ledger.is_last and batch_no > 0 and ledger.next_offset <> offsets.next_offset)
      or (ledger.is_last and batch_no > 0 and batch_no <> offsets.next_batch_no - 1)
      or (ledger.is_last and batch_no < 0 and batch_no <> offsets.lowest_batch_no)
      or (batch_no < 0 and ledger.next_offset > offsets.next_offset)
    order by 1, 2`,
    [topic],
  )
  return rows
}

/** How many offsets are stored, over all partitions of these topics. */
export async function storedOffsets(client: pg.Client, topics: string[]): Promise<number> {
  const { rows } = await client.query<{ stored: number }>(
    `select coalesce(sum(stored_rows + dead_letters + discarded), 0)::int as stored
    from ops.offsets
    join ops.sources using (source_id)
    where topic = any($1)`,
    [topics],
  )
  return rows[0]!.stored
}

async function tableOf(client: pg.Client, topic: string): Promise<string> {
  const { rows } = await client.query<{ table_name: string }>(
    'select table_name from ops.sources where topic = $1',
    [topic],
  )
  if (!rows[0]) throw new Error(`No source has the topic ${topic}.`)
  return rows[0].table_name
}
