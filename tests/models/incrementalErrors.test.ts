// What an incremental model can't be.
import { expect, test } from 'vitest'
import { complaints, oneProblem } from './complaints.ts'
import { newProject } from './project.ts'
import { callAbove, fileOf, files, problemAt, restless } from './tableFiles.ts'

const complaintOf = complaints()

const about = (kind: string, key: string, select: string) =>
  complaintOf({ ...files, ...fileOf(kind, key, select) })

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
])('an incremental model does not call %s', async (name, where, at) => {
  const select = counting(where)
  expect(await about('incremental', 'grain: shop', select)).toBe(
    problemAt('gold', select, at, restless(name, 'incremental'), callAbove),
  )
})

test.each([
  [`timestamptz 'now'`, `'now'`],
  [`'today'::date`, `'today'`],
  [`cast('tomorrow' as timestamptz)`, `'tomorrow'`],
])('an incremental model has no constant %s', async (constant, at) => {
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

test.each([
  ['under a name that PostgreSQL has too', 'silver.left', 'p text', ''],
  [
    'of which one form is immutable',
    'silver.twice',
    'p text',
    `;\ncreate function silver.twice(p int) returns int language sql immutable return 2 * p`,
  ],
])('an incremental model does not call a volatile function %s', async (_, name, args, more) => {
  const select = `select ${name}(shop) as shop, count(*) as n from silver.sales group by 1`
  const routine = `-- F.\n-- kind: routine\ncreate function ${name}(${args}) returns text language sql volatile return p${more};\n`
  expect(
    await complaintOf({
      ...files,
      [`shop/${name.replace('.', '/')}.sql`]: routine,
      'shop/gold/x.sql': `-- X.\n-- kind: incremental\n-- grain: shop\n${select}\n`,
    }),
  ).toBe(problemAt('gold', select, name, restless(name, 'incremental'), callAbove))
})

test('the mark of the functions that are made of a model is not in it', async () => {
  const marked = `select shop, count(*) filter (where shop = '$sluice$') as n from silver.sales group by shop`
  expect(await about('incremental', 'grain: shop', marked)).toBe(
    problemAt(
      'gold',
      marked,
      'select',
      'The text $sluice$ ends the functions that are made of a model',
    ),
  )
})

test('an incremental model has no parameters', async () => {
  const select = counting('shop = $1')
  expect(await about('incremental', 'grain: shop', select)).toBe(
    problemAt('gold', select, '$1', 'A model has no parameters'),
  )
})

test('an incremental model changes nothing', async () => {
  const select = `with gone as (delete from silver.sales returning shop) select shop, count(*) as n from gone group by shop`
  expect(await about('incremental', 'grain: shop', select)).toContain(
    'A model changes nothing: it is a select',
  )
})

test('an incremental model locks no rows', async () => {
  const select = 'select shop, at from silver.sales for update skip locked'
  expect(await about('incremental', 'grain: shop, at', select)).toContain('A model locks no rows')
})

test('a query of with reads what it saw where it stands, whatever its name means further in', async () => {
  const select = `with s as (select shop, count(*) as n from silver.sales group by shop), t as (select n from s) select n, count(*) as shops from (with s as (select 1 as n from silver.sales) select n from t) as q group by n`
  expect(await about('incremental', 'grain: n', select)).toContain(
    'Nor can it be merged: a subquery groups.',
  )
})

test.each([
  [
    'by scope',
    'select at, row_number() over (partition by sales.shop order by at) as place from silver.sales',
    'row_number(',
    'a window looks at rows of several parts',
    'Select what it is partitioned by, and name that: -- scope: shop',
  ],
  [
    'by a scope under a name',
    `select at, lag(amount) over (partition by date_trunc('day', at) order by at) as before from silver.sales`,
    'lag(',
    'a window looks at rows of several parts',
    'Select what it is partitioned by under a name, and give that: -- scope: <name>',
  ],
  [
    'by another kind',
    'select at, row_number() over (order by at) as place from silver.sales',
    'row_number(',
    'a window looks at rows of several parts',
    'Make it a view or a materialized view.',
  ],
  [
    'by another kind; of what groups it is said why it is not merged',
    'select at, count(distinct amount) + count(distinct (amount, shop)) as n from silver.sales group by at limit 3',
    '3',
    'a limit looks at the rows of all parts',
    'Nor can it be merged: distinct, windows and limits look at all rows.\nMake it a view or a materialized view.',
  ],
])('what is refused is mended %s', async (_, select, at, reason, mend) => {
  expect(await about('incremental', 'grain: at', select)).toBe(
    problemAt('gold', select, at, `This can't be kept exact from new rows alone: ${reason}`, mend),
  )
})

test.each([
  [
    'a window below a grouping',
    'with numbered as (select amount, row_number() over (partition by shop order by at) as n from silver.sales) select amount, count(*) as sales from numbered where n = 1 group by amount',
    'Make the inner select an incremental model of its own, and group its rows in a view above.',
  ],
  [
    'a grouping below another',
    'with shops as (select shop, sum(amount) as amount from silver.sales group by shop) select amount, count(*) as shops from shops group by amount',
    'Make the inner select an incremental model of its own, and group its rows in a view above.',
  ],
  [
    'a total of all',
    'select sum(amount) as amount from silver.sales',
    'Group by a bucket of time or by another key, and sum that up in a view above.',
  ],
  [
    'a list without order',
    'select amount, array_agg(distinct shop) as shops from silver.sales group by amount',
    'Write the order within its brackets.',
  ],
  [
    'the last of some',
    'select distinct on (amount) amount, shop from silver.sales',
    'Order by its keys, and by what comes first of each.',
  ],
  [
    'what a subquery finds',
    'select amount, (select b.at from silver.sales as b where b.shop = a.shop order by b.at limit 1) as first_at from silver.sales as a',
    'Join the table, and keep what is wanted of several matches by an aggregate, distinct on or row_number().',
  ],
  [
    'what a lateral subquery finds',
    'select a.amount, b.at from silver.sales as a cross join lateral (select at from silver.sales where shop = a.shop order by at limit 1) as b',
    'Join the table, and keep what is wanted of several matches by an aggregate, distinct on or row_number().',
  ],
  [
    'a join by what is not selected',
    'with rates as (select shop, at, lead(at) over (partition by shop order by at) as ends_at from silver.sales) select amount from silver.sales join rates on rates.shop = sales.shop and sales.at >= rates.at and sales.at < rates.ends_at',
    'Select a column by which it is joined, too.',
  ],
  [
    'a column of both sides of a full join',
    'select coalesce(a.amount, b.amount) as amount, count(*) as n from silver.sales as a full join silver.sales as b on a.amount = b.amount group by 1',
    'Join by using (…), and select the column that this merges.',
  ],
])('the mend is told of %s', async (_, select, mend) => {
  expect(await about('incremental', 'grain: amount', select)).toContain(`\n${mend}`)
})

test('the scope that is named for a window lets it be kept', async () => {
  const project = await newProject({
    ...files,
    'shop/gold/x.sql': `-- X.\n-- kind: incremental\n-- grain: at\n-- scope: shop\nselect at, shop, row_number() over (partition by shop order by at) as place from silver.sales\n`,
  })
  const change = (await project.plan()).find(({ model }) => model === 'gold.x')
  expect(change!.strategy).toContain('parts by shop')
})

test.each([
  ['merge', 'reach: 30 minutes', '-- grain: shop', counting('true')],
  ['merge', 'scope: shop', '-- grain: shop', counting('true')],
  ['append', 'scope: shop', '-- grain: at', 'select shop, at from silver.sales'],
])('a model that is kept by %s takes no %s', async (strategy, line, grain, select) => {
  const [key] = line.split(':')
  const text = `-- X.\n-- kind: incremental\n${grain}\n-- ${line}\n${select}\n`
  const column = `-- ${key}: `.length
  expect(await complaintOf({ ...files, 'shop/gold/x.sql': text })).toBe(
    oneProblem(
      `shop/gold/x.sql:4:${column + 1}: This model is kept by ${strategy}, which has no parts: "${key}" does nothing`,
      `   4 | -- ${line}`,
      `     | ${' '.repeat(column)}^`,
      'Leave the line out: it costs no more than its new rows as it is.',
    ),
  )
})

test('an event model names its columns', async () => {
  const select = 'select *, kafka_at as at from bronze.sales'
  expect(await about('event', 'time: at', select)).toBe(
    problemAt(
      'silver',
      select,
      '*',
      'The columns of an event are named',
      'Take keys of payload, kafka_at and the like, each under a name of its own.',
    ),
  )
})

test('an incremental model does not call a volatile function of the folder', async () => {
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
    'Join entities in a view above, so that a change of theirs shows at once. Or, to keep what they were: -- entities: as of arrival.',
  ],
  ['silver.paid', 'of kind view', 'Make the view an event model, or this one a view.'],
])('an incremental model does not read %s', async (relation, kind, mend) => {
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

test('an incremental model does not read bronze', async () => {
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

test.each([
  [
    'pg_catalog.pg_class',
    'select relname as shop, count(*) as n from pg_catalog.pg_class group by relname',
  ],
  [
    'pg_class',
    'select shop, count(*) as n from silver.sales join pg_class on relname = shop group by shop',
  ],
])('an incremental model does not read what is no model: %s', async (name, select) => {
  expect(await about('incremental', 'grain: shop', select)).toBe(
    problemAt(
      'gold',
      select,
      name,
      'An incremental model reads event models; pg_catalog.pg_class is no model',
      'Make this model a view or a materialized view.',
    ),
  )
})

test('an incremental model does not group by what has no equality', async () => {
  const select = 'select doc, count(*) as n from silver.sales group by doc'
  expect(await about('incremental', 'grain: doc', select)).toContain(
    `shop/gold/x.sql:4:${select.lastIndexOf('doc') + 1}: could not identify an equality operator for type json`,
  )
})

test.each(['slice_no', 'sluice_n'])('an incremental model has no column %s', async (name) => {
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

test('an incremental model has no name that is too long for its tables', async () => {
  const name = 'x'.repeat(41)
  const text = `-- X.\n-- kind: incremental\n-- grain: shop\n${counting('true')}\n`
  expect(await complaintOf({ ...files, [`shop/gold/${name}.sql`]: text })).toContain(
    `shop/gold/${name}.sql:4:1: The name gold.${name} is 46 characters long; a model in a table has at most 45\n`,
  )
})

test.each([
  ['current_setting', `shop = current_setting('x.y', true)`, 'current_setting'],
  ['txid_current', 'txid_current() > 5', 'txid_current'],
  ['pg_current_snapshot', 'pg_current_snapshot() is null', 'pg_current_snapshot'],
  ['current_schema', 'shop = current_schema()', 'current_schema'],
])(
  'an incremental model does not call %s, which depends on the session',
  async (name, where, at) => {
    const select = counting(where)
    expect(await about('incremental', 'grain: shop', select)).toBe(
      problemAt('gold', select, at, restless(name, 'incremental'), callAbove),
    )
  },
)

test('an incremental model does not call a stable function of the folder, which may read tables', async () => {
  const select = counting('silver.is_known(shop)')
  const routine = `-- F.\n-- kind: routine\ncreate function silver.is_known(p text) returns boolean language sql stable return p = 'a';\n`
  expect(
    await complaintOf({
      ...files,
      'shop/silver/is_known.sql': routine,
      ...fileOf('incremental', 'grain: shop', select),
    }),
  ).toBe(
    problemAt(
      'gold',
      select,
      'silver.is_known',
      restless('silver.is_known', 'incremental'),
      callAbove,
    ),
  )
})

test.each(['sum', 'avg'])('%s of float is refused, whatever else is there', async (name) => {
  const select = `select shop, ${name}(amount::float8) as x, array_agg(at order by at) as times from silver.sales group by shop`
  expect(await about('incremental', 'grain: shop', select)).toBe(
    problemAt(
      'gold',
      select,
      `${name}(`,
      `${name} of float depends on the order of its rows`,
      'Cast to numeric inside it.',
    ),
  )
})

test.each([
  ['stddev', 'select shop, stddev(amount::float8) as x from silver.sales group by shop'],
  [
    'sum',
    'with p as (select shop, amount::float8 as f from silver.sales), q as (with z as (select shop, f from p) select shop, sum(f) as x from z group by shop) select shop, x from q',
  ],
  [
    'sum',
    'select shop, x from (select shop, sum(amount::float8) as x from silver.sales group by shop union all select shop, 0 from silver.sales) as s',
  ],
  [
    'sum',
    'with x as (select shop, amount from silver.sales) select shop, n from (with x as (select shop, amount::float8 as f from x) select shop, sum(f) as n from x group by shop) as z',
  ],
  [
    'sum',
    'select distinct on (shop) shop, at from silver.sales group by shop, at order by shop, sum(amount::float8) desc',
  ],
])('%s of float is refused, wherever it is: %s', async (name, select) => {
  expect(await about('incremental', 'grain: shop', select)).toBe(
    problemAt(
      'gold',
      select,
      `${name}(`,
      `${name} of float depends on the order of its rows`,
      'Cast to numeric inside it.',
    ),
  )
})

test.each([
  'exists (select from silver.sales as other where other.at = sales.at)',
  'at in (select at from silver.sales)',
  'at not in (select at from silver.sales)',
])('a condition by a subquery is refused with the join that says it: %s', async (condition) => {
  const select = `select shop, count(*) as n from silver.sales where ${condition} group by shop`
  expect(await about('incremental', 'grain: shop', select)).toContain(
    'Join it: by left join … where … is null what must be missing, with count(distinct …) what may be met several times. Or make it a view or a materialized view.',
  )
})

test.each(['corr', 'covar_pop', 'regr_slope'])(
  '%s is refused: a cast does not help',
  async (name) => {
    const select = `select shop, ${name}(amount, 1) as x from silver.sales group by shop`
    expect(await about('incremental', 'grain: shop', select)).toBe(
      problemAt(
        'gold',
        select,
        `${name}(`,
        `${name} of float depends on the order of its rows`,
        'PostgreSQL has it of float alone: make it a view or a materialized view, or make it of sums of numeric.',
      ),
    )
  },
)

test.each([
  [
    'an aggregate that depends on order and has none',
    'grain: shop',
    'select shop, array_agg(amount) as amounts from silver.sales group by shop',
    'array_agg(',
    'array_agg depends on the order of rows: give it an order by',
  ],
  [
    'a window over all rows',
    'grain: at',
    'select at, row_number() over (order by at) as place from silver.sales',
    'row_number(',
    'a window looks at rows of several parts',
  ],
  [
    'a limit',
    'grain: at',
    'select at from silver.sales order by at limit 3',
    '3',
    'a limit looks at the rows of all parts',
  ],
  [
    'a limit on a union',
    'grain: at',
    'select at from silver.sales union all select at from silver.sales order by at limit 3',
    '3',
    'a limit looks at the rows of all parts',
  ],
  [
    'a limit on a union below it',
    'grain: shop',
    'select shop, count(*) as n from (select shop from silver.sales union all select shop from silver.sales limit 3) as few group by shop',
    '3',
    'a limit looks at the rows of all parts',
  ],
  [
    'groups by what an aggregate below them gives',
    'grain: n',
    'select n, count(*) as shops from (select shop, count(*) as n from silver.sales group by shop) as counts group by n',
    'count(*) as n',
    'the part is made of several rows, and moves with them',
  ],
  [
    'a part that comes from the missing side of an outer join',
    'grain: shop',
    'select other.shop, count(*) as n from silver.sales as one left join silver.sales as other on other.at = one.at group by other.shop',
    'other.shop',
    'the part is taken from what an outer join may miss',
  ],
  [
    'a subquery in an expression that reads a table',
    'grain: at',
    'select at, (select max(amount) from silver.sales) as most from silver.sales',
    '(select',
    'a subquery in an expression reads a table',
  ],
  [
    'a part made of a key of which equal values look different',
    'grain: label',
    'select amount::text as label, count(distinct (shop, at)) as n from silver.sales group by sales.amount',
    'sales.amount',
    'a part is made of this key, and equal values of numeric may look different: group by the part itself',
  ],
  [
    'a part that makes rows beside another',
    'grain: part, n',
    `select distinct string_to_table(shop, ',') as part, generate_series(1, 3) as n from silver.sales`,
    'generate_series(',
    'calls that make several rows stand side by side',
  ],
  [
    'an order of rows that a function in the list makes',
    'grain: shop',
    `select shop, array_agg(part order by at) as parts from (select shop, at, string_to_table(shop, ',') as part from silver.sales) as s group by shop`,
    'array_agg(',
    "ties in the order of array_agg can't be told apart here: make the rows below distinct, and call what makes several rows in from",
  ],
  [
    'a part made of what a lateral query makes of the missing side',
    'grain: shop',
    `select l.shop, count(*) as n from silver.sales as one left join silver.sales as other on other.at = one.at cross join lateral (select coalesce(other.shop, '-') as shop) as l group by l.shop`,
    'l.shop',
    'the part is taken from what an outer join may miss',
  ],
  [
    'a lateral query of the missing side',
    'grain: shop',
    `select one.shop, count(*) as n from silver.sales as one left join silver.sales as other on other.at = one.at cross join lateral (select where other.at is null) as l group by one.shop`,
    'other.at is null',
    'a lateral item looks at what an outer join may miss',
  ],
  [
    'a merged part that the missing side gives',
    'grain: shop',
    `select shop, count(*) as n from (select at from silver.sales) as one left join silver.sales as other on other.at = one.at left join (select shop from silver.sales) as third using (shop) group by shop`,
    'shop, count',
    'the part is taken from what an outer join may miss',
  ],
  [
    'what is made of either side',
    'grain: label',
    `select upper(shop) as label, count(*) as n from silver.sales as one full join (select shop from silver.sales) as other using (shop) group by 1`,
    'shop)',
    'the part is taken from what an outer join may miss',
  ],
])("what can't be exact is refused: %s", async (_, key, select, at, reason) => {
  const column = select.indexOf(at) + 1
  const complaint = await about('incremental', key, select)
  expect(complaint).toContain(
    [
      `shop/gold/x.sql:4:${column}: This can't be kept exact from new rows alone: ${reason}`,
      `   4 | ${select}`,
      `     | ${' '.repeat(column - 1)}^`,
    ].join('\n'),
  )
  expect(complaint).toMatch(/[Mm]ake it a view or a materialized view\./)
})
