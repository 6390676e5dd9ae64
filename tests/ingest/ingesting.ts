import type pg from 'pg'
import { startSluice, type RunningSluice } from '../support/sluice.ts'
import { testDatabase, type TestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

export interface Ingesting {
  database: TestDatabase
  owner: pg.Client
  rows<Row = Record<string, unknown>>(this: void, sql: string, values?: unknown[]): Promise<Row[]>
  /** Starts `sluice ingest`, in one consumer group for all of the test file. */
  start(this: void): RunningSluice
  /** Waits until so many rows are in the bronze table of a topic. */
  stored(this: void, topic: string, count: number): Promise<unknown>
  countStored(this: void, topic: string): Promise<number>
  /** Adds a source and returns its bronze table. */
  addSource(this: void, topic: string): Promise<string>
}

/** A database of its own, and ingesters on it. */
export async function ingesting(
  brokers: string[],
  settings: Record<string, string> = {},
): Promise<Ingesting> {
  const database = await testDatabase('migrated')
  const owner = await database.client()
  const rows = async <Row>(sql: string, values?: unknown[]) =>
    (await owner.query(sql, values)).rows as Row[]
  const tableOf = (topic: string) => topic.replaceAll(/[^a-z0-9]/g, '_')
  const countStored = async (topic: string) =>
    (await rows<{ n: number }>(`select count(*)::int as n from bronze.${tableOf(topic)}`))[0]!.n
  return {
    database,
    owner,
    rows,
    start: () =>
      startSluice(['ingest'], {
        DATABASE_URL: database.url('sluice_ingest'),
        KAFKA_BROKERS: brokers.join(','),
        SLUICE_GROUP_ID: database.name,
        ...settings,
      }),
    stored: (topic, count) =>
      until(
        `${count} events of ${topic} are stored`,
        async () => (await countStored(topic)) >= count,
      ),
    countStored,
    async addSource(topic) {
      await owner.query('select ops.add_source($1)', [topic])
      return tableOf(topic)
    },
  }
}
