// What a model that parses events can't be.
import { describe, expect, test } from 'vitest'
import { complaints } from './complaints.ts'
import { callAbove, fileOf, files, problemAt, restless } from './tableFiles.ts'

const complaintOf = complaints()

const about = (kind: string, key: string, select: string) =>
  complaintOf({ ...files, ...fileOf(kind, key, select) })

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

test.each([
  ['event', 'key: doc\n-- time: at', 6],
  ['event', 'key: doc\n-- time: at\n-- unique: ever', 7],
  ['entity', 'key: doc', 4],
])('a key of %s (%s) has an equality', async (kind, header, line) => {
  const select = 'select payload::json as doc, kafka_at as at from bronze.sales'
  const text = `-- X.\n-- kind: ${kind}\n-- ${header}\n${select}\n`
  const at = line - (kind === 'event' ? 1 : 0)
  expect(await complaintOf({ ...files, 'shop/silver/x.sql': text })).toBe(
    problemAt(
      'silver',
      select,
      'payload',
      `"doc" is json, which has no equality: it can't tell rows apart`,
      'Cast it, for example to jsonb or text.',
    )
      .replaceAll('4:8', `${at}:8`)
      .replace('   4 |', `   ${at} |`),
  )
})

test.each([
  ['json', 'payload::json'],
  ['point', `point(1, 2)`],
])('a version of an entity is no %s, which has no order', async (type, expression) => {
  const select = `select ${expression} as v, kafka_key as k from bronze.sales`
  expect(await about('entity', 'key: k\n-- version: v', select)).toBe(
    problemAt(
      'silver',
      select,
      expression.replace('::json', ''),
      `"v" is ${type}, which has no order: it can't tell which one is newer`,
      'Cast it, for example to jsonb or text.',
    )
      .replace('x.sql:4:', 'x.sql:5:')
      .replace('   4 |', '   5 |'),
  )
})

test.each([
  ['unique: always', 'unique: always is unknown', 'Known: ever.'],
  ['unique: ever', 'unique: ever needs a key', 'Add a line: -- key: …'],
  ['retain: a while', '"a while" is no number of days', 'For example: 30 days.'],
])('a header of an event model is not %s', async (line, message, mend) => {
  const key = line === 'unique: always' ? '-- key: k\n' : ''
  const text = `-- X.\n-- kind: event\n-- time: at\n${key}-- ${line}\nselect kafka_key as k, kafka_at as at from bronze.sales\n`
  const complaint = await complaintOf({ ...files, 'shop/silver/x.sql': text })
  expect(complaint).toContain(`: ${message}\n`)
  expect(complaint).toContain(`\n${mend}\n`)
  expect(complaint).toMatch(/^shop\/silver\/x\.sql:[45]:\d+: /)
})
