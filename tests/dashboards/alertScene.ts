import type pg from 'pg'
import { evaluateAlert, type AlertOutcome } from 'grafana-provisioning-schema'
import { storeEvents, tick, type Event } from '../models/bronzeRows.ts'
import { testDatabase } from '../support/database.ts'
import { alertRules } from './alertRules.ts'

/** Of today, as bronze has partitions for: a time of day is one of it. */
export const timeOf = (time: string): string => `${new Date().toISOString().slice(0, 10)}T${time}Z`

export interface AlertScene {
  owner: pg.Client
  /** Moves the clock of Sluice, of whoever looks and of whoever stores. */
  at(time: string): Promise<void>
  /** Stores events in a bronze table, each at its time of day. */
  store(table: string, ...events: Event[]): Promise<void>
  tick(): Promise<void>
  sourceId(topic: string): Promise<number>
  /** The rule's whole chain, asked as grafana_reader. */
  evaluate(uid: string): Promise<AlertOutcome>
  /** The labels for which it fires; empty where it does not. */
  firing(uid: string): Promise<Record<string, string>[]>
}

/** A database with all models and no event, of one test. */
export async function alertScene(): Promise<AlertScene> {
  const database = await testDatabase('applied')
  const owner = await database.client('sluice_owner')
  const reader = await database.client('grafana_reader')
  let now: Date | undefined
  const evaluate = (uid: string) =>
    evaluateAlert(alertRules.get(uid)!, (sql) => reader.query(sql), now)
  return {
    owner,
    async at(time) {
      now = new Date(timeOf(time))
      for (const client of [owner, reader])
        await client.query(`select set_config('sluice.now', $1, false)`, [now.toISOString()])
    },
    store: (table, ...events) =>
      storeEvents(
        owner,
        table,
        events.map((event) => ({
          stored: now?.toISOString(),
          ...event,
          at: timeOf(event.at!),
        })),
      ),
    tick: () => tick(owner),
    async sourceId(topic) {
      const { rows } = await owner.query<{ source_id: number }>(
        'select source_id from ops.sources where topic = $1',
        [topic],
      )
      return rows[0]!.source_id
    },
    evaluate,
    async firing(uid) {
      const { state, instances } = await evaluate(uid)
      const labels = instances.filter(({ isFiring }) => isFiring).map((instance) => instance.labels)
      if ((state === 'firing') !== labels.length > 0)
        throw new Error(`"${uid}" is ${state}, with ${labels.length} alerts.`)
      return labels
    },
  }
}

/** An order, of that time of day. */
export const order = (at: string, number: number): Event => ({
  at,
  payload: {
    order_id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    user_id: `u${number}`,
    session_id: '00000000-0000-4000-8000-000000000001',
    items: [],
    total_amount: 10,
    payment_method: 'card',
    event_time: timeOf(at),
  },
})
