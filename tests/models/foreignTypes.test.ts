// citext, whose equality is not that of PostgreSQL's own types: `=` finds another one where only pg_catalog is in the path.
import { beforeAll, expect, test } from 'vitest'
import { storeEvents, tick } from './bronzeRows.ts'
import { differences } from './exact.ts'
import { newProject, type Project } from './project.ts'

const model = (lines: string, select: string) => `-- Rows.\n${lines}\n${select}\n`
const event = model(
  '-- kind: event\n-- time: at',
  `select (payload ->> 'name')::lab.citext as name, payload ->> 'name' as text, kafka_at as at from bronze.e`,
)

let project: Project
beforeAll(async () => {
  project = await newProject({
    'lab/sources.sql': `-- Topics.\nselect ops.add_source('e');\n`,
    'lab/silver/names.sql': event,
    'lab/gold/counts.sql': model(
      '-- kind: incremental\n-- grain: name',
      'select name, count(*) as n, count(distinct name) as names from silver.names group by name',
    ),
    'lab/gold/medians.sql': model(
      '-- kind: incremental\n-- grain: name',
      `select lower(name::text) as name, percentile_disc(0.5) within group (order by at) as median from silver.names group by 1`,
    ),
  })
  await project.rows('create schema lab; create extension citext schema lab')
  await project.apply()
})

test('counts by such a value are merged as the select counts them', async () => {
  for (const name of ['a', 'A', 'b', 'a']) {
    await storeEvents(project.owner, 'e', [{ payload: { name } }])
    await tick(project.owner)
  }
  expect(await differences(project.owner, 'gold.counts')).toEqual([])
  expect(await differences(project.owner, 'gold.medians')).toEqual([])
  expect(await project.rows('select n from gold.counts order by n')).toEqual([
    { n: '1' },
    { n: '3' },
  ])
})

test('a part is not of such a type', async () => {
  project.write({
    'lab/gold/x.sql': model(
      '-- kind: incremental\n-- grain: name',
      'select name, percentile_disc(0.5) within group (order by at) as median from silver.names group by name',
    ),
  })
  const complaint = await project.complaint()
  expect(complaint).toContain(`a part can't be of lab.citext, as name is`)
  expect(complaint).toContain('Make it a text: lower((…)::text), for example.')
  project.write({ 'lab/gold/x.sql': null })
})

test.each([
  ['event', '-- key: name\n-- time: at', 'name'],
  ['entity', '-- key: name', 'name'],
  ['entity', '-- key: text\n-- version: name', 'name'],
])('a key or a version of kind %s is not of such a type: %s', async (kind, lines, name) => {
  project.write({
    'lab/silver/x.sql': event.replace('-- kind: event\n-- time: at', `-- kind: ${kind}\n${lines}`),
  })
  expect(await project.complaint()).toContain(
    `"${name}" is lab.citext, whose values are not compared as PostgreSQL's own are`,
  )
  project.write({ 'lab/silver/x.sql': null })
})
