import { expect, test } from 'vitest'
import { complaints, oneProblem } from './complaints.ts'

const complaintOf = complaints()

test('an unknown header key', async () => {
  const text = '-- Orders.\n-- kind: view\n-- grian: order_id\nselect 1 as order_id\n'
  expect(await complaintOf({ 'shop/gold/orders.sql': text })).toBe(
    oneProblem(
      'shop/gold/orders.sql:3:11: Header key "grian" is unknown',
      '   3 | -- grian: order_id',
      '     |           ^',
      'Kind view takes: private.',
    ),
  )
})

test('a header key that belongs to another kind', async () => {
  const text = '-- Orders.\n-- kind: view\n-- grain: order_id\nselect 1 as order_id\n'
  expect(await complaintOf({ 'shop/gold/orders.sql': text })).toBe(
    oneProblem(
      'shop/gold/orders.sql:3:11: A model of kind view takes no "grain"',
      '   3 | -- grain: order_id',
      '     |           ^',
      'Kind view takes: private.',
    ),
  )
})

test('a missing kind', async () => {
  expect(await complaintOf({ 'shop/gold/orders.sql': '-- Orders.\nselect 1 as x\n' })).toBe(
    oneProblem(
      'shop/gold/orders.sql:1:1: The header has no kind',
      '   1 | -- Orders.',
      '     | ^',
      'Add one line: -- kind: event | entity | incremental | materialized | view | routine',
    ),
  )
})

test('a kind that comes after the header', async () => {
  const text = '-- Orders.\n\n-- kind: view\nselect 1 as x\n'
  expect(await complaintOf({ 'shop/gold/orders.sql': text })).toBe(
    oneProblem(
      'shop/gold/orders.sql:3:1: The header ended above',
      '   3 | -- kind: view',
      '     | ^',
      'It is the comment lines on top, none left out.',
    ),
  )
})

test('a mark of the encoding before the header is no part of it', async () => {
  const text = '\uFEFF-- Orders.\n-- kind: table\nselect 1 as x\n'
  expect(await complaintOf({ 'shop/gold/orders.sql': text })).toContain(
    'shop/gold/orders.sql:2:10: Kind "table" is unknown',
  )
})

test('a column that a header key names twice', async () => {
  const text =
    '-- Orders.\n-- kind: materialized\n-- grain: x, x\n-- every: 1 minute\nselect 1 as x\n'
  expect(await complaintOf({ 'shop/gold/orders.sql': text })).toBe(
    oneProblem(
      'shop/gold/orders.sql:3:11: "x" is named twice as grain',
      '   3 | -- grain: x, x',
      '     |           ^',
    ),
  )
})

test('an unknown kind', async () => {
  const text = '-- Orders.\n-- kind: table\nselect 1 as x\n'
  expect(await complaintOf({ 'shop/gold/orders.sql': text })).toBe(
    oneProblem(
      'shop/gold/orders.sql:2:10: Kind "table" is unknown',
      '   2 | -- kind: table',
      '     |          ^',
      'Known: event, entity, incremental, materialized, view, routine.',
    ),
  )
})

test('a missing description', async () => {
  expect(await complaintOf({ 'shop/gold/orders.sql': '-- kind: view\nselect 1 as x\n' })).toBe(
    oneProblem(
      'shop/gold/orders.sql:1:1: The file does not say what it makes',
      '   1 | -- kind: view',
      '     | ^',
      'Begin with a comment; it becomes comment on.',
    ),
  )
})

test('every missing required key', async () => {
  const text = '-- Pairs.\n-- kind: materialized\nselect 1 as x\n'
  expect(await complaintOf({ 'shop/gold/pairs.sql': text })).toBe(
    [
      'shop/gold/pairs.sql:2:10: Kind materialized needs "grain"',
      '   2 | -- kind: materialized',
      '     |          ^',
      'Add a line: -- grain: …',
      '',
      'shop/gold/pairs.sql:2:10: Kind materialized needs "every"',
      '   2 | -- kind: materialized',
      '     |          ^',
      'Add a line: -- every: …',
      '',
      '2 problems; nothing was changed.',
    ].join('\n'),
  )
})

test('a key without a value', async () => {
  const text = '-- Orders.\n-- kind: view\n-- private:\nselect 1 as x\n'
  expect(await complaintOf({ 'shop/gold/orders.sql': text })).toMatch(
    /^shop\/gold\/orders\.sql:3:\d+: Header key "private" is empty\n/,
  )
})

test('a key that is given twice', async () => {
  const text = '-- Orders.\n-- kind: view\n-- private: a\n-- private: b\nselect 1 as a, 2 as b\n'
  expect(await complaintOf({ 'shop/gold/orders.sql': text })).toBe(
    oneProblem(
      'shop/gold/orders.sql:4:1: Header key "private" is given twice',
      '   4 | -- private: b',
      '     | ^',
    ),
  )
})

test('a line below the kind that is no key', async () => {
  const text = '-- Orders.\n-- kind: view\n-- by minute\nselect 1 as a\n'
  expect(await complaintOf({ 'shop/gold/orders.sql': text })).toBe(
    oneProblem(
      'shop/gold/orders.sql:3:1: "-- by minute" is not a header line',
      '   3 | -- by minute',
      '     | ^',
      'Below -- kind: every line is -- key: value.',
    ),
  )
})

test.each(['0 seconds', 'often', '10', '1.5 minutes', '99999999999 days'])(
  'every: %s is no interval',
  async (every) => {
    const text = `-- Pairs.\n-- kind: materialized\n-- grain: x\n-- every: ${every}\nselect 1 as x\n`
    expect(await complaintOf({ 'shop/gold/pairs.sql': text })).toBe(
      oneProblem(
        `shop/gold/pairs.sql:4:11: "${every}" is no interval`,
        `   4 | -- every: ${every}`,
        '     |           ^',
        'For example: 10 seconds, 5 minutes, 1 hour.',
      ),
    )
  },
)

test('an unknown way to delete', async () => {
  const text =
    '-- Goods.\n-- kind: entity\n-- key: id\n-- delete: null\nselect 1 as id from bronze.goods\n'
  expect(await complaintOf({ 'shop/silver/goods.sql': text })).toContain(
    'shop/silver/goods.sql:4:12: delete: null is unknown\n   4 | -- delete: null\n     |            ^\nKnown: tombstone.',
  )
})

test('tombstones for a key of two columns', async () => {
  const text =
    '-- Goods.\n-- kind: entity\n-- key: a, b\n-- delete: tombstone\nselect 1 as a, 2 as b from bronze.goods\n'
  expect(await complaintOf({ 'shop/silver/goods.sql': text })).toContain(
    'shop/silver/goods.sql:4:12: delete: tombstone needs a key of one column\n',
  )
})
