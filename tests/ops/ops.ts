import type pg from 'pg'
import { beforeAll } from 'vitest'
import { testDatabase, type TestDatabase } from '../support/database.ts'

export interface Ops {
  database: TestDatabase
  /** sluice_owner */
  owner: pg.Client
  /** Rows of a query as sluice_owner. */
  rows<Row extends pg.QueryResultRow = Record<string, unknown>>(
    sql: string,
    values?: unknown[],
  ): Promise<Row[]>
}

/** A database with the engine, for all tests of a file; filled before the first. */
export function opsDatabase(): Ops {
  const ops = {} as Ops
  beforeAll(async () => {
    const database = await testDatabase('migrated')
    const owner = await database.client('sluice_owner')
    Object.assign(ops, {
      database,
      owner,
      rows: async <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) =>
        (await owner.query<Row>(sql, values)).rows,
    } satisfies Ops)
  })
  return ops
}

/** Declares a source and opens its partitions at offset 0; returns its id. */
export async function openSource(ops: Ops, topic: string, partitions = 1): Promise<number> {
  const [source] = await ops.rows<{ id: number }>('select ops.add_source($1) as id', [topic])
  const opened = Array.from({ length: partitions }, (_, partition) => ({
    partition,
    first_offset: 0,
    start_offset: 0,
    end_offset: 0,
  }))
  await ops.rows('select ops.open_partitions($1, 1::smallint, $2)', [
    source!.id,
    JSON.stringify(opened),
  ])
  return source!.id
}

/** One partition's part of ops.advance: three rows from offset 0, but for what is given. */
export function batchOf(source_id: number, given: Record<string, unknown> = {}): object {
  return {
    source_id,
    generation: 1,
    partition: 0,
    batch_no: 1,
    from_offset: 0,
    first_offset: 0,
    last_offset: 2,
    next_offset: 3,
    end_offset: 3,
    rows: 3,
    dead_letters: 0,
    bytes: 30,
    newest_kafka_at: '2026-03-01T10:00:00Z',
    ...given,
  }
}

/** Calls ops.advance as the ingester does. */
export async function advance(
  client: pg.ClientBase,
  batches: object[],
  letters: object[] = [],
): Promise<void> {
  await client.query('select ops.advance($1, $2)', [
    JSON.stringify(batches),
    JSON.stringify(letters),
  ])
}

/** A connection whose clock stands at this time. */
export async function clientAt(ops: Ops, time: string): Promise<pg.Client> {
  const client = await ops.database.client('sluice_owner')
  await client.query(`select set_config('sluice.now', $1, false)`, [time])
  return client
}
