import { expect, test } from 'vitest'
import { complaints, oneProblem } from './complaints.ts'
import { view } from './project.ts'

const complaintOf = complaints()

test.each(['shop/orders.sql', 'shop/bronze/orders.sql', 'shop/gold/deep/orders.sql', 'orders.sql'])(
  'a file at %s has no meaning',
  async (path) => {
    expect(await complaintOf({ [path]: view('select 1 as x') })).toBe(
      oneProblem(
        `${path}:1:1: This place has no meaning for a model`,
        '   1 | -- A view.',
        '     | ^',
        'Move it to <domain>/sources.sql, <domain>/silver/<object>.sql or <domain>/gold/<object>.sql.',
      ),
    )
  },
)

test('a file whose name is no name of an object', async () => {
  expect(await complaintOf({ 'shop/gold/Orders-2.sql': view('select 1 as x') })).toBe(
    oneProblem(
      'shop/gold/Orders-2.sql:1:1: "Orders-2" is no name for a model',
      '   1 | -- A view.',
      '     | ^',
      'Lower-case letters, digits and _ make a name: gold/hourly_sales.sql.',
    ),
  )
})

test("a folder ops of a user's", async () => {
  expect(await complaintOf({ 'ops/health.sql': view('select 1 as x') })).toBe(
    oneProblem(
      "ops/health.sql:1:1: Schema ops is the engine's own",
      '   1 | -- A view.',
      '     | ^',
      'Make it a model of silver or gold.',
    ),
  )
})

test('two files that make the same object', async () => {
  const files = { 'a/gold/x.sql': view('select 1 as x'), 'b/gold/x.sql': view('select 1 as x') }
  expect(await complaintOf(files)).toBe(
    oneProblem(
      'b/gold/x.sql:1:1: gold.x is made by a/gold/x.sql already',
      '   1 | -- A view.',
      '     | ^',
    ),
  )
})

test('a cycle is told once, and nothing else of its members', async () => {
  const files = {
    'shop/gold/a.sql': view('select * from gold.b'),
    'shop/gold/b.sql': view('select * from gold.a'),
  }
  expect(await complaintOf(files)).toBe(
    oneProblem(
      'shop/gold/a.sql:3:1: Models read each other in a cycle: gold.a → gold.b → gold.a',
      '   3 | select * from gold.b',
      '     | ^',
    ),
  )
})

test('a relation without a schema', async () => {
  const files = { 'shop/gold/a.sql': view(`select 'ü' as u\nfrom orders`) }
  expect(await complaintOf(files)).toBe(
    oneProblem(
      'shop/gold/a.sql:4:6: "orders" has no schema',
      '   4 | from orders',
      '     |      ^',
      'Write bronze., silver. or gold. before it.',
    ),
  )
})

test('two statements', async () => {
  const files = { 'shop/gold/a.sql': view('select 1 as x;\n\nselect 2 as x;') }
  expect(await complaintOf(files)).toBe(
    oneProblem(
      'shop/gold/a.sql:5:1: A model of kind view is one select',
      '   5 | select 2 as x;',
      '     | ^',
    ),
  )
})

test('a statement that is no select', async () => {
  const files = { 'shop/gold/a.sql': view('delete from silver.x') }
  expect(await complaintOf(files)).toMatch(
    /^shop\/gold\/a\.sql:3:1: A model of kind view is one select\n/,
  )
})

test('a header without a select', async () => {
  expect(await complaintOf({ 'shop/gold/a.sql': '-- A.\n-- kind: view\n' })).toMatch(
    /^shop\/gold\/a\.sql:3:1: A model of kind view is one select\n/,
  )
})

test.each([
  ['plain text', 'select 1 as x,\n  form y', '4:8', '  form y', '       ^'],
  [
    'two-byte characters',
    `select 'äöü', form y`,
    '3:20',
    `select 'äöü', form y`,
    `${' '.repeat(19)}^`,
  ],
])('a syntax error after %s', async (_, select, place, line, caret) => {
  const lineNo = place.split(':')[0]!
  expect(await complaintOf({ 'shop/gold/a.sql': view(`${select} z`) })).toBe(
    oneProblem(
      `shop/gold/a.sql:${place.replace(/\d+$/, (column) => String(Number(column) + 2))}: syntax error at or near "z"`,
      `   ${lineNo} | ${line} z`,
      `     | ${caret.replace('^', '  ^')}`,
    ),
  )
})

test("an event model that does not read its bronze table in the select's own from", async () => {
  const text =
    '-- Orders.\n-- kind: event\n-- time: at\nselect at\nfrom (select kafka_at as at from bronze.x) as y\n'
  expect(await complaintOf({ 'shop/silver/orders.sql': text })).toBe(
    oneProblem(
      'shop/silver/orders.sql:4:8: A model of kind event reads a bronze table in the from of its select',
      '   4 | select at',
      '     |        ^',
      'Parse in the select itself, not in a subquery; what joins or aggregates is a model above it.',
    ),
  )
})

test('a routine file with another statement, and one that creates nothing', async () => {
  const text = '-- F.\n-- kind: routine\ndrop table silver.x\n'
  expect(await complaintOf({ 'shop/gold/f.sql': text })).toBe(
    [
      'shop/gold/f.sql:3:1: A routine file has no DropStmt',
      '   3 | drop table silver.x',
      '     | ^',
      'Only create function or procedure, comment and grant.',
      '',
      'shop/gold/f.sql:3:1: This routine file creates no function',
      '   3 | drop table silver.x',
      '     | ^',
      '',
      '2 problems; nothing was changed.',
    ].join('\n'),
  )
})

test('a routine made in another schema than its folder says', async () => {
  const text =
    '-- F.\n-- kind: routine\ncreate function silver.f() returns int language sql return 1\n'
  expect(await complaintOf({ 'shop/gold/f.sql': text })).toMatch(
    /^shop\/gold\/f\.sql:3:1: "f" is made in another schema than gold\n/,
  )
})
