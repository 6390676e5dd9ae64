import type pg from 'pg'
import {
  generateBatches,
  generateOptions,
  type GeneratedEvent,
  type GenerateInput,
} from '../../generator/index.ts'

interface Log {
  sourceId: number
  table: string
  nextOffset: number
  nextBatchNo: number
}

/**
 * Stores generated events as the ingester does, in batches of so many over all topics: in bronze, in the ledger, and the
 * broken ones among the dead letters. Each was sent when it was due, so that they spread over the time they tell of;
 * those due after now are left out.
 */
export async function storeGenerated(
  owner: pg.Client,
  input: GenerateInput & { events: number },
  batchSize = 20_000,
): Promise<void> {
  const logs = new Map<string, Log>()
  let waiting: GeneratedEvent[] = []
  const store = async () => {
    for (const [topic, events] of byTopic(waiting)) {
      if (!logs.has(topic)) logs.set(topic, await openLog(owner, topic))
      await storeBatch(owner, logs.get(topic)!, events)
    }
    waiting = []
  }
  const now = Date.now()
  for (const batch of generateBatches(generateOptions(input))) {
    waiting.push(...batch.filter(({ due }) => due <= now))
    if (batch.every(({ due }) => due > now)) break
    if (waiting.length >= batchSize) await store()
  }
  await store()
}

function byTopic(events: readonly GeneratedEvent[]): Map<string, GeneratedEvent[]> {
  const topics = new Map<string, GeneratedEvent[]>()
  for (const event of events) {
    const found = topics.get(event.topic)
    if (found) found.push(event)
    else topics.set(event.topic, [event])
  }
  return topics
}

async function openLog(owner: pg.Client, topic: string): Promise<Log> {
  const { rows } = await owner.query<{ source_id: number; table_name: string }>(
    'select source_id, table_name from ops.sources where topic = $1',
    [topic],
  )
  const { source_id, table_name } = rows[0]!
  const opened = [{ partition: 0, first_offset: 0, start_offset: 0, end_offset: 0 }]
  await owner.query('select ops.open_partitions($1, 1::smallint, $2)', [
    source_id,
    JSON.stringify(opened),
  ])
  return { sourceId: source_id, table: table_name, nextOffset: 0, nextBatchNo: 1 }
}

async function storeBatch(owner: pg.Client, log: Log, events: GeneratedEvent[]): Promise<void> {
  const first = log.nextOffset
  const rows = events.map((event, index) => ({ ...event, offset: first + index }))
  const good = rows.filter(({ isBroken }) => !isBroken)
  const broken = rows.filter(({ isBroken }) => isBroken)
  const batch = {
    source_id: log.sourceId,
    generation: 1,
    partition: 0,
    batch_no: log.nextBatchNo,
    from_offset: first,
    first_offset: first,
    last_offset: first + rows.length - 1,
    next_offset: first + rows.length,
    end_offset: first + rows.length,
    rows: good.length,
    dead_letters: broken.length,
    bytes: rows.reduce((sum, { value }) => sum + value.length, 0),
    newest_kafka_at: new Date(Math.max(...rows.map(({ due }) => due))).toISOString(),
  }
  const letters = broken.map((event) => ({
    source_id: log.sourceId,
    generation: 1,
    partition: 0,
    batch_no: log.nextBatchNo,
    offset: event.offset,
    kafka_at: new Date(event.due).toISOString(),
    key: event.key === null ? null : Buffer.from(event.key).toString('base64'),
    payload: Buffer.from(event.value as string).toString('base64'),
    sqlstate: '22P02',
    message: 'invalid input syntax for type json',
  }))
  await owner.query('begin')
  await owner.query(
    `insert into bronze.${log.table}
      (generation, kafka_partition, kafka_offset, batch_no, kafka_at, kafka_key, payload, ingested_at)
    select 1, 0, "offset", $1, to_timestamp(due / 1000.0), key, payload, ops.now()
    from unnest($2::bigint[], $3::float8[], $4::text[], $5::jsonb[]) as events ("offset", due, key, payload)`,
    [
      log.nextBatchNo,
      good.map(({ offset }) => offset),
      good.map(({ due }) => due),
      good.map(({ key }) => key),
      good.map(({ value }) => value),
    ],
  )
  await owner.query('select ops.advance($1, $2)', [
    JSON.stringify([batch]),
    JSON.stringify(letters),
  ])
  await owner.query('commit')
  log.nextOffset = batch.next_offset
  log.nextBatchNo += 1
}
