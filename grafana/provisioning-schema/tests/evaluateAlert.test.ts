import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { alertRulesOf, evaluateAlert, type AlertOutcome, type Answer } from '../src/index.ts'
import { alertFile } from './sample.ts'

const types = { text: 25, bigint: 20, numeric: 1700, float: 701, time: 1184, boolean: 16 }
type Type = keyof typeof types

/** An answer of these columns, such as `{ topic: 'text', lag: 'bigint' }`, and rows. */
function answer(columns: Record<string, Type>, ...rows: unknown[][]): Answer {
  const names = Object.keys(columns)
  return {
    fields: names.map((name) => ({ name, dataTypeID: types[columns[name]!] })),
    rows: rows.map((row) =>
      Object.fromEntries(names.map((name, index): [string, unknown] => [name, row[index]])),
    ),
  }
}

/** A rule whose query is followed by these expressions; the last is its condition. */
function rule(expressions: object[], changes: object = {}) {
  const file = parse(alertFile) as { groups: { rules: { data: object[] }[] }[] }
  const [first] = file.groups[0]!.rules
  const refIds = ['B', 'C', 'D']
  const data = [
    first!.data[0],
    ...expressions.map((model, index) => ({
      refId: refIds[index],
      datasourceUid: '__expr__',
      model,
    })),
  ]
  const condition = refIds[expressions.length - 1]
  Object.assign(first!, { data, condition, ...changes })
  return alertRulesOf(file)[0]!
}

const last = { type: 'reduce', expression: 'A', reducer: 'last' }
const above = (bound: number, type = 'gt', ...more: number[]) => ({
  type: 'threshold',
  expression: 'B',
  conditions: [{ evaluator: { type, params: [bound, ...more] } }],
})
const firing = ({ instances }: AlertOutcome) =>
  instances.filter(({ isFiring }) => isFiring).map(({ labels }) => labels)
const evaluate = (...[of, given]: [ReturnType<typeof rule>, Answer]) =>
  evaluateAlert(of, () => Promise.resolve(given))

describe('a chain of query, reduce and threshold', () => {
  const lag = answer({ topic: 'text', lag: 'bigint' }, ['orders', '10'], ['clicks', '11'])

  test('fires for those labels whose number passes the bound', async () => {
    const outcome = await evaluate(rule([last, above(10)]), lag)
    expect(outcome.state).toBe('firing')
    expect(outcome.instances).toEqual([
      { labels: { topic: 'orders' }, values: { A: 10, B: 10, C: 0 }, isFiring: false },
      { labels: { topic: 'clicks' }, values: { A: 11, B: 11, C: 1 }, isFiring: true },
    ])
  })

  test('is normal where none does', async () => {
    expect((await evaluate(rule([last, above(11)]), lag)).state).toBe('normal')
  })

  test.each([
    ['gt', 5, [], 0],
    ['gte', 5, [], 1],
    ['lt', 5, [], 0],
    ['lte', 5, [], 1],
    ['eq', 5, [], 1],
    ['ne', 5, [], 0],
    ['within_range', 4, [6], 1],
    ['within_range', 5, [6], 0],
    ['outside_range', 4, [6], 0],
    ['outside_range', 6, [7], 1],
  ])('5 %s %d %j is %d', async (type, bound, more, expected) => {
    const outcome = await evaluate(
      rule([last, above(bound, type, ...more)]),
      answer({ n: 'numeric' }, ['5']),
    )
    expect(outcome.instances[0]!.values['C']).toBe(expected)
  })

  test('sends the query with its macros expanded, for the range before now', async () => {
    const sent: string[] = []
    const ask = (sql: string) => {
      sent.push(sql)
      return Promise.resolve(lag)
    }
    await evaluateAlert(rule([last, above(1)]), ask, new Date('2026-03-01T10:00:00Z'))
    expect(sent).toEqual([
      "select count(*) from orders where ordered_at BETWEEN '2026-03-01T09:55:00Z' AND '2026-03-01T10:00:00Z'",
    ])
  })
})

describe('without a number', () => {
  const none = answer({ n: 'bigint' })
  const chain = [last, above(0)]

  test.each([
    ['OK', 'normal'],
    ['NoData', 'no data'],
    ['Alerting', 'firing'],
  ])('the rule’s noDataState %s makes it %s', async (noDataState, state) => {
    expect((await evaluate(rule(chain, { noDataState }), none)).state).toBe(state)
    const isNull = answer({ n: 'bigint' }, [null])
    expect((await evaluate(rule(chain, { noDataState }), isNull)).state).toBe(state)
  })

  test('a null beside numbers does not fire', async () => {
    const given = answer({ topic: 'text', n: 'float' }, ['a', null], ['b', 1])
    expect(firing(await evaluate(rule(chain), given))).toEqual([{ topic: 'b' }])
  })
})

describe('a time series', () => {
  const series = answer(
    { time: 'time', topic: 'text', n: 'float' },
    [new Date(3000), 'a', 1],
    [new Date(1000), 'a', 9],
    [new Date(2000), 'b', 4],
    [new Date(3000), 'b', null],
  )
  const withReducer = (reducer: string, settings = {}) => {
    const changed = rule([{ type: 'reduce', expression: 'A', reducer, settings }, above(3)])
    changed.data[0]!.model.format = 'time_series'
    return changed
  }

  test.each([
    ['last', [1, null]],
    ['max', [9, null]],
    ['min', [1, null]],
    ['sum', [10, null]],
    ['mean', [5, null]],
    ['count', [2, null]],
  ])('is reduced by %s, in the order of time', async (reducer, expected) => {
    const { instances } = await evaluate(withReducer(reducer), series)
    expect(instances.map(({ values }) => values['B'])).toEqual(expected)
  })

  test('in mode dropNN nulls are passed over', async () => {
    const { instances } = await evaluate(withReducer('last', { mode: 'dropNN' }), series)
    expect(instances.map(({ values }) => values['B'])).toEqual([1, 4])
  })
})

describe('math', () => {
  const math = (expression: string) => ({ type: 'math', expression })

  test.each([
    ['$B * 2 + 1 > 10 && $B < 6', 1],
    ['$B - 2 - 1 == 2', 1],
    ['!($B / 2 >= 3) || $B != 5', 1],
    ['abs(-${B}) ** 2 % 7', 4],
    ['$B <= 4.5', 0],
  ])('%s of 5 is %d', async (expression, expected) => {
    const { instances } = await evaluate(
      rule([last, math(expression)]),
      answer({ n: 'bigint' }, ['5']),
    )
    expect(instances[0]!.values['C']).toBe(expected)
  })

  test('what cannot be read is an error that quotes it', async () => {
    const given = answer({ n: 'bigint' }, ['5'])
    for (const expression of ['$B >', '$B 3', '$B # 3', '(1']) {
      await expect(evaluate(rule([last, math(expression)]), given)).rejects.toThrow(
        `Math expression "${expression}" cannot be read`,
      )
    }
  })

  test('numbers meet under the same labels', async () => {
    const given = answer({ topic: 'text', n: 'bigint' }, ['a', '1'], ['b', '5'])
    expect(firing(await evaluate(rule([last, math('$A + $B > 9')]), given))).toEqual([
      { topic: 'b' },
    ])
  })
})

describe('what Grafana refuses is an error:', () => {
  const chain = rule([last, above(0)])

  test.each([
    ['no number', answer({ topic: 'text' }, ['a']), 'topic (text)'],
    ['two numbers', answer({ a: 'bigint', b: 'bigint' }, ['1', '2']), 'a (number), b (number)'],
    ['a time in a table', answer({ at: 'time', n: 'bigint' }, [new Date(), '1']), 'and no time'],
    ['a boolean', answer({ ok: 'boolean', n: 'bigint' }, [true, '1']), 'ok (other)'],
    ['labels twice', answer({ a: 'text', n: 'bigint' }, ['x', '1'], ['x', '2']), 'two rows'],
  ])('%s', async (_, given, message) => {
    await expect(evaluate(chain, given)).rejects.toThrow(message)
  })

  test('an expression of an unknown type', async () => {
    await expect(evaluate(rule([{ type: 'sql' }]), answer({ n: 'bigint' }))).rejects.toThrow(
      'expected reduce, threshold or math',
    )
  })
})
