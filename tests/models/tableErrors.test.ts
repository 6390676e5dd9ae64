// What a model that is kept in a table can't be.
import { describe, expect, test } from 'vitest'
import { complaints, oneProblem } from './complaints.ts'

const complaintOf = complaints()

const files = {
  'shop/sources.sql': `-- Topics.\nselect ops.add_source('sales');\n`,
  'shop/silver/sales.sql': `-- Sales.
-- kind: event
-- time: at
select
  payload ->> 'shop' as shop, (payload ->> 'amount')::numeric as amount, payload::json as doc, kafka_at as at
from bronze.sales
`,
  'shop/silver/shops.sql': `-- Shops.\n-- kind: entity\n-- key: shop\nselect payload ->> 'shop' as shop from bronze.sales\n`,
  'shop/silver/paid.sql': `-- Paid.\n-- kind: view\nselect shop from silver.sales\n`,
  'shop/gold/totals.sql': `-- Totals.\n-- kind: incremental\n-- grain: shop\nselect shop, count(*) as n from silver.sales group by shop\n`,
}

/** The complaint about a model of a kind; its select is line 4. */
const about = (kind: string, key: string, select: string) => {
  const schema = kind === 'incremental' ? 'gold' : 'silver'
  const text = `-- X.\n-- kind: ${kind}\n-- ${key}\n${select}\n`
  return complaintOf({ ...files, [`shop/${schema}/x.sql`]: text })
}

/** One problem in line 4, at the first place of `at` in the select. */
function problemAt(schema: string, select: string, at: string, message: string, mend?: string) {
  const column = select.indexOf(at) + 1
  return oneProblem(
    `shop/${schema}/x.sql:4:${column}: ${message}`,
    `   4 | ${select}`,
    `     | ${' '.repeat(column - 1)}^`,
    ...(mend ? [mend] : []),
  )
}

const restless = (name: string, kind: string) =>
  `${name} gives something else each time: a model of kind ${kind} can't call it`
const callAbove =
  'Call it in a view above. A function of your own that depends on its arguments alone: declare it immutable.'

describe('an incremental model', () => {
  const counting = (where: string) =>
    `select shop, count(*) as n from silver.sales where ${where} group by shop`

  test.each([
    ['now', 'at > now()', 'now()'],
    ['ops.now', 'at > ops.now()', 'ops.now()'],
    ['clock_timestamp', `at > clock_timestamp() - interval '1 day'`, 'clock_timestamp()'],
    ['random', 'random() < 0.5', 'random()'],
    ['current_date', 'at > current_date', 'current_date'],
    ['localtimestamp', 'at > localtimestamp', 'localtimestamp'],
    ['age', `age(at) < interval '1 day'`, 'age('],
    ['current_user', 'shop = current_user', 'current_user'],
  ])('does not call %s', async (name, where, at) => {
    const select = counting(where)
    expect(await about('incremental', 'grain: shop', select)).toBe(
      problemAt('gold', select, at, restless(name, 'incremental'), callAbove),
    )
  })

  test.each([
    [`timestamptz 'now'`, `'now'`],
    [`'today'::date`, `'today'`],
    [`cast('tomorrow' as timestamptz)`, `cast`],
  ])('has no constant %s', async (constant, at) => {
    const select = counting(`at > ${constant}`)
    expect(await about('incremental', 'grain: shop', select)).toBe(
      problemAt(
        'gold',
        select,
        at,
        'This constant means the clock',
        'Write a date, or compare with the clock in a view above.',
      ),
    )
  })

  test('does not call a volatile function of the folder', async () => {
    const select = counting('silver.is_good(shop)')
    const routine = `-- F.\n-- kind: routine\ncreate function silver.is_good(p text) returns boolean language sql volatile return p = 'a';\n`
    const model = `-- X.\n-- kind: incremental\n-- grain: shop\n${select}\n`
    expect(
      await complaintOf({
        ...files,
        'shop/silver/is_good.sql': routine,
        'shop/gold/x.sql': model,
      }),
    ).toBe(
      problemAt(
        'gold',
        select,
        'silver.is_good',
        restless('silver.is_good', 'incremental'),
        callAbove,
      ),
    )
  })

  test.each([
    ['gold.totals', 'of kind incremental', 'What builds on gold is a view or a materialized view.'],
    [
      'silver.shops',
      'of kind entity',
      'Join entities in a view above, so that a change of theirs shows at once.',
    ],
    ['silver.paid', 'of kind view', 'Make the view an event model, or this one a view.'],
  ])('does not read %s', async (relation, kind, mend) => {
    const select = `select shop, count(*) as n from silver.sales join ${relation} using (shop) group by shop`
    expect(await about('incremental', 'grain: shop', select)).toBe(
      problemAt(
        'gold',
        select,
        relation,
        `An incremental model reads event models; ${relation} is ${kind}`,
        mend,
      ),
    )
  })

  test('does not read bronze', async () => {
    const select = `select payload ->> 'shop' as shop, count(*) as n from bronze.sales group by 1`
    expect(await about('incremental', 'grain: shop', select)).toBe(
      problemAt(
        'gold',
        select,
        'bronze.sales',
        'An incremental model reads event models; bronze.sales is a bronze table',
        'Parse it in an event model, and read that.',
      ),
    )
  })

  test('does not read what is no model', async () => {
    const select = 'select relname as shop, count(*) as n from pg_catalog.pg_class group by relname'
    expect(await about('incremental', 'grain: shop', select)).toBe(
      problemAt(
        'gold',
        select,
        'pg_catalog.pg_class',
        'An incremental model reads event models; pg_catalog.pg_class is no model',
        'Make this model a view or a materialized view.',
      ),
    )
  })

  test('does not group by what has no equality', async () => {
    const select = 'select doc, count(*) as n from silver.sales group by doc'
    expect(await about('incremental', 'grain: doc', select)).toContain(
      `shop/gold/x.sql:4:${select.lastIndexOf('doc') + 1}: could not identify an equality operator for type json`,
    )
  })

  test.each(['slice_no', 'sluice_n'])('has no column %s', async (name) => {
    const select = `select shop, count(*) as ${name} from silver.sales group by shop`
    expect(await about('incremental', 'grain: shop', select)).toBe(
      problemAt(
        'gold',
        select,
        'select',
        `A column can't be called "${name}"`,
        'Tables of Sluice have one of that name.',
      ),
    )
  })

  test('has no name that is too long for its tables', async () => {
    const name = 'x'.repeat(41)
    const text = `-- X.\n-- kind: incremental\n-- grain: shop\n${counting('true')}\n`
    expect(await complaintOf({ ...files, [`shop/gold/${name}.sql`]: text })).toContain(
      `shop/gold/${name}.sql:4:1: The name gold.${name} is 46 characters long; a model in a table has at most 45\n`,
    )
  })
})

describe.each([
  ['event', 'time: at'],
  ['entity', 'key: at'],
])('a model of kind %s', (kind, key) => {
  const parsing = (columns: string) => `select ${columns}, kafka_at as at from bronze.sales`
  const eachForItself = (reason: string) =>
    `A model of kind ${kind} parses each event for itself: ${reason}`

  test.each([
    ['now', 'now()'],
    ['ops.now', 'ops.now()'],
    ['gen_random_uuid', 'gen_random_uuid()'],
    ['current_timestamp', 'current_timestamp'],
  ])('does not call %s', async (name, call) => {
    const select = parsing(`${call} as seen_at`)
    expect(await about(kind, key, select)).toBe(
      problemAt('silver', select, call, restless(name, kind), callAbove),
    )
  })

  test('looks at no other rows by a window', async () => {
    const select = parsing('row_number() over () as n')
    expect(await about(kind, key, select)).toBe(
      problemAt(
        'silver',
        select,
        'row_number',
        eachForItself('a window function looks at other rows'),
        'Do that in an incremental model or a view above.',
      ),
    )
  })

  test('has no distinct, no limit, no union', async () => {
    const place = (select: string, at: string) => `shop/silver/x.sql:4:${select.indexOf(at) + 1}: `
    const distinct = `select distinct kafka_key as k, kafka_at as at from bronze.sales`
    expect(await about(kind, key, distinct)).toContain(eachForItself('distinct compares rows'))
    const limit = `${parsing('kafka_key as k')} limit 5`
    expect(await about(kind, key, limit)).toContain(
      `${place(limit, '5')}${eachForItself('a limit looks at other rows')}`,
    )
    const union = `${parsing('kafka_key as k')} union ${parsing('kafka_key')}`
    expect(await about(kind, key, union)).toContain(
      eachForItself('only union all puts sets together without comparing them'),
    )
  })

  test('reads bronze alone', async () => {
    const select = `select 1 as n, sales.kafka_at as at from bronze.sales join silver.shops on true`
    expect(await about(kind, key, select)).toContain(
      [
        `shop/silver/x.sql:4:${select.indexOf('silver.shops') + 1}: A model of kind ${kind} reads bronze tables only, not silver.shops`,
        `   4 | ${select}`,
        `     | ${' '.repeat(select.indexOf('silver.shops'))}^`,
        'Join it in a view or an incremental model above.',
      ].join('\n'),
    )
  })

  test('has no column of a name that its table has', async () => {
    const select = parsing('1 as sluice_offset')
    expect(await about(kind, key, select)).toContain(`A column can't be called "sluice_offset"`)
  })
})

test.each([
  ['date', 'kafka_at::date'],
  ['text', `payload ->> 'at'`],
  ['timestamp without time zone', `kafka_at at time zone 'UTC'`],
])('the time of an event is no %s', async (type, expression) => {
  const select = `select ${expression} as at from bronze.sales`
  expect(await about('event', 'time: at', select)).toBe(
    problemAt(
      'silver',
      select,
      expression,
      `The time of an event is a timestamptz; "at" is ${type}`,
      'Cast it: (…)::timestamptz.',
    ),
  )
})
