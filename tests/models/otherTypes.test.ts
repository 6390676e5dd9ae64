import { expect, test } from 'vitest'
import { storeEvents, tick } from './bronzeRows.ts'
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
