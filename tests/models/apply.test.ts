import { expect, test } from 'vitest'
import { actions, newProject, view } from './project.ts'

const chain = {
  'shop/silver/base.sql': view('select 1 as a, 2 as b'),
  'shop/gold/middle.sql': view('select a, b from silver.base'),
  'shop/gold/top.sql': view('select a, b from gold.middle'),
}

const oids = `select array_agg(relname || ' ' || pg_class.oid order by relname) as relations
  from pg_class join pg_namespace on pg_namespace.oid = relnamespace
  where nspname in ('silver', 'gold') and relkind in ('v', 'm')`

test('new models are made in order, with what they are as comment', async () => {
  const project = await newProject(chain)
  expect(await project.apply()).toMatchObject([
    { model: 'silver.base', kind: 'view', action: 'create', reason: 'new' },
    { model: 'gold.middle', action: 'create' },
    { model: 'gold.top', action: 'create' },
  ])
  const comment = `select obj_description('gold.top'::regclass) as comment`
  expect(await project.rows(comment)).toEqual([{ comment: 'A view.' }])
  expect(await project.rows('select * from gold.top')).toEqual([{ a: 1, b: 2 }])
})

test('applying twice changes nothing', async () => {
  const project = await newProject(chain)
  await project.apply()
  const state =
    'select array_agg(xmin::text) as rows, (select max(xmin::text) from pg_class) from ops.models'
  const before = await project.rows(state)
  expect(await project.apply()).toEqual([])
  expect(await project.rows(state)).toEqual(before)
})

test('a changed view whose columns stay is replaced, and its readers stay as they are', async () => {
  const project = await newProject(chain)
  await project.apply()
  const before = await project.rows(oids)
  project.write({ 'shop/silver/base.sql': view('select 10 as a, 20 as b') })
  expect(await project.apply()).toMatchObject([
    { model: 'silver.base', action: 'replace', reason: 'its file changed' },
  ])
  expect(await project.rows('select * from gold.top')).toEqual([{ a: 10, b: 20 }])
  expect(await project.rows(oids)).toEqual(before)
})

test('a column that is added at the end needs no rebuilding', async () => {
  const project = await newProject(chain)
  await project.apply()
  project.write({ 'shop/silver/base.sql': view('select 1 as a, 2 as b, 3 as c') })
  expect(actions(await project.apply())).toEqual(['replace silver.base'])
})

test('columns that change rebuild the readers, and what reads those', async () => {
  const project = await newProject(chain)
  await project.apply()
  project.write({ 'shop/silver/base.sql': view(`select 'one' as a, 3 as c, 2 as b`) })
  expect(await project.apply()).toMatchObject([
    { model: 'silver.base', action: 'replace' },
    { model: 'gold.middle', action: 'rebuild', reason: 'silver.base below it changed its columns' },
    { model: 'gold.top', action: 'rebuild' },
  ])
  expect(await project.rows('select * from gold.top')).toEqual([{ a: 'one', b: 2 }])
})

test('a column that is taken away while a reader needs it is an error at the reader, and nothing changes', async () => {
  const project = await newProject(chain)
  await project.apply()
  project.write({ 'shop/silver/base.sql': view('select 1 as a') })
  expect(await project.complaint()).toMatch(
    /^shop\/gold\/middle\.sql:3:11: column "b" does not exist\n[^]*\n1 problem; nothing was changed\.$/,
  )
  expect(await project.rows('select * from gold.top')).toEqual([{ a: 1, b: 2 }])
})

test('rights that Sluice gives survive a rebuild, and so do those that others gave', async () => {
  const project = await newProject(chain)
  await project.apply()
  await project.rows('grant select on gold.top to sluice_ingest, public')
  project.write({ 'shop/silver/base.sql': view(`select 'one' as a, 2 as b`) })
  await project.apply()
  const rights = `select role, has_table_privilege(role, 'gold.top', 'select') as reads
    from unnest(array['grafana_reader', 'analyst', 'sluice_refresh', 'sluice_ingest', 'sluice_tests']) as role`
  expect((await project.rows(rights)).every(({ reads }) => reads)).toBe(true)
  expect(await project.rows(`select obj_description('gold.top'::regclass) as comment`)).toEqual([
    { comment: 'A view.' },
  ])
})

test('a model that no longer reads what changes its columns stays, whatever their order', async () => {
  const project = await newProject({
    'shop/gold/a.sql': view('select x from gold.z'),
    'shop/gold/z.sql': view('select 1 as x'),
  })
  await project.apply()
  project.write({
    'shop/gold/a.sql': view('select 5 as x'),
    'shop/gold/z.sql': view(`select 'text' as x`),
  })
  expect(actions(await project.apply())).toEqual(['replace gold.a', 'replace gold.z'])
  expect(await project.rows('select gold.a.x as a, gold.z.x as z from gold.a, gold.z')).toEqual([
    { a: 5, z: 'text' },
  ])
})

test('a changed description alone changes the comment', async () => {
  const project = await newProject({ 'shop/gold/a.sql': view('select 1 as x') })
  await project.apply()
  project.write({
    'shop/gold/a.sql': "-- What is, what's new:\n-- two lines.\n-- kind: view\nselect 1 as x\n",
  })
  expect(actions(await project.apply())).toEqual(['replace gold.a'])
  expect(await project.rows(`select obj_description('gold.a'::regclass) as comment`)).toEqual([
    { comment: "What is, what's new:\ntwo lines." },
  ])
})

test('every text that was applied is kept as a version', async () => {
  const project = await newProject({ 'shop/gold/a.sql': view('select 1 as x') })
  await project.apply()
  project.write({ 'shop/gold/a.sql': view('select 2 as x') })
  await project.apply()
  const versions = `select version, file_text from ops.model_versions where object_name = 'a' order by 1`
  expect(await project.rows(versions)).toEqual([
    { version: 1, file_text: view('select 1 as x') },
    { version: 2, file_text: view('select 2 as x') },
  ])
})

test('a model may end with a semicolon, a comment, or both', async () => {
  const project = await newProject({
    'shop/gold/a.sql': view('select 1 as x;'),
    'shop/gold/b.sql': view('select 1 as x -- the only one'),
    'shop/gold/c.sql': view('select 1 as x; -- the only one'),
  })
  expect(actions(await project.apply())).toEqual([
    'create gold.a',
    'create gold.b',
    'create gold.c',
  ])
})

test('a file with Windows line ends is read like any other', async () => {
  const text = '-- A.\n-- kind: materialized\n-- grain: x\n-- every: 1 minute\nselect 1 as x;\n'
  const project = await newProject({ 'shop/gold/a.sql': text.replaceAll('\n', '\r\n') })
  expect(actions(await project.apply())).toEqual(['create gold.a'])
  expect(await project.rows(`select obj_description('gold.a'::regclass) as comment`)).toEqual([
    { comment: 'A.' },
  ])
})
