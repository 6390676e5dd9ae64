import { expect, test } from 'vitest'
import { newProject } from './project.ts'

const scans = (more: string) => `-- Scans.
-- kind: event
-- key: parcel, place
-- time: at
${more}select
  payload ->> 'parcel' as parcel,
  payload ->> 'place' as place,
  (payload ->> 'weight')::int as weight,
  (payload ->> 'at')::timestamptz as at
from bronze.scans
`
const middles = (table: string, column: string) => `-- Middle weights.
-- kind: incremental
-- grain: ${column}
select ${column}, percentile_disc(0.5) within group (order by weight) as middle
from silver.${table}
group by ${column}
`

test('a regrouped model has an index on its event table, unless that of the key begins as it would', async () => {
  const project = await newProject({
    'post/sources.sql': `-- Topics.\nselect ops.add_source('scans');\n`,
    'post/silver/scans.sql': scans(''),
    'post/silver/scans_ever.sql': scans('-- unique: ever\n'),
    'post/gold/by_parcel.sql': middles('scans', 'parcel'),
    'post/gold/by_place.sql': middles('scans', 'place'),
    'post/gold/by_parcel_ever.sql': middles('scans_ever', 'parcel'),
  })
  await project.apply()
  const columnsOf = (table: string) =>
    project.rows(
      `select substring(pg_get_indexdef(indexrelid) from '[(].*') as columns
      from pg_index
      where indrelid = 'store.silver_${table}_v1'::regclass
      order by 1`,
    )
  expect(await columnsOf('scans')).toEqual([{ columns: '(place)' }, { columns: '(slice_no)' }])
  // its keys stand in a table of their own
  expect(await columnsOf('scans_ever')).toEqual([
    { columns: '(parcel)' },
    { columns: '(slice_no)' },
  ])
})
