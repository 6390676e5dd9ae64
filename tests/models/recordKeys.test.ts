// Keys that are records, and events that are bad and repeated in one.
import { beforeAll, expect, test } from 'vitest'
import { verifyModels } from '../../models/verify.ts'
import { lettersOf, storeEvents, tick } from './bronzeRows.ts'
import { newProject, type Project } from './project.ts'

const event = (lines: string, from = '') => `-- Rows.
-- kind: event
-- time: at
${lines}
select (e.payload ->> 'pair')::lab.pair as pair, ${from === '' ? '1' : 'item'} as item, (e.payload ->> 'at')::timestamptz as at
from bronze.e as e${from}
`
const items = ' cross join lateral generate_series(1, 2) as item'

let project: Project
beforeAll(async () => {
  project = await newProject({
    'lab/sources.sql': `-- Topics.\nselect ops.add_source('e');\n`,
    'lab/silver/monthly.sql': event('-- key: pair'),
    'lab/silver/ever.sql': event('-- key: pair\n-- unique: ever'),
    'lab/silver/items.sql': event('-- key: pair, item', items),
    'lab/silver/items_ever.sql': event('-- key: pair, item\n-- unique: ever', items),
  })
  await project.rows('create schema lab; create type lab.pair as (l int, r text)')
  await project.apply()
  const at = '2026-03-01T10:00:00Z'
  for (const pair of ['(1,)', '(,)', '(1,x)', '(1,)', '(,)', null, null])
    await storeEvents(project.owner, 'e', [{ payload: { pair, at } }])
  await tick(project.owner)
  await storeEvents(project.owner, 'e', [
    { payload: { pair: '(1,)', at } },
    { payload: { pair: '(1,x)', at: null } },
  ])
  await tick(project.owner)
})

test.each([
  ['monthly', 5],
  ['ever', 5],
  ['items', 10],
  ['items_ever', 10],
])('a record with a null in it repeats, a null does not: %s', async (model, rows) => {
  expect((await project.rows(`select from silver.${model}`)).length).toBe(rows)
})

test.each(['monthly', 'ever', 'items', 'items_ever'])(
  'an event that is bad is a dead letter, though its key is stored: %s',
  async (model) => {
    expect((await lettersOf(project.owner, `silver.${model}`)).length).toBe(1)
    const [verdict] = await verifyModels(project.owner, [`silver.${model}`])
    expect(verdict!.outcome).toBe('equal')
  },
)
