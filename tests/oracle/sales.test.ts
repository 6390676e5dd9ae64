// Generated sales, late, repeated and broken ones among them, go through ingest (with its redaction) and ticks in batches of
// any size; every figure is what salesFigures computes from their bytes.
import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import pino from 'pino'
import { beforeAll, expect, test } from 'vitest'
import { generate, generateOptions } from '../../generator/index.ts'
import type { GeneratedEvent } from '../../generator/index.ts'
import { ingestFiles } from '../../ingest/files/ingestFiles.ts'
import { verifyModels } from '../../models/verify.ts'
import { tick } from '../models/bronzeRows.ts'
import { atEnd } from '../support/cleanUp.ts'
import { newDataFolder } from '../support/dataFolder.ts'
import { testDatabase, type TestDatabase } from '../support/database.ts'
import { salesFigures, type SalesFigures } from './salesFigures.ts'

// two and a half days of sales
const options = generateOptions({
  domains: ['sales'],
  seed: 7,
  start: '2026-03-01T12:00:00Z',
  events: 12_000,
  rate: 0.055,
  users: 800,
  late: 0.05,
  duplicates: 0.03,
  poison: 0.005,
})
const partitions = 3

let database: TestDatabase
let owner: pg.Client
let figures: SalesFigures

beforeAll(async () => {
  const sent = [...generate(options)]
  figures = salesFigures(sent.map(({ value, due }) => ({ value, at: due })))
  database = await testDatabase('applied')
  owner = await database.client('sluice_owner')
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  mkdirSync(join(folder, 'sales_topic'))
  for (const [from, to] of [
    [0, 1],
    [1, 700],
    [700, 9_000],
    [9_000, sent.length],
  ]) {
    for (const event of sent.slice(from, to))
      appendFileSync(join(folder, fileOf(event)), line(event))
    await readAll(folder)
    await tick(owner)
  }
})

test('some of every kind are among the events', () => {
  expect(figures.broken).toBeGreaterThan(20)
  expect(figures.repeated).toBeGreaterThan(100)
  expect(figures.byDay.length).toBeGreaterThan(2)
  expect(figures.byState.length).toBeGreaterThan(20)
})

test('broken events are dead letters of ingest, and no model has any', async () => {
  expect(
    await rows('select stage, count(*)::int as letters from ops.dead_letters group by stage'),
  ).toEqual([{ stage: 'ingest', letters: figures.broken }])
})

const money = 'sales::text, cost::text, profit::text, margin::text'
const counts = 'orders::text, customers::text'

test.each<[keyof SalesFigures, string]>([
  ['totals', `select ${money}, ${counts} from gold.sales_totals`],
  ['byDay', `select ${minute('day_at')} as day, ${money}, ${counts} from gold.sales_by_day`],
  [
    'byMinute',
    `select ${minute('minute_at')} as minute, orders::text, sales::text from gold.till_sales_by_minute`,
  ],
  [
    'byCategory',
    `select category_name as category, ${money}, ${counts}, share::text from gold.sales_by_category`,
  ],
  ['byState', `select state, ${money}, ${counts} from gold.sales_by_state`],
  ['byCity', `select state, city, ${money}, orders::text from gold.sales_by_city`],
  [
    'customers',
    `select
      email, first_name || ' ' || last_name as name, customer as shown, job_title as job,
      favourite_category as favourite, orders::text, spend::text, profit::text,
      to_char(last_sold_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as last
    from gold.customer_insights`,
  ],
  [
    'cards',
    `select card_company as company, orders::text, sales::text, average_order_value::text as average
    from gold.card_usage`,
  ],
])('%s: every figure is what the events say', async (name, sql) => {
  const found = await rows(`${sql} order by 1, 2`)
  expect(found.length).toBeGreaterThan(0)
  expect(found).toEqual(figures[name])
})

test('every state of the generator is on the map', async () => {
  expect(await rows('select state from gold.sales_by_state where latitude is null')).toEqual([])
})

test('verify computes all models anew, and finds no difference', async () => {
  const found = await verifyModels(owner, [])
  const different = found.filter(({ outcome }) => outcome !== 'equal')
  expect(different).toEqual([])
  expect(found.map(({ model }) => model)).toContain('gold.customer_categories')
})

function minute(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI')`
}

async function rows(sql: string): Promise<Record<string, unknown>[]> {
  return (await owner.query<Record<string, unknown>>(sql)).rows
}

/** Events of one key go into one file, as into one partition. */
function fileOf({ key }: GeneratedEvent): string {
  return `sales_topic/${Number.parseInt(key!.slice(0, 4), 16) % partitions}.records.ndjson`
}

function line({ key, value, due }: GeneratedEvent): string {
  const value_base64 = Buffer.from(value as string).toString('base64')
  return `${JSON.stringify({ key, value_base64, timestamp: due })}\n`
}

function readAll(folder: string): Promise<void> {
  return ingestFiles({
    connect: () => database.client('sluice_ingest'),
    folder,
    limits: { flushRows: 500, flushBytes: 16 << 20, flushMs: 20, bufferBytes: 64 << 20 },
    logger: pino({ level: 'silent' }),
    signal: new AbortController().signal,
    untilCaughtUp: true,
  })
}
