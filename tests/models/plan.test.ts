import { expect, test } from 'vitest'
import { actions, newProject, view } from './project.ts'

const materialized = (select: string, every = '1 minute') =>
  `-- M.\n-- kind: materialized\n-- grain: a\n-- every: ${every}\n${select}\n`

/** Everything that a plan might leave behind. */
const state = `select
  (select array_agg(relation order by relation) from (
    select format('%s %s %s', oid, relname, xmin) as relation from pg_class) as relations) as relations,
  (select array_agg(format('%s %s', oid, xmin) order by oid) from pg_proc) as routines,
  (select array_agg(format('%s %s', object_name, xmin) order by object_name) from ops.models) as models,
  (select count(*) from ops.model_versions) as versions,
  (select array_agg(format('%s %s', job_name, xmin) order by job_name) from ops.jobs) as jobs,
  (select count(*) from ops.sources) as sources`

test('plan says what apply would do, and changes nothing', async () => {
  const project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('shop-orders');\n`,
    'shop/silver/base.sql': view('select 1 as a from bronze.shop_orders'),
    'shop/silver/f.sql':
      '-- F.\n-- kind: routine\ncreate function silver.f() returns int language sql return 1;\n',
    'shop/gold/m.sql': materialized('select a from silver.base'),
  })
  const before = await project.rows(state)
  const planned = await project.plan()
  expect(await project.rows(state)).toEqual(before)
  expect(planned).toEqual(await project.apply())
  expect(await project.plan()).toEqual([])
})

test('plan tells of a rebuild, and changes nothing', async () => {
  const project = await newProject({
    'shop/silver/base.sql': view('select 1 as a'),
    'shop/gold/m.sql': materialized('select a from silver.base'),
    'shop/gold/top.sql': view('select a from gold.m'),
  })
  await project.apply()
  project.write({ 'shop/silver/base.sql': view(`select 'one' as a`) })
  const before = await project.rows(state)
  expect(actions(await project.plan())).toEqual([
    'replace silver.base',
    'rebuild gold.m',
    'rebuild gold.top',
  ])
  expect(await project.rows(state)).toEqual(before)
})

test('plan takes a new view over a new materialized model', async () => {
  const project = await newProject({
    'shop/gold/m.sql': materialized('select 1 as a'),
    'shop/gold/n.sql': materialized('select a + 1 as a from gold.m'),
    'shop/gold/top.sql': view('select a from gold.m join gold.n using (a)'),
  })
  expect(actions(await project.plan())).toEqual([
    'create gold.m',
    'create gold.n',
    'create gold.top',
  ])
})

test('plan finds the same mistakes as apply', async () => {
  const project = await newProject({ 'shop/gold/top.sql': view('select nothing') })
  const planned = await project.plan().then(JSON.stringify, (error: Error) => error.message)
  const complaint = await project.complaint()
  expect(planned.replaceAll(`${project.folder}/`, '')).toBe(complaint)
})

test('plan says why a model is computed anew and not merged', async () => {
  const project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('sales');\n`,
    'shop/silver/sales.sql': `-- Sales.\n-- kind: event\n-- time: at\nselect payload ->> 'shop' as shop, kafka_at as at from bronze.sales\n`,
    'shop/gold/totals.sql': `-- Totals.\n-- kind: incremental\n-- grain: shop, n\nselect shop, count(*) as n from silver.sales group by shop\n`,
  })
  expect((await project.plan()).find(({ model }) => model === 'gold.totals')).toMatchObject({
    strategy:
      'regroup: parts by shop are computed anew; its cost grows with the history of each part; not merged: its grain is not its group keys, which are shop',
  })
})
