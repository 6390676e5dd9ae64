import type pg from 'pg'
import { afterEach, beforeAll, beforeEach } from 'vitest'
import { storeEvents, tick } from '../models/bronzeRows.ts'
import { testDatabase } from '../support/database.ts'

export type Payload = Record<string, unknown>

export interface ModelsDatabase {
  /** What stores events in a bronze table, in the order given and a millisecond apart, and ticks. */
  into: (table: string, defaults: () => Payload) => (...events: Payload[]) => Promise<void>
  /** Rows of a query, at this time by the clock of Sluice. */
  rows: (sql: string, now?: string) => Promise<Record<string, unknown>[]>
  /** A query as grafana_reader, to see what it may ask for: rows that are not committed are not there for it. */
  asReader: (sql: string) => Promise<Record<string, unknown>[]>
}

/** All models of views/ over bronze tables that are empty at the start of each test. */
export function modelsDatabase(): ModelsDatabase {
  let owner: pg.Client
  let reader: pg.Client
  let stored = 0
  beforeAll(async () => {
    const database = await testDatabase('applied')
    owner = await database.client('sluice_owner')
    reader = await database.client('grafana_reader')
  })
  beforeEach(() => owner.query('begin'))
  afterEach(() => owner.query('rollback'))

  return {
    into:
      (table, defaults) =>
      async (...events) => {
        await storeEvents(
          owner,
          table,
          events.map((event) => {
            stored += 1
            const at = new Date(Date.parse('2026-03-01T00:00:00Z') + stored).toISOString()
            return { at, payload: { ...defaults(), ...event } }
          }),
        )
        await tick(owner)
      },
    async rows(sql, now = '') {
      await owner.query(`select set_config('sluice.now', $1, true)`, [now])
      return (await owner.query<Record<string, unknown>>(sql)).rows
    },
    async asReader(sql) {
      return (await reader.query<Record<string, unknown>>(sql)).rows
    },
  }
}

let ids = 1000

/** An id that no other event of this run has. */
export const newId = () => uuid((ids += 1))

export function uuid(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
}
