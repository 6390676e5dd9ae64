// What was altered by hand is found, also where readers do not see it yet.
import { beforeEach, expect, test } from 'vitest'
import { verifyModels } from '../../models/verify.ts'
import { storeEvents, tick } from './bronzeRows.ts'
import { newProject, type Project } from './project.ts'

const event = (name: string, header: string, where = '') => `-- ${name}.
-- kind: event
-- time: at
${header}select payload ->> 'id' as id, payload ->> 'g' as g, (payload ->> 'v')::int as v, kafka_at as at
from bronze.sales
${where}
`
const metric = (grain: string, select: string) =>
  `-- M.\n-- kind: incremental\n-- grain: ${grain}\n${select}\n`

let project: Project
beforeEach(async () => {
  project = await newProject({
    'lab/sources.sql': `-- Topics.\nselect ops.add_source('sales');\n`,
    'lab/silver/plain.sql': event('Plain', ''),
    'lab/silver/ever.sql': event('Ever', '-- key: id\n-- unique: ever\n'),
    'lab/silver/large.sql': event('Large', '', `where (payload ->> 'v')::int > 100`),
    'lab/silver/newest.sql': `-- N.\n-- kind: entity\n-- key: g\nselect payload ->> 'g' as g, payload ->> 'v' as v from bronze.sales\n`,
    'lab/gold/kinds.sql': metric(
      'g',
      `select g, count(distinct v) as kinds, count(distinct id) as ids from silver.ever group by g`,
    ),
    'lab/gold/often.sql': metric(
      'g',
      `select g, avg(v) as v from silver.ever group by g having count(*) > 1`,
    ),
    'lab/gold/lists.sql': metric(
      'g',
      `select g, array_agg(v order by at) as v from silver.ever group by g`,
    ),
  })
  await project.apply()
  await storeEvents(project.owner, 'sales', [
    { payload: { id: '1', g: 'a', v: 1 } },
    { payload: { id: '2', g: 'b', v: 1 } },
    { payload: { id: '3', g: 'b', v: 3 } },
    { payload: { id: '3', g: 'b', v: 3 } },
  ])
  await tick(project.owner)
})

const differences = async () =>
  (await verifyModels(project.owner, []))
    .filter(({ outcome }) => outcome !== 'equal')
    .map(({ model, outcome, message }) => `${model} ${outcome}: ${message}`)

test('what nobody altered is equal', async () => {
  expect(await differences()).toEqual([])
})

const below = (count: number) =>
  `different: 0 rows are stored that should not be, 0 are missing, ${count} rows below it, of which the next figures are made, are wrong`
const events = (counts: string, account: string) =>
  `different: 0 rows are stored that should not be, 0 events are missing or incomplete, 0 dead letters are none, ${counts} (${account})`
const everAccount = '3 stored + 0 dead + 1 repeated + 0 filtered = 4 events'

test.each([
  [
    'a value that was counted as distinct is gone',
    `delete from store.gold_kinds_v1_distinct_1 where g = 'a'`,
    [`gold.kinds ${below(1)}`],
  ],
  [
    'a value was counted as distinct that no event has',
    `insert into store.gold_kinds_v1_distinct_2 values ('b', '9')`,
    [`gold.kinds ${below(1)}`],
  ],
  [
    'a group that having hides',
    `delete from store.gold_often_v1 where g = 'a'`,
    [`gold.often ${below(1)}`],
  ],
  [
    'a key that is kept for ever is gone',
    `delete from store.silver_ever_v1_keys where id = '1'`,
    [`silver.ever ${events('1 keys are kept wrongly', everAccount)}`],
  ],
  [
    'a key is kept for ever that no event has',
    `insert into store.silver_ever_v1_keys values ('77')`,
    [`silver.ever ${events('1 keys are kept wrongly', everAccount)}`],
  ],
  [
    'a row is in another slice',
    `update store.silver_ever_v1 set slice_no = 999 where id = '1'`,
    [
      `silver.ever ${events('2 slices do not hold the rows that were counted', everAccount)}`,
      // a model that took slices one by one would miss it
      `gold.kinds ${below(3)}`,
      `gold.often ${below(1)}`,
    ],
  ],
  [
    'a row was invented at an offset that bronze never had',
    `insert into store.silver_plain_v1
    select (jsonb_populate_record(null::store.silver_plain_v1, to_jsonb(plain) || '{"sluice_offset": 4711}')).*
    from store.silver_plain_v1 as plain
    where id = '1'`,
    [
      'silver.plain different: 1 rows are stored that should not be, 0 events are missing or incomplete, 0 dead letters are none, 1 slices do not hold the rows that were counted (5 stored + 0 dead + 0 repeated + 0 filtered = 4 events)',
    ],
  ],
])('found: %s', async (_what, alteration, found) => {
  await project.rows(alteration)
  expect(await differences()).toEqual(found)
})

test('found, by all models that read it: an event is gone from bronze that was repeated, filtered or replaced by a newer one', async () => {
  await project.rows('delete from bronze.sales where kafka_offset = 2')
  const uncounted = '1 events of bronze are not as the ledger counts them'
  expect(await differences()).toEqual([
    expect.stringMatching(`^silver.ever different: .*${uncounted}`) as string,
    `silver.large ${events(uncounted, '0 stored + 0 dead + 0 repeated + 4 filtered = 4 events')}`,
    `silver.newest different: 0 entries are stored that should not be, 0 are missing, 0 dead letters are none, ${uncounted}`,
    expect.stringMatching(`^silver.plain different: .*${uncounted}`) as string,
  ])
})
