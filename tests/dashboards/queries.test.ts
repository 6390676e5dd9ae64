import type pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  expandMacros,
  queriesOf,
  queriesOfAlerts,
  provisioningKind,
  timeRangeOf,
  variableValuesOf,
  type AlertQuery,
  type DashboardQuery,
  type VariableValues,
} from 'grafana-provisioning-schema'
import { parse } from 'yaml'
import { dashboardFiles, grafanaFiles } from '../grafana/files.ts'
import { testDatabase } from '../support/database.ts'
import { ownKafka } from '../support/kafka.ts'
import { sluiceOk } from '../support/sluice.ts'

const database = await testDatabase('applied')
const dashboards = dashboardFiles()
const alerts: AlertQuery[] = grafanaFiles()
  .filter((file) => /\.ya?ml$/.test(file.path))
  .map((file) => parse(file.text) as unknown)
  .filter((yaml) => provisioningKind(yaml) === 'alerting')
  .flatMap(queriesOfAlerts)

let reader: pg.Client

// An hour of the shop that ends now, and a topic of which Kafka deleted events before they were read.
beforeAll(async () => {
  const kafka = await ownKafka()
  const ingest = () =>
    sluiceOk(['ingest', '--until-caught-up'], {
      DATABASE_URL: database.url('sluice_ingest'),
      KAFKA_BROKERS: kafka.brokers.join(','),
    })
  const owner = await database.client()
  const lost = await kafka.topic('lost')
  await owner.query('select ops.add_source($1)', [lost])
  await kafka.produce(lost, [{ value: { number: 1 } }])
  await ingest()
  await kafka.produce(lost, [{ value: { number: 2 } }, { value: { number: 3 } }])
  await kafka.deleteRecords(lost, 0, 2)

  const rate = 4
  const events = rate * 3600
  const start = new Date(Date.now() - 3_600_000).toISOString()
  await sluiceOk(
    ['generate', '--domain', 'ecommerce', '--start', start, '--events', String(events)]
      .concat(['--rate', String(rate), '--no-rhythm', '--no-pace', '--poison', '0.005'])
      .concat(['--users', '800', '--products', '100']),
    { KAFKA_BROKERS: kafka.brokers.join(',') },
  )
  await ingest()
  await sluiceOk(['refresh', '--until-caught-up'], { DATABASE_URL: database.url('sluice_refresh') })
  reader = await database.client('grafana_reader')
})

/** The query as Grafana sends it, answered to the role that Grafana uses. */
async function run(sql: string): Promise<pg.QueryResult<Record<string, unknown>>> {
  return reader.query<Record<string, unknown>>(sql)
}

/** What the variables of a dashboard can be set to, asked as Grafana asks. */
async function variablesOf(json: unknown, now: Date): Promise<VariableValues> {
  const options: Record<string, string[]> = {}
  for (const query of queriesOf(json).filter(({ kind }) => kind === 'variable')) {
    const { rows, fields } = await run(expandMacros(query.sql, timeRangeOf(json, now)))
    options[query.panel] = rows.map((row) => String(row[fields[0]!.name]))
    expect(options[query.panel]!.length).toBeGreaterThan(0)
  }
  return variableValuesOf(json, options)
}

describe.each(dashboards)('of $path, as grafana_reader,', ({ json }) => {
  test.each(queriesOf(json))('$where returns what it shows', async (query: DashboardQuery) => {
    const now = new Date()
    const variables = await variablesOf(json, now)
    const context = { ...timeRangeOf(json, now), variables, interval: '10s' }
    const { rows, fields } = await run(expandMacros(query.sql, context))
    expect(fields.length).toBeGreaterThan(0)
    expect(fields.map(({ name }) => name)).not.toContain('?column?')
    if (query.kind !== 'annotation') expect(rows.length).toBeGreaterThan(0)
    if (query.kind === 'panel') {
      // Each column that is shown holds something somewhere: a panel of nulls says "No data".
      const empty = fields.filter(({ name }) => rows.every((row) => row[name] === null))
      expect(empty.map(({ name }) => name).filter((name) => !mayBeEmpty(query, name))).toEqual([])
    }
    if (query.format === 'time_series') expect(fields[0]!.name).toBe('time')
  })
})

/** No model has failed here. */
const mayBeEmpty = ({ panel }: DashboardQuery, column: string) =>
  panel === 'Model versions' && column === 'error'

describe('of the alert rules, as grafana_reader,', () => {
  test('there are some', () => expect(alerts.length).toBeGreaterThan(0))

  test.each(alerts)(
    '"$rule", $where returns what has happened',
    async ({ sql, fromSeconds, toSeconds }) => {
      const now = Date.now()
      const range = {
        from: new Date(now - fromSeconds * 1000),
        to: new Date(now - toSeconds * 1000),
      }
      const { rows } = await run(expandMacros(sql, range))
      // Records were lost: one of the errors that rules are about.
      expect(rows.length).toBeGreaterThan(0)
    },
  )
})

describe('grafana_reader', () => {
  const denied = async (sql: string) => {
    const client = await database.client('grafana_reader')
    // Its default, which any session may lift: rights alone must hold.
    await client.query('set default_transaction_read_only = off')
    return expect(client.query(sql)).rejects
  }

  test('reads no bronze, and learns no name of its tables’ columns by selecting', async () => {
    for (const table of ['ecommerce_purchases', 'ecommerce_page_views']) {
      await (
        await denied(`select * from bronze.${table}`)
      ).toThrow(/permission denied for schema bronze/)
    }
  })

  test('reads no dead letter', async () => {
    await (
      await denied('select * from ops.dead_letters')
    ).toThrow(/permission denied for table dead_letters/)
  })

  test('reads nothing of the schema store', async () => {
    await (await denied('create table store.mine ()')).toThrow(/permission denied for schema store/)
  })

  test.each([
    'create table gold.mine (id int)',
    'create table silver.mine (id int)',
    'create table ops.mine (id int)',
    'create table public.mine (id int)',
    'create schema mine',
    'drop view gold.product_sales',
    'refresh materialized view gold.bought_together',
    'delete from ops.offsets',
    `update ops.sources set is_paused = true`,
    `select ops.add_source('mine')`,
    `select ops.pause_source('ecommerce-cart')`,
    `select ops.advance('[]')`,
    `select ops.run_job('forget old job runs')`,
  ])('may not %s', async (sql) => {
    await (await denied(sql)).toThrow(/permission denied|must be owner/)
  })

  test('may select from silver, gold and the views of ops, and write to nothing', async () => {
    const { rows } = await (
      await database.client()
    ).query<{ name: string; rights: string }>(
      `select relations.oid::regclass::text as name, string_agg(rights.name, ' ') as rights
      from pg_class as relations
      cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate']) as rights (name)
      where relations.relnamespace::regnamespace::text in ('bronze', 'silver', 'gold', 'ops', 'store')
        and relations.relkind in ('r', 'p', 'v', 'm')
        and has_table_privilege('grafana_reader', relations.oid, rights.name)
        and not (
          rights.name = 'select'
          and (
            relations.relnamespace::regnamespace::text in ('silver', 'gold')
            or relations.relkind = 'v' and relations.relnamespace::regnamespace::text = 'ops'
          )
        )
      group by 1`,
    )
    expect(rows).toEqual([])
  })

  test('is read-only, and cut off after 15 s, unless it says otherwise', async () => {
    const { rows } = await run(
      `select current_setting('transaction_read_only') as read_only, current_setting('statement_timeout') as timeout`,
    )
    expect(rows).toEqual([{ read_only: 'on', timeout: '15s' }])
  })
})
