// What only the server can know: columns, types, relations.
import { expect, test } from 'vitest'
import { complaints, oneProblem } from './complaints.ts'
import { newProject, view } from './project.ts'

const complaintOf = complaints()

test('a relation that does not exist', async () => {
  const files = { 'shop/gold/a.sql': view('select x\nfrom silver.nothing') }
  expect(await complaintOf(files)).toBe(
    oneProblem(
      'shop/gold/a.sql:4:6: relation "silver.nothing" does not exist',
      '   4 | from silver.nothing',
      '     |      ^',
      'No file makes it: <domain>/silver/nothing.sql would.',
    ),
  )
})

test('a bronze table without a source', async () => {
  const files = { 'shop/gold/a.sql': view('select payload from bronze.shop_orders') }
  expect(await complaintOf(files)).toBe(
    oneProblem(
      'shop/gold/a.sql:3:21: relation "bronze.shop_orders" does not exist',
      '   3 | select payload from bronze.shop_orders',
      '     |                     ^',
      "Declare its source in the domain's sources.sql: select ops.add_source('<topic>');",
    ),
  )
})

test.each([
  ['two-byte characters', `select 'äöüß' as a, nothing as b`, 21],
  ['characters beyond 16 bits', `select '😀😀' as a, nothing as b`, 21],
])('a column that does not exist, after %s', async (_, select, column) => {
  const message = await complaintOf({ 'shop/gold/a.sql': view(select) })
  expect(message).toBe(
    oneProblem(
      `shop/gold/a.sql:3:${column}: column "nothing" does not exist`,
      `   3 | ${select}`,
      `     | ${' '.repeat(column - 1)}^`,
    ),
  )
})

test('a wrong column in the text of an event model, behind what the compiler adds', async () => {
  const files = {
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('shop-orders');\n`,
    'shop/silver/orders.sql':
      "-- Bestellungen, größte zuerst.\n-- kind: event\n-- key: order_id\n-- time: at\nselect\n  payload ->> 'ö' as order_id,\n  kafka_time as at\nfrom bronze.shop_orders\n",
  }
  expect(await complaintOf(files)).toMatch(
    /^shop\/silver\/orders\.sql:7:3: column "kafka_time" does not exist\n {3}7 \| {3}kafka_time as at\n {5}\| {3}\^\n/,
  )
})

test('a grain that the select does not make', async () => {
  const text =
    '-- Pairs.\n-- kind: materialized\n-- grain: one, other\n-- every: 1 minute\nselect 1 as one, 2 as two\n'
  expect(await complaintOf({ 'shop/gold/pairs.sql': text })).toBe(
    oneProblem(
      'shop/gold/pairs.sql:3:11: The select makes no column "other", named as grain',
      '   3 | -- grain: one, other',
      '     |           ^',
      'The select makes: one, two.',
    ),
  )
})

test('a grain that is not unique', async () => {
  const text =
    '-- Pairs.\n-- kind: materialized\n-- grain: one\n-- every: 1 minute\nselect 1 as one from generate_series(1, 2)\n'
  const message = await complaintOf({ 'shop/gold/pairs.sql': text })
  expect(message).toMatch(/^shop\/gold\/pairs\.sql:\d+:\d+: could not create unique index/)
  expect(message).toContain('Key (one)=(1) is duplicated.')
})

test('an output without a name, and two of one name', async () => {
  const message = await complaintOf({
    'shop/gold/a.sql': view('select 1 + 1'),
    'shop/gold/b.sql': view('select 1 as x, 2 as x'),
  })
  expect(message).toContain('shop/gold/a.sql:3:1: Output column 1 has no name\n')
  expect(message).toContain('shop/gold/b.sql:3:1: Two output columns are named "x"\n')
})

test('a private column that the select does not make', async () => {
  const files = { 'shop/gold/a.sql': view('select 1 as x', '-- private: email\n') }
  expect(await complaintOf(files)).toMatch(
    /^shop\/gold\/a\.sql:3:13: The select makes no column "email", named as private\n/,
  )
})

test('the statement of a sources file that the server refuses', async () => {
  const files = {
    'shop/sources.sql': `-- Thémen.\nselect ops.add_source('shop-ok');\nselect ops.add_source('sh op');\n`,
  }
  expect(await complaintOf(files)).toBe(
    oneProblem(
      'shop/sources.sql:3:1: Topic "sh op" is not a name that Kafka takes',
      `   3 | select ops.add_source('sh op');`,
      '     | ^',
      'Letters, digits, dot, underscore and hyphen; at most 249.',
    ),
  )
})

test('problems of many files and kinds are one message, and nothing is changed', async () => {
  const project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('shop-orders');\n`,
    'shop/gold/good.sql': view('select 1 as x'),
    'shop/gold/server.sql': view('select nothing'),
    'shop/gold/syntax.sql': view('select from where'),
    'shop/gold/header.sql': '-- H.\n-- kind: what\nselect 1 as x\n',
    'shop/gold/reads_bad.sql': view('select * from gold.server join gold.syntax on true'),
    'shop/gold/reads_good.sql': view('select y from gold.good'),
  })
  const message = await project.complaint()
  expect(message.match(/^\S+(?=:\d+:\d+: )/gm)).toEqual([
    'shop/gold/header.sql',
    'shop/gold/reads_good.sql',
    'shop/gold/server.sql',
    'shop/gold/syntax.sql',
  ])
  expect(message).toMatch(/\n4 problems; nothing was changed\.$/)
  const left = `select topic from ops.sources union all select table_name from information_schema.tables
    where table_schema in ('bronze', 'silver', 'gold')`
  expect(await project.rows(left)).toEqual([])
})
