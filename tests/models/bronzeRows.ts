import type pg from 'pg'

export interface Event {
  /** Default: one more than the event before, from 0. */
  offset?: number
  partition?: number
  /** Default: the same for all. */
  at?: string
  key?: string | null
  /** Null is a tombstone. */
  payload: object | null
  /** When it was stored. Default: now. */
  stored?: string
}

/** Stores events in a bronze table as they are, without an ingester. */
export async function storeEvents(owner: pg.Client, table: string, events: Event[]): Promise<void> {
  const rows = events.map((event, index) => ({
    offset: index,
    partition: 0,
    at: '2026-03-01T10:00:00Z',
    key: 'k',
    stored: new Date().toISOString(),
    ...event,
  }))
  // json null is not SQL null
  await owner.query(
    `insert into bronze.${table}
      (generation, kafka_partition, kafka_offset, batch_no, kafka_at, kafka_key, payload, ingested_at)
    select 1, partition, "offset", 1, at, key, nullif(payload, 'null'), stored
    from jsonb_to_recordset($1) as events (
      partition int, "offset" bigint, at timestamptz, key text, payload jsonb, stored timestamptz
    )`,
    [JSON.stringify(rows)],
  )
}
