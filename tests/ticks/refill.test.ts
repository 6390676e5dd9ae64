import { randomBytes } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { verifyModels } from '../../models/verify.ts'
import { lettersOf, storeEvents, tick, type Event } from '../models/bronzeRows.ts'
import { storeMany } from '../models/manyRows.ts'
import { newProject } from '../models/project.ts'

vi.setConfig({ testTimeout: 120_000 })

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

/** Regrouped: has an index of its own on the table of scans, beside the key's. */
const weighings = `-- Weighings.
-- kind: incremental
-- grain: place
select place, array_agg(weight order by at, weight) as weights
from silver.scans
group by place
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
  // its partition comes first, as it did then
  await storeEvents(owner, 'scans', [scan('b', 'x', 3, { partition: 1 })])
  await storeEvents(owner, 'scans', [
    scan('z', 'x', 0),
    scan('a', 'x', 1),
    // repeated in its batch
    scan('a', 'x', 2),
    scan(null, 'x', 4),
    scan('c', 'x', 'heavy'),
  ])
  await tick(owner)
  await storeEvents(owner, 'scans', [
    // repeated in a later batch, and in one of another partition
    scan('a', 'x', 5),
    scan('b', 'x', 6),
    scan('b', 'y', 7),
    // a key that holds a null repeats nothing
    scan(null, 'x', 8),
    // nor does what stands in another partition of the table, but within that
    inApril(scan('a', 'x', 9)),
    inApril(scan('a', 'x', 10)),
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
  expect(before.map((row) => row['weight'])).toEqual([0, 1, 4, 7, 8, 9, 3])
  const heardBefore = await rows('silver_heard_v1')
  expect(heardBefore).toHaveLength(12)
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
  // ticks store in the order of keys
  expect(
    await project.rows('select weight from store.silver_scans_v2_202603 order by ctid'),
  ).toEqual([3, 0, 1, 4, 7, 8].map((weight) => ({ weight })))
  expect(await lettersOf(owner, 'silver.scans')).toEqual(['0/4 22P02'])
  expect(
    await project.rows(
      `select model, sum(row_count)::int as n from ops.slices group by model order by model`,
    ),
  ).toEqual([
    { model: 'silver.heard', n: 12 },
    { model: 'silver.scans', n: 7 },
  ])

  await storeEvents(owner, 'scans', [scan('b', 'x', 11), scan('b', 'z', 12)])
  await tick(owner)
  expect((await rows('silver_scans_v2')).map((row) => row['weight'])).toEqual([
    0, 1, 4, 7, 8, 9, 12, 3,
  ])
  expect((await verifyModels(owner, [])).map(({ model, outcome }) => [model, outcome])).toEqual([
    ['silver.heard', 'equal'],
    ['silver.scans', 'equal'],
    ['gold.weighings', 'equal'],
  ])
})

test('a key that no index can hold is a dead letter again', async () => {
  const project = await newProject({
    'post/sources.sql': `-- Topics.\nselect ops.add_source('scans');\n`,
    'post/silver/scans.sql': scans,
  })
  const { owner } = project
  await project.apply()
  const long = scan(randomBytes(8_000).toString('hex'), 'x', 2)
  await storeEvents(owner, 'scans', [scan('a', 'x', 1), long, scan('b', 'x', 3)])
  await tick(owner)
  expect(await lettersOf(owner, 'silver.scans')).toEqual(['0/1 54000'])
  project.write({ 'post/silver/scans.sql': scans.replace('::int', '::int * 10') })
  await project.apply()
  expect(await lettersOf(owner, 'silver.scans')).toEqual(['0/1 54000'])
  expect(await project.rows('select weight from silver.scans order by 1')).toEqual([
    { weight: 10 },
    { weight: 30 },
  ])
  expect((await verifyModels(owner, [])).map(({ outcome }) => outcome)).toEqual(['equal'])
})

test('months in the middle of a long history get their partitions and indexes, under names that PostgreSQL cuts', async () => {
  const authorisations = `-- Authorisations.
-- kind: event
-- key: merchant_number, payment_number
-- time: at
select
  payload ->> 'm' as merchant_number,
  payload ->> 'n' as payment_number,
  (payload ->> 'at')::timestamptz as at
from bronze.authorisations
`
  const path = 'bank/silver/payment_card_authorisations.sql'
  const project = await newProject({
    'bank/sources.sql': `-- Topics.\nselect ops.add_source('authorisations');\n`,
    [path]: authorisations,
  })
  const { owner } = project
  await project.apply()
  await owner.query(
    `select ops.open_partitions(source_id, 1::smallint, '[{"partition": 0, "first_offset": 0, "start_offset": 0, "end_offset": 0}]')
    from ops.sources`,
  )
  // a month each; the partitions of the first and of the last 100,000 events are not all
  const rows = 51_000
  await storeMany(owner, 'authorisations', {
    batches: 5,
    rows,
    payload: `jsonb_build_object('m', n % 7, 'n', n, 'at', timestamptz '2026-01-15Z' + n / ${rows} * interval '1 month')`,
  })
  await tick(owner)
  project.write({ [path]: authorisations.replace(`'n' as`, `'n' || '' as`) })
  await project.apply()
  const partitions = await project.rows(
    `select relname as name, indexes.n
    from pg_partition_tree('store.silver_payment_card_authorisations_v2')
    join pg_class on pg_class.oid = relid
    cross join lateral (
      select count(*)::int as n from pg_index where indrelid = relid and indisunique and indisvalid
    ) as indexes
    where isleaf and relname ~ '20260[1-5]'
    order by 1`,
  )
  expect(partitions).toHaveLength(5)
  expect(partitions.map(({ n }) => n)).toEqual([1, 1, 1, 1, 1])
  expect((await verifyModels(owner, [])).map(({ outcome }) => outcome)).toEqual(['equal'])
})
