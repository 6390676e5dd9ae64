// Event tables that are partitioned by day, and events of more days than a server has locks for.
import { beforeAll, expect, test } from 'vitest'
import { verifyModels } from '../../models/verify.ts'
import { lettersOf, storeEvents, tick } from '../models/bronzeRows.ts'
import { newProject, type Project } from '../models/project.ts'

const model = (select: string) => `-- Rows.
-- kind: event
-- key: id
-- time: at
-- retain: 30 days
select payload ->> 'id' as id, (payload ->> 'at')::timestamptz as at${select}
`
const files = {
  'lab/sources.sql': `-- Topics.\nselect ops.add_source('e');\n`,
  'lab/silver/days.sql': model(' from bronze.e'),
  'lab/silver/items.sql': model(', item from bronze.e cross join generate_series(1, 1) as item'),
}

let project: Project
beforeAll(async () => {
  project = await newProject(files)
  await project.apply()
})

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString()
const store = async (events: object[]): Promise<void> => {
  await storeEvents(
    project.owner,
    'e',
    events.map((payload) => ({ payload })),
  )
  await tick(project.owner)
}
const partitions = async (name: string) =>
  (
    await project.rows<{ name: string }>(
      `select relname as name from pg_inherits join pg_class on oid = inhrelid
      where inhparent = 'store.silver_days_v1'::regclass and relname like $1 order by 1`,
      [`silver_days_v1_${name}`],
    )
  ).map((row) => row.name.replace('silver_days_v1_', ''))
const timesOf = async (id: string, model = 'days') =>
  (
    await project.rows<{ at: Date }>(`select at from silver.${model} where id = $1 order by at`, [
      id,
    ])
  ).map(({ at }) => at.toISOString().slice(0, 13))

test('events of the days of many years are stored, by the month, some partitions at a time', async () => {
  const events = Array.from({ length: 1_500 }, (_, n) => ({
    id: `e${n}`,
    at: new Date(Date.UTC(1990, 0, 1 + 4 * n)).toISOString(),
  }))
  await storeEvents(
    project.owner,
    'e',
    events.map((payload) => ({ payload })),
  )
  expect(await project.rows('select ops.tick() as events')).toEqual([{ events: '1' }])
  expect((await partitions('______')).length).toBe(100)
  await tick(project.owner)
  expect(await project.rows('select count(*)::int as n from silver.days')).toEqual([{ n: 1_500 }])
  expect((await partitions('______')).length).toBe(198)
  expect(await lettersOf(project.owner, 'silver.days')).toEqual([])
})

test('days that are not long past have partitions of their own, as others of their month have', async () => {
  const month = daysAgo(200).slice(0, 8)
  await project.rows(`select set_config('sluice.now', $1, false)`, [`${month}20T00:00:00Z`])
  await store([{ id: 'then', at: `${month}10T12:00:00Z` }])
  await project.rows(`select set_config('sluice.now', '', false)`)
  await store([
    { id: 'late', at: `${month}11T12:00:00Z` },
    { id: 'new', at: daysAgo(3) },
  ])
  const day = (at: string) => at.slice(0, 10).replaceAll('-', '')
  expect(await partitions('________')).toEqual(
    expect.arrayContaining([`${day(month)}10`, `${day(month)}11`, day(daysAgo(3))]),
  )
  expect(await timesOf('late')).toEqual([`${month}11T12`])
})

test('in a partition of a month a key repeats within its day', async () => {
  await store([
    { id: 'twice', at: '1980-05-01T10:00:00Z' },
    { id: 'twice', at: '1980-05-01T11:00:00Z' },
    { id: 'twice', at: '1980-05-02T10:00:00Z' },
  ])
  await store([{ id: 'twice', at: '1980-05-02T11:00:00Z' }])
  const both = ['1980-05-01T10', '1980-05-02T10']
  expect(await timesOf('twice')).toEqual(both)
  expect(await timesOf('twice', 'items')).toEqual(both)
  const outcomes = async () => (await verifyModels(project.owner, [])).map(({ outcome }) => outcome)
  expect(await outcomes()).toEqual(['equal', 'equal'])
  project.write({ 'lab/silver/days.sql': model(', 1 as one from bronze.e') })
  await project.apply()
  expect(await timesOf('twice')).toEqual(both)
  expect(await outcomes()).toEqual(['equal', 'equal'])
})
