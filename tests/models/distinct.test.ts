import { expect, test } from 'vitest'
import { storeEvents, tick } from './bronzeRows.ts'
import { storeMany } from './manyRows.ts'
import { newProject } from './project.ts'
import { testsRole } from '../support/templates.ts'

test('values of a type with an equality of its own are counted by that', async () => {
  const project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('visits');\n`,
    'shop/silver/visits.sql': `-- Visits.
-- kind: event
-- key: id
-- time: visited_at
select
  (payload ->> 'id')::int as id,
  (payload ->> 'page')::types.citext as page,
  (payload ->> 'name')::types.citext as visitor_name,
  kafka_at as visited_at
from bronze.visits
`,
    'shop/gold/visitors.sql': `-- Visitors of each page.
-- kind: incremental
-- grain: page
select page, count(*) as visits, count(distinct visitor_name) as visitors
from silver.visits
group by page
`,
  })
  const admin = await project.database.client(testsRole)
  await admin.query('create schema types')
  await admin.query('create extension citext schema types')
  await admin.query('grant usage on schema types to public')
  await project.apply()

  let id = 0
  const visit = (page: string, name: string) => ({ payload: { id: (id += 1), page, name } })
  await storeEvents(project.owner, 'visits', [visit('Home', 'Ann'), visit('home', 'ANN')])
  await tick(project.owner)
  await storeEvents(project.owner, 'visits', [visit('HOME', 'ann'), visit('home', 'Bob')])
  await tick(project.owner)

  expect(await project.rows('select visits::int, visitors::int from gold.visitors')).toEqual([
    { visits: 4, visitors: 2 },
  ])
  expect(await project.rows('select model, error from ops.lagging_models')).toEqual([])
})

test('new values are looked for by index, also where a table was vacuumed while it was empty', async () => {
  const project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('visits');\n`,
    'shop/silver/visits.sql': `-- Visits.
-- kind: event
-- time: visited_at
select (payload ->> 'visitor')::int as visitor_no, kafka_at as visited_at
from bronze.visits
`,
    'shop/gold/visitors.sql': `-- Visitors of each month.
-- kind: incremental
-- grain: month_at
select date_trunc('month', visited_at) as month_at, count(distinct visitor_no) as visitors
from silver.visits
group by 1
`,
  })
  await project.apply()
  await storeEvents(project.owner, 'visits', [{ payload: { visitor: -1 } }])
  await tick(project.owner)
  const side = 'gold_visitors_v1_distinct_1'
  await project.rows(`truncate store.${side}`)
  await project.rows(`vacuum analyze store.${side}`)
  const payload = `jsonb_build_object('visitor', n / 2)`
  await storeMany(project.owner, 'visits', { batches: 1, rows: 4_000, payload })
  // the server counts per session, until it has told others
  await project.rows('begin')
  await tick(project.owner)
  const [looks] = await project.rows<{ by_index: number; at_all: number }>(
    `select idx_scan::int as by_index, seq_scan::int as at_all
    from pg_stat_xact_all_tables
    where relname = '${side}'`,
  )
  await project.rows('commit')
  expect(looks!.by_index).toBeGreaterThan(2_000)
  expect(looks!.at_all).toBeLessThan(10)
  expect(await project.rows('select sum(visitors)::int as visitors from gold.visitors')).toEqual([
    { visitors: 2_002 },
  ])
})

test('values of another collation are not looked for among all that is stored', async () => {
  const project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('visits');\n`,
    'shop/silver/visits.sql': `-- Visits.
-- kind: event
-- time: visited_at
select payload ->> 'visitor' as visitor, kafka_at as visited_at
from bronze.visits
`,
    'shop/gold/visitors.sql': `-- Visitors by the first letter.
-- kind: incremental
-- grain: letter
select left(visitor, 1) collate "C" as letter, count(distinct visitor collate "C") as visitors
from silver.visits
group by 1
`,
  })
  await project.apply()
  await storeEvents(project.owner, 'visits', [{ payload: { visitor: 'first' } }])
  const payload = `jsonb_build_object('visitor', 'v' || n / 2)`
  const rows = 2_000
  await storeMany(project.owner, 'visits', { batches: 1, rows, payload })
  await tick(project.owner)
  await storeMany(project.owner, 'visits', { batches: 1, rows, payload })
  // the server counts per session, until it has told others
  await project.rows('begin')
  await tick(project.owner)
  const [read] = await project.rows<{ rows: number }>(
    `select (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as rows
    from pg_stat_xact_all_tables
    where relname = 'gold_visitors_v1_distinct_1'`,
  )
  await project.rows('commit')
  expect(read!.rows).toBeLessThan(rows)
  expect(await project.rows('select letter, visitors::int from gold.visitors order by 1')).toEqual([
    { letter: 'f', visitors: 1 },
    { letter: 'v', visitors: rows + 1 },
  ])
})
