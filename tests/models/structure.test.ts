import { beforeAll, expect, test } from 'vitest'
import type { Problem } from '../../models/problems.ts'
import { loadParser, parseStructure, type Structure } from '../../models/structure.ts'

beforeAll(loadParser)

function parsed(body: string): Structure {
  const problems: Problem[] = []
  const structure = parseStructure({ path: 'a.sql', text: body, body, bodyOffset: 0 }, problems)
  expect(problems).toEqual([])
  return structure!
}

const relationsOf = (body: string) =>
  parsed(body).relations.map(({ schema, name }) => (schema ? `${schema}.${name}` : name))

/** The text from a reference on, as far as its name goes. */
const textAt = (body: string, { name, offset }: { name: string; offset: number }) =>
  body.slice(offset, offset + name.length + 8)

test('relations are found in joins, subqueries, set operations, laterals and sublinks', () => {
  const body = `
    select *, (select max(a) from gold.g)
    from silver.a join silver.b using (x) left join lateral (select 1 from silver.c) as c on true
    where exists (select from silver.d) union all select * from (select * from silver.e) as e`
  expect(relationsOf(body).sort()).toEqual([
    'gold.g',
    'silver.a',
    'silver.b',
    'silver.c',
    'silver.d',
    'silver.e',
  ])
})

test('the name of a common table expression is no relation, where it is visible', () => {
  expect(relationsOf('with x as (select 1) select * from x, (select * from x) as y')).toEqual([])
  expect(relationsOf('select * from (with x as (select 1) select * from x) as y, x')).toEqual(['x'])
  expect(relationsOf('with silver as (select 1) select * from silver.x')).toEqual(['silver.x'])
})

test('functions are found where they are called with a schema', () => {
  const { calls } = parsed('select gold.f(x), count(*), (select ops.now()) from gold.g(1) as g')
  expect(calls.map(({ schema, name }) => `${schema}.${name}`).sort()).toEqual([
    'gold.f',
    'gold.g',
    'ops.now',
  ])
})

test('places count characters, whatever stands before them', () => {
  const body = `select 'äöü 😀' as "Straße", 1 from gold.one join silver.two on gold.f('€')`
  const { relations, calls } = parsed(body)
  expect(relations.map((relation) => textAt(body, relation))).toEqual([
    'gold.one jo',
    'silver.two ',
  ])
  expect(calls.map((call) => textAt(body, call))).toEqual([`gold.f('€`])
})

test('statements are told apart, each with its text and place', () => {
  const body = `-- ä\nselect 1;\n  /* é */ select 2 ; create function gold.f() returns int language sql return 1`
  const { statements, creates } = parsed(body)
  expect(statements.map(({ type }) => type)).toEqual([
    'SelectStmt',
    'SelectStmt',
    'CreateFunctionStmt',
  ])
  for (const { text, offset } of statements) expect(body.slice(offset).startsWith(text)).toBe(true)
  expect(statements[1]!.text).toMatch(/select 2$/)
  expect(creates).toMatchObject([{ schema: 'gold', name: 'f' }])
})

test('each branch of a union names its bronze table and where its outputs begin', () => {
  const body = `select 'é', a from bronze.one union all
    select x.b from silver.s join bronze.two as x on true union all select c from silver.three`
  const { branches } = parsed(body)
  expect(branches.map(({ bronze }) => bronze)).toEqual([
    { table: 'one', alias: 'one' },
    { table: 'two', alias: 'x' },
    undefined,
  ])
  expect(branches.map(({ targetOffset }) => body.slice(targetOffset, targetOffset + 3))).toEqual([
    `'é'`,
    'x.b',
    'c f',
  ])
})

test('a bronze table inside a subquery or a common table expression is not the one of the select', () => {
  const [branch] = parsed('select a from (select * from bronze.one) as one').branches
  expect(branch!.bronze).toBeUndefined()
})

test.each([
  ['plain text', 'select a form wrong', 'wrong'],
  ['two-byte characters', `select 'äöü' form wrong`, 'wrong'],
  ['characters beyond 16 bits', `select '😀😀' form wrong`, 'wrong'],
])('a syntax error after %s has its place', (_, body, at) => {
  const problems: Problem[] = []
  const text = `-- head\n${body}`
  expect(parseStructure({ path: 'a.sql', text, body, bodyOffset: 8 }, problems)).toBeNull()
  expect(problems).toMatchObject([{ message: `syntax error at or near "${at}"` }])
  expect(problems[0]!.offset).toBe(text.lastIndexOf(at))
})
