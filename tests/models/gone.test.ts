import { expect, test } from 'vitest'
import { actions, newProject, view, type Project } from './project.ts'

const materialized =
  '-- M.\n-- kind: materialized\n-- grain: a\n-- every: 1 minute\nselect a from silver.base\n'

const files = {
  'shop/silver/base.sql': view('select 1 as a'),
  'shop/gold/m.sql': materialized,
  'shop/gold/top.sql': view('select a from gold.m'),
}

const relationsOf = async (project: Project) =>
  (
    await project.rows<{ name: string }>(
      `select relnamespace::regnamespace || '.' || relname as name from pg_class
      where relnamespace in ('silver'::regnamespace, 'gold'::regnamespace) and relkind in ('v', 'm') order by 1`,
    )
  ).map(({ name }) => name)

test('a model whose file is gone is listed by plan and apply, and stays', async () => {
  const project = await newProject(files)
  await project.apply()
  project.write({ 'shop/gold/top.sql': null })
  const gone = {
    model: 'gold.top',
    action: 'gone',
    reason: 'its file is gone; dropped only with --prune',
  }
  expect(await project.plan()).toMatchObject([gone])
  expect(await project.apply()).toMatchObject([gone])
  expect(await relationsOf(project)).toContain('gold.top')
})

test('with --prune it is dropped, with its job, and forgotten', async () => {
  const project = await newProject(files)
  await project.apply()
  project.write({ 'shop/gold/top.sql': null, 'shop/gold/m.sql': null })
  expect(actions(await project.plan({ prune: true }))).toEqual(['drop gold.top', 'drop gold.m'])
  expect(await relationsOf(project)).toEqual(['gold.m', 'gold.top', 'silver.base'])
  expect(actions(await project.apply({ prune: true }))).toEqual(['drop gold.top', 'drop gold.m'])
  expect(await relationsOf(project)).toEqual(['silver.base'])
  expect(await project.rows(`select from ops.jobs where job_name like 'refresh %'`)).toEqual([])
  expect(await project.apply({ prune: true })).toEqual([])
})

test('dependants go first, whichever was applied last', async () => {
  const project = await newProject(files)
  await project.apply()
  project.write({ 'shop/silver/base.sql': view('select 2 as a') })
  expect(actions(await project.apply())).toEqual(['replace silver.base'])
  project.write({
    'shop/silver/base.sql': null,
    'shop/gold/m.sql': null,
    'shop/gold/top.sql': null,
  })
  expect(actions(await project.apply({ prune: true }))).toEqual([
    'drop gold.top',
    'drop gold.m',
    'drop silver.base',
  ])
})

test('a routine whose file is gone goes after the view that calls it', async () => {
  const project = await newProject({
    'shop/gold/f.sql':
      '-- F.\n-- kind: routine\ncreate function gold.f() returns int language sql return 1;\n',
    'shop/gold/top.sql': view('select gold.f() as a'),
  })
  await project.apply()
  project.write({
    'shop/gold/f.sql':
      '-- F.\n-- kind: routine\ncreate or replace function gold.f() returns int language sql return 2;\n',
  })
  await project.apply()
  project.write({ 'shop/gold/f.sql': null, 'shop/gold/top.sql': null })
  expect(actions(await project.apply({ prune: true }))).toEqual(['drop gold.top', 'drop gold.f'])
  expect(await project.rows(`select to_regproc('gold.f') as f`)).toEqual([{ f: null }])
})

test('a model whose file is gone stops the change that would drop it, and is named', async () => {
  const project = await newProject(files)
  await project.apply()
  project.write({ 'shop/gold/m.sql': null, 'shop/silver/base.sql': view(`select 'one' as a`) })
  const message = await project.complaint()
  expect(message).toMatch(/^shop\/silver\/base\.sql:3:1: .*gold\.m/)
  expect(message).toContain('--prune')
  expect(await relationsOf(project)).toEqual(['gold.m', 'gold.top', 'silver.base'])
})

test('with --prune such a change goes through', async () => {
  const project = await newProject({
    ...files,
    'shop/gold/top.sql': view('select a from silver.base'),
  })
  await project.apply()
  project.write({ 'shop/gold/m.sql': null, 'shop/silver/base.sql': view(`select 'one' as a`) })
  expect(actions(await project.apply({ prune: true }))).toEqual([
    'replace silver.base',
    'rebuild gold.top',
    'drop gold.m',
  ])
  expect(await relationsOf(project)).toEqual(['gold.top', 'silver.base'])
})

test('a model that comes back goes on with its versions', async () => {
  const project = await newProject({ 'shop/gold/a.sql': view('select 1 as x') })
  await project.apply()
  project.write({ 'shop/gold/a.sql': null })
  await project.apply({ prune: true })
  project.write({ 'shop/gold/a.sql': view('select 2 as x') })
  await project.apply()
  const versions = `select version, file_text from ops.model_versions where object_name = 'a' order by 1`
  expect(await project.rows(versions)).toEqual([
    { version: 1, file_text: view('select 1 as x') },
    { version: 2, file_text: view('select 2 as x') },
  ])
})

test('what the functions of a table call and read is not dropped without it', async () => {
  const project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('sales');\n`,
    'shop/silver/sales.sql': `-- Sales.\n-- kind: event\n-- time: at\nselect payload ->> 'shop' as shop, kafka_at as at from bronze.sales\n`,
    'shop/silver/short.sql': `-- Short.\n-- kind: routine\ncreate function silver.short(p text) returns text language sql immutable return left(p, 2);\n`,
    'shop/gold/totals.sql': `-- Totals.\n-- kind: incremental\n-- grain: shop\nselect silver.short(shop) as shop, count(*) as n from silver.sales group by 1\n`,
  })
  await project.apply()
  project.write({ 'shop/silver/sales.sql': null, 'shop/silver/short.sql': null })
  const message = await project.complaint({ prune: true })
  for (const name of ['sales', 'short']) {
    expect(message).toContain(
      `silver.${name} can't be dropped: gold.totals (shop/gold/totals.sql) reads it.\nRestore shop/silver/${name}.sql, or change shop/gold/totals.sql first.`,
    )
  }
  project.write({ 'shop/gold/totals.sql': null })
  expect(actions(await project.apply({ prune: true })).sort()).toEqual([
    'drop gold.totals',
    'drop silver.sales',
    'drop silver.short',
  ])
})

const shortening = {
  'shop/sources.sql': `-- Topics.\nselect ops.add_source('sales');\n`,
  'shop/silver/sales.sql': `-- Sales.\n-- kind: event\n-- time: at\nselect payload ->> 'shop' as shop, kafka_at as at from bronze.sales\n`,
  'shop/silver/texts.sql': `-- Texts.\n-- kind: routine\ncreate function silver.short(p text) returns text language sql immutable return left(p, 2);\n`,
}
const totals = (shop: string) =>
  `-- Totals.\n-- kind: incremental\n-- grain: shop\nselect ${shop} as shop, count(*) as n from silver.sales group by 1\n`
const calling = (body: string) =>
  `-- Calls.\n-- kind: routine\ncreate function gold.calls(u text) returns text language plpgsql as $$ ${body} $$;\n`

test.each([
  ['quoted', 'totals', totals('"silver"."short"(shop)')],
  ['with spaces', 'totals', totals('silver . short (shop)')],
  ['in capitals', 'totals', totals('Silver.SHORT(shop)')],
  ['in a body', 'calls', calling('begin return "silver" . Short /* by two */ (u); end')],
])('a function that is called %s is not dropped', async (_, name, reader) => {
  const project = await newProject({ ...shortening, [`shop/gold/${name}.sql`]: reader })
  await project.apply()
  project.write({ 'shop/silver/texts.sql': null })
  expect(await project.complaint({ prune: true })).toContain(
    `silver.texts can't be dropped: gold.${name} (shop/gold/${name}.sql) reads it.`,
  )
})

test.each([
  ['comment', 'totals', totals('/* as silver.short(shop) was */ upper(shop)')],
  ['comment of a body', 'calls', calling('begin -- not silver.short(u)\n return u; end')],
  ['text', 'calls', calling(`begin return 'silver.short(u)'; end`)],
])('a function that only a %s names is dropped', async (_, name, reader) => {
  const project = await newProject({ ...shortening, [`shop/gold/${name}.sql`]: reader })
  await project.apply()
  project.write({ 'shop/silver/texts.sql': null })
  expect(actions(await project.apply({ prune: true }))).toEqual(['drop silver.texts'])
})

test("what is not Sluice's stops a drop, and is named", async () => {
  const project = await newProject({ 'shop/gold/a.sql': view('select 1 as x') })
  await project.apply()
  await project.rows('create schema mine')
  await project.rows('create view mine.report as select * from gold.a')
  project.write({ 'shop/gold/a.sql': null })
  const message = await project.complaint({ prune: true })
  expect(message).toContain("gold.a can't be dropped: other objects need it.")
  expect(message).toContain('view mine.report depends on view gold.a')
  expect(await project.rows('select * from mine.report')).toEqual([{ x: 1 }])
})

test("what is not Sluice's stops a change of columns, and is named; others go through", async () => {
  const project = await newProject({ 'shop/gold/a.sql': view('select 1 as x') })
  await project.apply()
  await project.rows('create schema mine')
  await project.rows('create view mine.report as select * from gold.a')
  project.write({ 'shop/gold/a.sql': view(`select 'one' as x`) })
  const message = await project.complaint()
  expect(message).toMatch(
    /^shop\/gold\/a\.sql:3:1: cannot drop view gold\.a because other objects depend on it\n/,
  )
  expect(message).toContain('view mine.report depends on view gold.a')
  expect(message).not.toMatch(/cascade/i)
  project.write({ 'shop/gold/a.sql': view('select 2 as x') })
  await project.apply()
  expect(await project.rows('select * from mine.report')).toEqual([{ x: 2 }])
})
