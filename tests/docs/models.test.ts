// docs/models.md: what it shows is applied, fed and verified; what it says is refused is refused.
import { beforeAll, describe, expect, test } from 'vitest'
import { formatTable } from '../../cli/table.ts'
import { isTable, type Kind } from '../../models/model.ts'
import { verifyModels } from '../../models/verify.ts'
import { lettersOf, storeEvents, tick } from '../models/bronzeRows.ts'
import { newProject, type Project } from '../models/project.ts'
import { filesOf, modelOf, readPage, sqlBlocksOf } from './pages.ts'
import { shopEvents } from './shopEvents.ts'

const page = readPage('models.md')
const sqlBlocks = sqlBlocksOf(page)
const files = filesOf(page)

/** The cells of the table below a heading, without the code marks of those that are code. */
function tableBelow(heading: string): string[][] {
  const section = page.slice(page.indexOf(`\n${heading}\n`) + heading.length + 2).split(/\n#+ /)[0]!
  const rows = section.split('\n').filter((line) => line.startsWith('|'))
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1')),
  )
}

const incremental = (grain: string, select: string) =>
  `-- An example.\n-- kind: incremental\n-- grain: ${grain}\n${select}\n`

let project: Project
beforeAll(async () => {
  project = await newProject(files)
  await project.apply()
  await project.rows(sqlBlocks.find((block) => block.startsWith('create table '))!)
  for (const [table, events] of Object.entries(shopEvents))
    await storeEvents(project.owner, table, events)
  await tick(project.owner)
  await project.rows(`select ops.run_job('refresh gold.customer_tenths')`)
})

test('every model of the page has a path', () => {
  const shown = sqlBlocks.filter((block) => block.includes('-- kind: '))
  expect(shown.length).toBeGreaterThanOrEqual(12)
  expect(shown.filter((block) => !Object.values(files).includes(block))).toEqual([])
})

test('every model of the page holds rows', async () => {
  for (const path of Object.keys(files).filter((file) => !file.endsWith('sources.sql'))) {
    const name = modelOf(path)
    if (/^-- kind: routine$/m.test(files[path]!)) continue
    expect(await project.rows(`select from ${name} limit 1`), name).toHaveLength(1)
  }
  expect(
    await project.rows(`select gold.revenue_between('2026-03-01', '2026-03-02')::text as revenue`),
  ).toEqual([{ revenue: '60.00' }])
})

test('verify finds every model of the page that is kept in a table equal', async () => {
  const kinds = Object.values(files).map((text) => /^-- kind: (\w+)$/m.exec(text)?.[1])
  const verdicts = await verifyModels(project.owner, [])
  expect(verdicts.filter(({ outcome }) => outcome !== 'equal')).toMatchObject([
    { model: 'gold.category_sales', outcome: 'not compared' },
  ])
  expect(verdicts).toHaveLength(kinds.filter((kind) => kind && isTable(kind as Kind)).length)
})

test('verify prints of these events what the page shows', async () => {
  const [, shown] = /^```\n(outcome [\s\S]*?)```/m.exec(page)!
  const names = [...shown!.matchAll(/^equal +(\S+)/gm)].map((match) => match[1]!)
  const verdicts = await verifyModels(project.owner, names)
  const table = verdicts.map(({ outcome, model, kind, message }) => ({
    outcome,
    model,
    kind,
    message,
  }))
  const lines = [...formatTable(table), `${names.length} equal, 0 different, 0 not compared.`]
  expect(shown!.trimEnd().split('\n')).toEqual(lines)
})

test('sessions, ranks and joined names are what the text says', async () => {
  expect(
    await project.rows(
      `select user_id, to_char(started_at at time zone 'UTC', 'HH24:MI') as started, views::int
      from gold.user_sessions order by 1, 2`,
    ),
  ).toEqual([
    { user_id: 'u1', started: '09:00', views: 3 },
    { user_id: 'u1', started: '11:00', views: 1 },
    { user_id: 'u2', started: '09:10', views: 1 },
  ])
  expect(
    await project.rows(
      `select place::int, product_id from gold.best_products
      where day_at = '2026-03-01 00:00+00' order by place`,
    ),
  ).toEqual([
    { place: 1, product_id: 'p2' },
    { place: 2, product_id: 'p1' },
  ])
  expect(
    await project.rows(`select product_id, product_name from gold.product_report order by 1`),
  ).toEqual([
    { product_id: 'p1', product_name: 'Tent, green' },
    { product_id: 'p2', product_name: null },
  ])
})

test('what is written by hand, and what takes entities as they were, follows too', async () => {
  expect(await project.rows('select user_id, order_id from gold.last_orders order by 1')).toEqual([
    { user_id: 'u1', order_id: 'o5' },
    { user_id: 'u2', order_id: 'o2' },
  ])
  expect(
    await project.rows('select category, units::int from gold.category_sales order by 1'),
  ).toEqual([{ category: null, units: 5 }])
})

test('a late view joins two sessions, and the model stays exact', async () => {
  await storeEvents(project.owner, 'app_views', [
    {
      payload: { view_id: 'v9', user_id: 'u3', screen: '/', event_time: '2026-03-01T09:00:00Z' },
    },
    {
      payload: { view_id: 'v10', user_id: 'u3', screen: '/', event_time: '2026-03-01T09:50:00Z' },
    },
  ])
  await tick(project.owner)
  const sessions = () =>
    project.rows(`select views::int from gold.user_sessions where user_id = 'u3'`)
  expect(await sessions()).toEqual([{ views: 1 }, { views: 1 }])
  await storeEvents(project.owner, 'web_views', [
    { payload: { view_id: 'v11', user_id: 'u3', page: '/', event_time: '2026-03-01T09:25:00Z' } },
  ])
  await tick(project.owner)
  expect(await sessions()).toEqual([{ views: 3 }])
  expect(await verifyModels(project.owner, ['gold.user_sessions'])).toMatchObject([
    { outcome: 'equal' },
  ])
})

test('the replay of the page stores its event, and gold follows', async () => {
  expect(await lettersOf(project.owner, 'silver.orders')).toEqual(['0/3 22P02'])
  const [replay] = sqlBlocks.filter((block) => block.includes('ops.replay_dead_letters('))
  const revenue = () =>
    project.rows(
      `select revenue::text from gold.hourly_sales where hour_at = '2026-03-01 12:00+00'`,
    )
  expect(await revenue()).toEqual([])
  await project.rows(replay!)
  await tick(project.owner)
  expect(await lettersOf(project.owner, 'silver.orders')).toEqual([])
  expect(await revenue()).toEqual([{ revenue: '7.50' }])
  expect(await verifyModels(project.owner, ['silver.orders', 'gold.hourly_sales'])).toMatchObject([
    { outcome: 'equal' },
    { outcome: 'equal' },
  ])
})

describe('what becomes of a select', () => {
  const rows = tableBelow('## What becomes of a select')

  test('each example is kept as the page says, exactly', async () => {
    expect(rows.length).toBeGreaterThanOrEqual(12)
    const name = (index: number) => `example_${index + 1}`
    project.write(
      Object.fromEntries(
        rows.map(([, , , grain, select], index) => [
          `shop/gold/${name(index)}.sql`,
          incremental(grain!, select!),
        ]),
      ),
    )
    await project.apply()
    await tick(project.owner)
    const kept = await project.rows<{ model: string; strategy: string }>(
      `select model, strategy from ops.models where object_name like 'example%'`,
    )
    const strategyOf = (index: number) =>
      kept.find(({ model }) => model === `gold.${name(index)}`)?.strategy
    expect(rows.map((row, index) => [row[4], strategyOf(index)])).toEqual(
      rows.map((row) => [row[4], row[1]]),
    )
    for (const [index, row] of rows.entries())
      expect(await project.rows(`select from gold.${name(index)} limit 1`), row[4]).toHaveLength(1)
    const verdicts = await verifyModels(
      project.owner,
      kept.map(({ model }) => model),
    )
    expect(verdicts.filter(({ outcome }) => outcome !== 'equal')).toEqual([])
  })
})

describe('refused', () => {
  test.each(tableBelow('### Refused'))('%s', async (select, message) => {
    const grain = /^select (?:distinct on \(\w+\) |[\w(*)]+ as )?(\w+)/.exec(select)![1]!
    project.write({ 'shop/gold/refused.sql': incremental(grain, select) })
    const complaint = await project.complaint()
    project.write({ 'shop/gold/refused.sql': null })
    expect(complaint).toMatch(/^shop\/gold\/refused\.sql:4:\d+: /)
    expect(complaint).toContain(message)
  })
})

test('orders and views are one group, products another', async () => {
  const groups = await project.rows<{ models: string[] }>(
    `select array_agg(model order by model) as models from ops.stored_models
    where model like 'silver.%' group by tick_group order by 1`,
  )
  expect(groups.map(({ models }) => models)).toEqual([
    ['silver.order_items', 'silver.orders', 'silver.page_views'],
    ['silver.products'],
  ])
})
