import type pg from 'pg'
import {
  expandMacros,
  timeRangeOf,
  type DashboardQuery,
  type VariableValues,
} from 'grafana-provisioning-schema'
import { testDatabase } from '../support/database.ts'
import { sluiceOk } from '../support/sluice.ts'
import { openVariables } from './openVariables.ts'
import { storeGenerated } from './storeGenerated.ts'

/**
 * A database with events of all five domains: two hours that end now, and three weeks before them with few. Returns a
 * client of the role that Grafana uses.
 */
export async function filledDatabase(): Promise<pg.Client> {
  const database = await testDatabase('applied')
  await storeGenerated(await database.client(), {
    start: new Date(Date.now() - 2 * 3_600_000).toISOString(),
    events: 30_000,
    rate: 2,
    history: '22d',
    historyRate: 0.004,
    rhythm: false,
    poison: 0.002,
    users: 800,
    products: 40,
  })
  await sluiceOk(['refresh', '--until-caught-up'], { DATABASE_URL: database.url('sluice_refresh') })
  return database.client('grafana_reader')
}

export type Opened = {
  /** The rows of a query as the dashboard sends it. */
  ask(query: DashboardQuery): Promise<pg.QueryResult<Record<string, unknown>>>
  variables: VariableValues
}

/** A dashboard as it is opened now; variables may be set to something else. */
export async function openDashboard(
  reader: pg.Client,
  json: unknown,
  changed: VariableValues = {},
): Promise<Opened> {
  const now = new Date()
  const variables = { ...(await openVariables(reader, json, now)), ...changed }
  const context = { ...timeRangeOf(json, now), variables, interval: '10s' }
  return { ask: (query) => reader.query(expandMacros(query.sql, context)), variables }
}
