import { expect, test } from 'vitest'
import { verifyModels } from '../../models/verify.ts'
import { lettersOf, storeEvents, tick, type Event } from '../models/bronzeRows.ts'
import { newProject } from '../models/project.ts'

const scans = `-- Scans.
-- kind: event
-- key: parcel, place
-- time: at
select
  payload ->> 'parcel' as parcel,
  payload ->> 'place' as place,
  (payload ->> 'weight')::int as weight,
  (payload ->> 'at')::timestamptz as at
from bronze.scans
`

const heard = `-- What was heard, without a key.
-- kind: event
-- time: at
select payload ->> 'parcel' as parcel, (payload ->> 'at')::timestamptz as at
from bronze.scans
`

/** Regrouped: has an index of its own on the table of scans, of the same columns as the key's. */
const weighings = `-- Weighings.
-- kind: incremental
-- grain: parcel, place
-- scope: parcel, place
select parcel, place, array_agg(weight order by at, weight) as weights
from silver.scans
group by parcel, place
`

function scan(
  parcel: string | null,
  place: string,
  weight: number | string,
  more: Partial<Event> = {},
): Event {
  return { payload: { parcel, place, weight, at: '2026-03-01T10:00:00Z' }, ...more }
}
const inApril = (event: Event): Event => ({
  ...event,
  payload: { ...event.payload, at: '2026-04-01T10:00:00Z' },
})

test('a changed event model is filled as it was, and has its indexes again', async () => {
  const project = await newProject({
    'post/sources.sql': `-- Topics.\nselect ops.add_source('scans');\n`,
    'post/silver/scans.sql': scans,
    'post/silver/heard.sql': heard,
    'post/gold/weighings.sql': weighings,
  })
  const { owner } = project
  await project.apply()
  await storeEvents(owner, 'scans', [
    scan('a', 'x', 1),
    // repeated in its batch
    scan('a', 'x', 2),
    scan('b', 'x', 3),
    scan(null, 'x', 4),
    scan('c', 'x', 'heavy'),
  ])
  await tick(owner)
  await storeEvents(owner, 'scans', [
    // repeated in a later batch, and in one of another partition
    scan('a', 'x', 5),
    scan('b', 'x', 6, { partition: 1 }),
    scan('b', 'y', 7),
    // a key that holds a null repeats nothing
    scan(null, 'x', 8),
    // nor does what stands in another partition of the table, but within that
    inApril(scan('a', 'x', 9)),
    inApril(scan('a', 'x', 10, { partition: 1 })),
  ])
  await tick(owner)

  const rows = (model: string) =>
    project.rows(
      `select stored.* from store.${model} as stored
      order by sluice_source_id, sluice_partition, sluice_offset`,
    )
  const indexes = async (version: number) =>
    (
      await project.rows<{ definition: string }>(
        `select indexdef || coalesce(' ' || inhparent::regclass, '') as definition
        from pg_indexes
        left join pg_inherits on inhrelid = format('store.%I', indexname)::regclass
        where schemaname = 'store' and tablename ~ '^silver_[a-z]+_v[0-9]+(_20260[34])?$' and indexdef like $1
        order by indexname`,
        [`%\\_v${version}%`],
      )
    ).map(({ definition }) => definition.replaceAll(`_v${version}`, ''))
  const withoutSlices = (found: Record<string, unknown>[]) =>
    found.map((row) => ({ ...row, slice_no: undefined }))
  const before = await rows('silver_scans_v1')
  expect(before.map((row) => row['weight'])).toEqual([1, 3, 4, 7, 8, 9])
  const heardBefore = await rows('silver_heard_v1')
  expect(heardBefore).toHaveLength(11)
  const indexesBefore = await indexes(1)
  expect(indexesBefore.filter((one) => one.startsWith('CREATE UNIQUE'))).toHaveLength(2)

  project.write({
    'post/silver/scans.sql': scans.replace('::int', '::int + 0'),
    'post/silver/heard.sql': heard.replace(`'parcel' as`, `'parcel' || '' as`),
  })
  await project.apply()
  expect(withoutSlices(await rows('silver_scans_v2'))).toEqual(withoutSlices(before))
  expect(withoutSlices(await rows('silver_heard_v2'))).toEqual(withoutSlices(heardBefore))
  expect(await indexes(2)).toEqual(indexesBefore)
  expect(await lettersOf(owner, 'silver.scans')).toEqual(['0/4 22P02'])
  expect(
    await project.rows(
      `select model, sum(row_count)::int as n from ops.slices group by model order by model`,
    ),
  ).toEqual([
    { model: 'silver.heard', n: 11 },
    { model: 'silver.scans', n: 6 },
  ])

  await storeEvents(owner, 'scans', [scan('b', 'x', 11), scan('b', 'z', 12)])
  await tick(owner)
  expect((await rows('silver_scans_v2')).map((row) => row['weight'])).toEqual([
    1, 3, 4, 7, 8, 9, 12,
  ])
  expect((await verifyModels(owner, [])).map(({ model, outcome }) => [model, outcome])).toEqual([
    ['silver.heard', 'equal'],
    ['silver.scans', 'equal'],
    ['gold.weighings', 'equal'],
  ])
})
