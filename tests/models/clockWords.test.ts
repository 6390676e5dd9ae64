// Texts of events that PostgreSQL takes for the clock: no model may store what they mean.
import { beforeAll, expect, test } from 'vitest'
import { lettersOf, storeEvents, tick } from './bronzeRows.ts'
import { newProject, viewsFolder, type Project } from './project.ts'
import { fileOf, problemAt } from './tableFiles.ts'

const files = {
  'shop/sources.sql': `-- Topics.\nselect ops.add_source('sales');\n`,
  'shop/silver/sales.sql': `-- Sales.
-- kind: event
-- time: at
select
  payload ->> 'due' as due, array[payload ->> 'due'] as dues, payload as doc, kafka_at as at
from bronze.sales
`,
}

const hidden = [
  'A text becomes a time here, where Sluice does not see whether it is a word for the clock',
  'Take it as text, and cast it in the list of outputs: (…)::timestamptz.',
] as const
const refused = [
  'A text becomes a time here, and may be a word for the clock',
  'Cast it in the event model, where an event with such a word is a dead letter.',
] as const

let project: Project
beforeAll(async () => {
  project = await newProject()
  await project.rows(`create schema lab;
    create domain lab.paid_at as timestamptz;
    create type lab.stay as (room text, left_at lab.paid_at);
    create type lab.pair as (l int, r text)`)
})

/** What plan says of a model beside silver.sales; undefined when it takes it. */
async function complaintOf(file: Record<string, string>): Promise<string | undefined> {
  const folder = viewsFolder({ ...files, ...file })
  return project.plan({ folders: [folder] }).then(
    () => undefined,
    (error: Error) => error.message.replaceAll(`${folder}/`, ''),
  )
}

test.each([
  ['due::timestamptz', 'due'],
  ['due::text::varchar::date', 'due'],
  ['(due::lab.paid_at)::date', 'due'],
  ['due::tstzrange', 'due'],
  ['due::datemultirange', 'due'],
  ['due::lab.stay', 'due'],
  ['(row(due, due)::lab.stay)', 'row('],
  ['date(due)', 'date('],
  ['dues::date[]', 'dues'],
  ['dues[1]::time', 'dues'],
  ['(jsonb_populate_record(null::lab.stay, doc)).left_at', 'jsonb_populate_record'],
])('an incremental model makes no time of a text: %s', async (cast, at) => {
  const select = `select at as x, count(*) filter (where ${cast} is not null) as n from silver.sales group by at`
  expect(await complaintOf(fileOf('incremental', 'grain: x', select))).toBe(
    problemAt('gold', select, at, ...refused),
  )
})

test.each([
  ['grain: x', 'select due::date as x, count(*) as n from silver.sales group by due::date', 'due'],
  ['grain: x', 'select max(at) as last, due::date as x from silver.sales group by 2', 'due'],
  [
    'grain: at',
    'select at, x::date as day from (select at, left(due, 10) as x from silver.sales) as s',
    'x::date',
  ],
  [
    'grain: at',
    'select at, left_at from silver.sales cross join lateral jsonb_to_record(doc) as r (room text, left_at date)',
    'left_at date',
  ],
])(
  'an incremental model makes no time of a text, wherever it stands: %s %s',
  async (grain, select, at) => {
    expect(await complaintOf(fileOf('incremental', grain, select))).toBe(
      problemAt('gold', select, at, ...refused),
    )
  },
)

test('an incremental model makes times of times, and texts of what it likes', async () => {
  const select = `select at::date as x, count(*) as n,
    max(at::lab.paid_at::timestamp::time) as last, max(date(at)) as day, max(tstzrange(at, at)::text) as span, min((due || at::text)::text) as t,
    count((row(1, due)::lab.pair).r) as pairs, count((jsonb_populate_record(null::lab.pair, doc)).r) as records, max(date '2026-01-01') as since
    from silver.sales group by at::date`
  expect(await complaintOf(fileOf('incremental', 'grain: x', select))).toBeUndefined()
})

test.each([`'[now,)'::tstzrange @> at`, `at::date = any ('{today}'::date[])`])(
  'a constant within another means the clock too: %s',
  async (where) => {
    const select = `select at, count(*) as n from silver.sales where ${where} group by at`
    expect(await complaintOf(fileOf('incremental', 'grain: at', select))).toBe(
      problemAt(
        'gold',
        select,
        where.slice(where.indexOf(`'`)),
        'This constant means the clock',
        'Write a date, or compare with the clock in a view above.',
      ),
    )
  },
)

test.each([
  [`(payload ->> 'due')::lab.stay as x`, 'payload'],
  [`(jsonb_populate_record(null::lab.stay, payload)).left_at as x`, 'jsonb_populate_record'],
  [`(select max(t::lab.paid_at) from unnest(array[payload ->> 'due']) as t) as x`, 't::lab'],
])(
  'an event model makes times of texts where it can look at them, not in %s',
  async (output, at) => {
    const select = `select ${output}, kafka_at as at from bronze.sales`
    expect(await complaintOf(fileOf('event', 'time: at', select))).toBe(
      problemAt('silver', select, at, ...hidden),
    )
  },
)

test('an event model reads records without times wherever it likes', async () => {
  const select = `select (jsonb_populate_record(null::lab.pair, payload)).l as x, kafka_at as at from bronze.sales`
  expect(await complaintOf(fileOf('event', 'time: at', select))).toBeUndefined()
})

const guarded: [cast: string, word: string, usual: string][] = [
  ['(due)::lab.paid_at', 'now', '2026-03-01T10:00Z'],
  ['(due)::tstzrange', '[now,)', '[2026-03-01,)'],
  ['(due)::datemultirange', '{[today,)}', '{[2026-03-01,)}'],
  ['(due)::timestamptz[]', '{2026-03-01,Tomorrow}', '{2026-03-01,2026-03-02}'],
  ['timestamptz(due)', 'yesterday', '2026-03-01'],
  ['date(due)', 'now', '2026-03-01'],
]

test('an event with a word for the clock is a dead letter, in whatever a time is', async () => {
  const usual = Object.fromEntries(guarded.map(([, , text], n) => [`due_${n}`, text]))
  const models = guarded.flatMap(([cast], n) =>
    [
      ['event', 'time: at'],
      ['entity', 'key: id'],
    ].map(([kind, header]) => ({
      name: `${kind}_${n}`,
      letter: `0/${n + 1}`,
      text: `-- X.\n-- kind: ${kind}\n-- ${header}\nselect payload ->> 'id' as id, ${cast.replace('due', `payload ->> 'due_${n}'`)} as due, kafka_at as at from bronze.sales\n`,
    })),
  )
  project.write({ 'shop/sources.sql': files['shop/sources.sql'] })
  project.write(
    Object.fromEntries(models.map(({ name, text }) => [`shop/silver/${name}.sql`, text])),
  )
  await project.apply()
  await storeEvents(project.owner, 'sales', [
    { payload: { id: 'usual', ...usual } },
    ...guarded.map(([, word], n) => ({ payload: { id: `e${n}`, ...usual, [`due_${n}`]: word } })),
    { payload: { id: 'none' } },
  ])
  await tick(project.owner)
  for (const { name, letter } of models) {
    expect(
      (await lettersOf(project.owner, `silver.${name}`)).map((one) => one.split(' ')[0]),
    ).toEqual([letter])
    expect(await project.rows(`select count(*)::int as n from silver.${name}`)).toEqual([
      { n: guarded.length + 1 },
    ])
  }
})
