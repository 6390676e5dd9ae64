// The screen of `npm start`: a figure of each domain, all of it on a terminal of 100 columns and 40 lines.
import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import type pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { readFigures, type Figures } from '../../cli/demo/figures.ts'
import { readLayers, readMetrics, type Metrics } from '../../cli/demo/metrics.ts'
import { openScreen } from '../../cli/demo/screen.ts'
import { shownMetrics } from '../../cli/demo/shownMetrics.ts'
import { domainNames, generate, generateOptions, topics } from '../../generator/index.ts'
import { storeEvents, tick } from '../models/bronzeRows.ts'
import { testDatabase } from '../support/database.ts'

const domains = [...domainNames]
const notes = ['psql', 'Grafana', 'Kafka', 'models', 'logs', 'Ctrl-C'].map((note) =>
  note.padEnd(90, '.'),
)

let analyst: pg.Client

beforeAll(async () => {
  const database = await testDatabase('applied')
  const owner = await database.client('sluice_owner')
  const start = Date.now() - 120_000
  const events = [...generate(generateOptions({ start, events: 8_000, rate: 100, poison: 0 }))]
  for (const topic of new Set(events.map((event) => event.topic))) {
    const ofTopic = events.filter((event) => event.topic === topic)
    await storeEvents(
      owner,
      topic.replaceAll('-', '_'),
      ofTopic.map(({ key, value, due }) => ({
        key,
        payload: JSON.parse(value as string) as object,
        at: new Date(due).toISOString(),
      })),
    )
  }
  await tick(owner)
  analyst = await database.client('analyst')
})

test('every domain has one small table, made of a model of its own', async () => {
  expect(shownMetrics.map(({ domain }) => domain)).toEqual(domains)
  const { tables } = await readMetrics(analyst, domains)
  expect(tables.map(({ domain }) => domain)).toEqual(domains)
  for (const { rows } of tables) expect(rows.length).toBeGreaterThan(0)
})

test('only the domains that were chosen are asked for', async () => {
  const { tables } = await readMetrics(analyst, ['sales'])
  expect(tables.map(({ model }) => model)).toEqual(['gold.sales_totals'])
})

test('the topics of a domain are a line, and the lines add up', async () => {
  const figures = await readFigures(analyst)
  expect(figures.domains.map(({ domain }) => domain).sort()).toEqual([...domains].sort())
  for (const { domain, topics: count } of figures.domains)
    expect(count).toBe(topics[domain]!.length)
  const stored = figures.domains.reduce((sum, domain) => sum + domain.stored, 0)
  expect(stored).toBe(figures.stored)
  expect(stored).toBe(8_000)
})

test('all of it fits on 100 columns and 40 lines', async () => {
  const lines = shownLines(await readFigures(analyst), await readMetrics(analyst, domains))
  expect(lines.join('\n')).toContain('gold.sales_totals')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100)
  expect(lines.length).toBeLessThanOrEqual(40)
})

test('large figures make it no wider than that', async () => {
  const figures = await readFigures(analyst)
  const metrics = await readMetrics(analyst, domains)
  const large = {
    stored: 123_456_789,
    eventsPerSecond: 50_000,
    lag: 1_234_567,
    deadLetters: 98_765,
  }
  const wide = metrics.tables.map(({ rows, ...table }) => ({
    ...table,
    rows: rows.map((row) =>
      Object.fromEntries(
        // counts get four digits more, amounts of money three
        Object.entries(row).map(([name, value]) => [
          name,
          /^\d+(\.\d\d)?$/.test(String(value))
            ? `${value!.includes('.') ? 123 : 1234}${value}`
            : value,
        ]),
      ),
    ),
  }))
  const lines = shownLines(
    {
      ...figures,
      ...large,
      domains: figures.domains.map((domain) => ({ ...domain, ...large })),
    },
    { models: { ...metrics.models, database: '19999999999' }, tables: wide },
  )
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100)
})

test('rows are counted of tables, and views are left out', async () => {
  const layers = await readLayers(analyst)
  expect(layers.map(({ layer }) => layer)).toEqual(['silver', 'gold'])
  const { rows } = await analyst.query<{ sales: string }>(
    'select count(*) as sales from silver.sales',
  )
  expect(Number(layers[0]!.rows)).toBeGreaterThan(Number(rows[0]!.sales))
})

/** What a terminal shows that is larger than what is asked for. */
function shownLines(figures: Figures, metrics: Metrics): string[] {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 300, rows: 200 })
  const screen = openScreen(terminal as unknown as NodeJS.WriteStream)
  screen.show(figures, metrics, [], notes)
  const written = String(terminal.read())
  screen.end()
  return stripVTControlCharacters(written).trimEnd().split('\n')
}
