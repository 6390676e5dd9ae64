import { beforeEach, expect, test } from 'vitest'
import { actions, newProject, view, type Project } from './project.ts'

const routine = (statements: string, description = 'A function.') =>
  `-- ${description}\n-- kind: routine\n${statements}\n`
const f = (signature: string, returns: string, result: string) =>
  `create or replace function gold.f(${signature}) returns ${returns} language sql immutable return ${result};`

let project: Project
beforeEach(async () => {
  project = await newProject()
})

async function apply(statements: string, files: Record<string, string> = {}, description?: string) {
  project.write({ 'shop/gold/f.sql': routine(statements, description), ...files })
  return actions(await project.apply())
}

const signatures = async () =>
  (
    await project.rows<{ f: string }>(
      `select oid::regprocedure::text as f from pg_proc where pronamespace = 'gold'::regnamespace order by 1`,
    )
  ).map((row) => row.f)

const comment = (identity: string) =>
  project.rows(`select obj_description('${identity}'::regprocedure, 'pg_proc') as comment`)

test('a function has the comment of its file, and readers may call it', async () => {
  expect(await apply(f('p int', 'int', 'p + 1'))).toEqual(['create gold.f'])
  expect(await comment('gold.f(int)')).toEqual([{ comment: 'A function.' }])
  for (const role of ['grafana_reader', 'analyst', 'sluice_refresh'] as const) {
    const client = await project.database.client(role)
    expect((await client.query('select gold.f(1) as n')).rows).toEqual([{ n: 2 }])
  }
})

test('a changed signature drops the old function', async () => {
  await apply(f('p int', 'int', '1'))
  await apply(f('p text, q int', 'int', '2'))
  expect(await signatures()).toEqual(['gold.f(text,integer)'])
})

test('a changed signature takes its callers along', async () => {
  await apply(f('p int', 'int', 'p'), { 'shop/gold/top.sql': view('select gold.f(1) as n') })
  const changes = await apply(f('p bigint', 'int', '7'))
  expect(changes).toEqual(['replace gold.f', 'rebuild gold.top'])
  expect(await signatures()).toEqual(['gold.f(bigint)'])
  expect(await project.rows('select n from gold.top')).toEqual([{ n: 7 }])
})

test('a changed result type takes its callers along, and what reads those', async () => {
  await apply(f('p int', 'int', 'p'), {
    'shop/gold/caller.sql': view('select gold.f(1) as n'),
    'shop/gold/top.sql': view('select n from gold.caller'),
  })
  const changes = await apply(f('p int', 'text', `'seven'`))
  expect(changes).toEqual(['replace gold.f', 'rebuild gold.caller', 'rebuild gold.top'])
  expect(await project.rows('select n from gold.top')).toEqual([{ n: 'seven' }])
})

test('a caller that changes with the function is no obstacle', async () => {
  await apply(f('p int', 'int', 'p'), { 'shop/gold/top.sql': view('select gold.f(1) as n') })
  await apply(f('p int, q int', 'int', 'q'), {
    'shop/gold/top.sql': view('select gold.f(1, 2) as n'),
  })
  expect(await project.rows('select n from gold.top')).toEqual([{ n: 2 }])
})

test('a caller that no longer fits is an error at its own place', async () => {
  await apply(f('p int', 'int', 'p'), { 'shop/gold/top.sql': view('select gold.f(1) as n') })
  project.write({ 'shop/gold/f.sql': routine(f('p date', 'int', '1')) })
  expect(await project.complaint()).toMatch(
    /^shop\/gold\/top\.sql:3:8: function gold\.f\(integer\) does not exist\n/,
  )
  expect(await signatures()).toEqual(['gold.f(integer)'])
})

test('renamed arguments and a changed body go through', async () => {
  await apply(f('p int', 'int', 'p'))
  await apply(f('q int', 'int', 'q + 1'))
  expect(await project.rows('select gold.f(q => 1) as n')).toEqual([{ n: 2 }])
})

test('of a file with two functions the one that is taken out is dropped', async () => {
  await apply(`${f('p int', 'int', 'p')}\n${f('p text', 'text', 'p')}`)
  await apply(f('p text', 'text', 'p'))
  expect(await signatures()).toEqual(['gold.f(text)'])
})

test('a changed description changes the comment; one of its own stays', async () => {
  const own = `${f('p int', 'int', 'p')}\ncomment on function gold.f(int) is 'Its own.';`
  await apply(f('p int', 'int', 'p'))
  await apply(f('p int', 'int', 'p'), {}, 'Another text.')
  expect(await comment('gold.f(int)')).toEqual([{ comment: 'Another text.' }])
  await apply(own)
  expect(await comment('gold.f(int)')).toEqual([{ comment: 'Its own.' }])
})

test('a procedure and a body of several statements are fine', async () => {
  await apply(`create or replace procedure gold.p(p_n int) language plpgsql as $$
begin
  raise notice 'one;';
  raise notice 'two';
end
$$;`)
  expect(await signatures()).toEqual(['gold.p(integer)'])
})

test('a routine becomes a view, and the view a routine', async () => {
  await apply(f('', 'int', '1'))
  project.write({ 'shop/gold/f.sql': view('select 1 as x') })
  await project.apply()
  expect(await signatures()).toEqual([])
  expect(await project.rows('select x from gold.f')).toEqual([{ x: 1 }])
  await apply(f('', 'int', '1'))
  expect(await project.rows(`select to_regclass('gold.f') as view`)).toEqual([{ view: null }])
  expect(await signatures()).toEqual(['gold.f()'])
})
