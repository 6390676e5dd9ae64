import pg from 'pg'

export interface Event {
  /** Default: the next one of its partition. */
  offset?: number
  partition?: number
  /** Default: the same for all. */
  at?: string
  key?: string | null
  /** Null is a tombstone. */
  payload: object | null
  /** Default: none. */
  headers?: Record<string, string>
  /** When it was stored. Default: now. Events of other times are batches of their own, in the order of times. */
  stored?: string
  /** Tells batches of the same time apart: the lower comes first. */
  batch?: number
}

/** Where the log of a source stands, as ops.offsets has it. */
interface Log {
  sourceId: number
  table: string
  positions: Map<number, { nextOffset: number; nextBatchNo: number }>
}

/**
 * Stores events as the ingester does, in one transaction: in the bronze table of a declared source, in the ledger and
 * in the positions. A new partition begins at offset 0.
 */
export async function storeEvents(owner: pg.Client, table: string, events: Event[]): Promise<void> {
  const log = await readLog(owner, table, [...new Set(events.map(partitionOf))])
  const clock = await owner.query<{ now: string }>(
    `select coalesce(current_setting('sluice.now', true), '') as now`,
  )
  const batches = batchesOf(events).map(([stored, batch]) => storeBatch(log, stored, batch))
  // one message of several statements is one transaction
  await owner.query([...batches, setNow(clock.rows[0]!.now)].join(';\n'))
}

const partitionOf = ({ partition = 0 }: Event) => partition

async function readLog(owner: pg.Client, table: string, partitions: number[]): Promise<Log> {
  const { rows } = await owner.query<{ source_id: number }>(
    `select source_id from ops.sources where table_name = $1`,
    [table],
  )
  const sourceId = rows[0]!.source_id
  await owner.query(`select ops.open_partitions($1, 1::smallint, $2)`, [
    sourceId,
    JSON.stringify(partitions.map((partition) => ({ partition, ...beginning }))),
  ])
  const positions = await owner.query<{ partition: number; offset: string; batch: string }>(
    `select kafka_partition as partition, next_offset as "offset", next_batch_no as batch
    from ops.offsets
    where source_id = $1 and generation = 1`,
    [sourceId],
  )
  return {
    sourceId,
    table,
    positions: new Map(
      positions.rows.map(({ partition, offset, batch }) => [
        partition,
        { nextOffset: Number(offset), nextBatchNo: Number(batch) },
      ]),
    ),
  }
}

const beginning = { first_offset: 0, start_offset: 0, end_offset: 0 }

/** Batches with the times at which they are stored, in that order. */
function batchesOf(events: Event[]): [string, Event[]][] {
  const now = new Date().toISOString()
  const batches = new Map<string, [string, Event[]]>()
  for (const event of events) {
    const stored = event.stored ? new Date(event.stored).toISOString() : now
    const key = [stored, String(event.batch ?? 0).padStart(6, '0'), partitionOf(event)].join(' ')
    batches.set(key, [stored, [...(batches.get(key)?.[1] ?? []), event]])
  }
  return [...batches].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, batch]) => batch)
}

/** The statements that store a batch; moves the log's position. */
function storeBatch({ sourceId, table, positions }: Log, stored: string, batch: Event[]): string {
  const partition = partitionOf(batch[0]!)
  const position = positions.get(partition)!
  let offset = position.nextOffset - 1
  const rows = batch.map((event) => {
    offset = event.offset ?? offset + 1
    return { at: '2026-03-01T10:00:00Z', key: 'k', ...event, offset }
  })
  const offsets = rows.map((row) => row.offset)
  const [first_offset, last_offset] = [Math.min(...offsets), Math.max(...offsets)]
  if (first_offset < position.nextOffset)
    throw new Error(`Offset ${first_offset} is before ${position.nextOffset}: no log is like that.`)
  const moved = {
    source_id: sourceId,
    generation: 1,
    partition,
    batch_no: position.nextBatchNo,
    from_offset: position.nextOffset,
    first_offset,
    last_offset,
    next_offset: last_offset + 1,
    end_offset: last_offset + 1,
    rows: rows.length,
    dead_letters: 0,
    bytes: 0,
    newest_kafka_at: rows
      .map(({ at }) => new Date(at).toISOString())
      .sort()
      .at(-1),
  }
  position.nextOffset = moved.next_offset
  position.nextBatchNo += 1
  // json null is not SQL null
  return `${setNow(stored)};
    insert into bronze.${table}
      (generation, kafka_partition, kafka_offset, batch_no, kafka_at, kafka_key, headers, payload, ingested_at)
    select 1, ${partition}, "offset", ${moved.batch_no}, at, key, nullif(headers, 'null'), nullif(payload, 'null'), ops.now()
    from jsonb_to_recordset(${pg.escapeLiteral(JSON.stringify(rows))}) as events (
      "offset" bigint, at timestamptz, key text, headers jsonb, payload jsonb
    );
    select ops.advance(${pg.escapeLiteral(JSON.stringify([moved]))})`
}

const setNow = (now: string) => `select set_config('sluice.now', ${pg.escapeLiteral(now)}, true)`

/** Ticks and catches up until there is nothing left to take. */
export async function tick(client: pg.ClientBase): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ events: string; model: string | null }>(
      'select ops.tick() as events, ops.catch_up() as model',
    )
    if (rows[0]!.events === '0' && rows[0]!.model === null) return
  }
}

/** The dead letters of a model, as `partition/offset sqlstate`. */
export async function lettersOf(client: pg.ClientBase, model: string): Promise<string[]> {
  const { rows } = await client.query<{ letter: string }>(
    `select format('%s/%s %s', kafka_partition, kafka_offset, sqlstate) as letter
    from ops.dead_letters
    where stage = $1
    order by kafka_partition, kafka_offset`,
    [model],
  )
  return rows.map(({ letter }) => letter)
}
