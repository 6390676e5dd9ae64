// Texts of event and entity models that are compared in a collation of their own.
import { beforeAll, expect, test } from 'vitest'
import { verifyModels } from '../../models/verify.ts'
import { storeEvents, tick } from './bronzeRows.ts'
import { differences } from './exact.ts'
import { newProject, type Project } from './project.ts'

const header = (kind: string, lines: string) => `-- Rows.\n-- kind: ${kind}\n${lines}\n`
const id = `(payload ->> 'id') collate lab.any_case as id`
const columns = `${id}, payload ->> 'n' as n, kafka_at as at`
const event = (keys: string) =>
  `${header('event', `${keys}\n-- time: at`)}select ${columns} from bronze.e\n`

const files: Record<string, string> = {
  'lab/sources.sql': `-- Topics.\nselect ops.add_source('e');\n`,
  'lab/silver/keyed.sql': event('-- key: id'),
  'lab/silver/ever.sql': event('-- key: id\n-- unique: ever'),
  'lab/silver/plain.sql': `${header('event', '-- time: at')}select ${columns}, (payload ->> 'i')::int as i from bronze.e\n`,
  'lab/silver/items.sql': `${header('event', '-- key: id\n-- time: at')}select ${columns}, item
from bronze.e cross join lateral generate_series(1, 1) as item\n`,
  'lab/silver/items_ever.sql': `${header('event', '-- key: id, item\n-- unique: ever\n-- time: at')}select ${columns}, item
from bronze.e cross join lateral generate_series(1, 2) as item\n`,
  'lab/silver/newest.sql': `${header('entity', '-- key: id')}select ${id}, payload ->> 'n' as n from bronze.e\n`,
  'lab/silver/removed.sql': `${header('entity', '-- key: id\n-- delete: tombstone')}select ${id}, payload ->> 'n' as n from bronze.e\n`,
  'lab/silver/versions.sql': `${header('entity', '-- key: k\n-- version: v')}select
  payload ->> 'k' as k, (payload ->> 'n') collate "en-US-x-icu" as v from bronze.e\n`,
  'lab/gold/counts.sql': `${header('incremental', '-- grain: id')}select id, count(*) as events from silver.plain group by id\n`,
}

let project: Project
beforeAll(async () => {
  project = await newProject(files)
  await project.rows(`create schema lab;
    create collation lab.any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`)
  await project.apply()
  const payloads = [
    { k: 'k', id: 'A', n: 'a' },
    { k: 'k', id: 'b', n: 'B' },
    { k: 'k', id: 'a', n: 'A' },
    { k: 'k', id: 'B', n: 'a' },
    { k: 'k', id: 'B', n: 'b' },
  ]
  // two in one batch, then one by one
  await storeEvents(
    project.owner,
    'e',
    payloads.slice(0, 3).map((payload, n) => ({ payload, at: `2026-03-01T10:00:0${n}Z` })),
  )
  await tick(project.owner)
  for (const payload of payloads.slice(3)) {
    await storeEvents(project.owner, 'e', [{ payload, at: '2026-03-01T10:00:09Z' }])
    await tick(project.owner)
  }
})

const rowsOf = async (model: string) =>
  (
    await project.rows<{ shown: string }>(
      `select concat_ws(' ', id, n) as shown from silver.${model} order by id, n`,
    )
  ).map(({ shown }) => shown)

test.each(['keyed', 'ever', 'items'])('a key repeats by its collation: %s', async (model) => {
  expect(await rowsOf(model)).toEqual(['A a', 'b B'])
})

test('the rows of an event repeat by the collation of their key', async () => {
  expect(await rowsOf('items_ever')).toEqual(['A a', 'A a', 'b B', 'b B'])
})

test.each(['newest', 'removed'])(
  'an entity is one by the collation of its key: %s',
  async (model) => {
    expect(await rowsOf(model)).toEqual(['a A', 'B b'])
  },
)

test('versions are ordered by their collation', async () => {
  expect(await project.rows('select v from silver.versions')).toEqual([{ v: 'B' }])
})

test('a model above groups by the collation of the column that it reads', async () => {
  expect(await project.rows('select events from gold.counts order by id')).toEqual([
    { events: '2' },
    { events: '3' },
  ])
  expect(await differences(project.owner, 'gold.counts')).toEqual([])
})

test('verify compares in the same collations', async () => {
  const verdicts = await verifyModels(project.owner, [])
  expect(verdicts.filter(({ outcome }) => outcome !== 'equal')).toEqual([])
  expect(verdicts.find(({ model }) => model === 'silver.keyed')!.message).toContain('3 repeated')
})

test('a table that is filled anew has the same keys', async () => {
  project.write({
    'lab/silver/keyed.sql': files['lab/silver/keyed.sql']!.replace(`as n`, `as n, 1 as more`),
  })
  await project.apply()
  expect(await rowsOf('keyed')).toEqual(['A a', 'b B'])
})

test('a part is not joined by texts of two collations', async () => {
  project.write({
    'lab/gold/pairs.sql': `${header('incremental', '-- grain: id')}select plain.id, count(*) as pairs
from silver.plain join silver.plain as other on other.n = plain.id group by plain.id\n`,
  })
  const complaint = await project.complaint()
  expect(complaint).toContain('a part is joined by texts of two collations')
  expect(complaint).toContain('Collate both alike, in the event models.')
  project.write({ 'lab/gold/pairs.sql': null })
})
