import { describe, expect, test } from 'vitest'
import { checkAnswer, formatProblem, queriesOf } from '../src/index.ts'
import { dashboard, panel, secondPanel } from './sample.ts'

const types = { text: 25, number: 20, time: 1184 }
type Column = keyof typeof types

/** An answer with these columns and one row, unless there are to be none. */
const answer = (
  columns: Record<string, Column>,
  rows = 1,
  values: Record<string, unknown> = {},
) => ({
  fields: Object.entries(columns).map(([name, type]) => ({ name, dataTypeID: types[type] })),
  rows: Array.from({ length: rows }, () => values),
})

const problemsOf = (json: Record<string, unknown>, given: ReturnType<typeof answer>) =>
  checkAnswer(
    json,
    queriesOf(json).find(({ kind }) => kind === 'panel')!,
    given,
  )
const rulesBroken = (changes: Record<string, unknown>, given: ReturnType<typeof answer>) =>
  problemsOf(dashboard({ panels: [panel(changes)] }), given).map(({ rule }) => rule)

const override = (name: string, ...properties: object[]) => ({
  fieldConfig: {
    defaults: { unit: 'none' },
    overrides: [{ matcher: { id: 'byName', options: name }, properties }],
  },
})

test('an answer with what the panel needs has no problems', () => {
  expect(rulesBroken({}, answer({ orders: 'number' }))).toEqual([])
})

test('no rows are a problem of a panel and of a variable', () => {
  expect(rulesBroken({}, answer({ orders: 'number' }, 0))).toEqual(['answer-rows'])
  const json = dashboard()
  const variable = queriesOf(json).find(({ kind }) => kind === 'variable')!
  expect(checkAnswer(json, variable, answer({ name: 'text' }, 0))).toHaveLength(1)
  expect(checkAnswer(json, variable, answer({ name: 'text' }))).toEqual([])
})

test('an annotation may have no rows, but needs a time', () => {
  const annotation = {
    name: 'Deploys',
    enable: true,
    datasource: { type: 'grafana-postgresql-datasource', uid: 'shop' },
    target: { refId: 'Anno', format: 'table', rawSql: 'select at as time from deploys' },
  }
  const json = dashboard({ annotations: { list: [annotation] } })
  const query = queriesOf(json).find(({ kind }) => kind === 'annotation')!
  expect(checkAnswer(json, query, answer({ time: 'time' }, 0))).toEqual([])
  expect(checkAnswer(json, query, answer({ at: 'time' }))).toMatchObject([{ rule: 'answer-time' }])
})

test('a column without a name is a problem', () => {
  expect(rulesBroken({}, answer({ '?column?': 'number' }))).toEqual(['answer-names'])
})

test.each([
  ['stat', { orders: 'text' }],
  ['timeseries', { orders: 'number' }],
  ['timeseries', { time: 'time', topic: 'text' }],
  ['piechart', { orders: 'number' }],
  ['barchart', { category: 'text' }],
  ['bargauge', { category: 'text' }],
  ['geomap', { state: 'text' }],
] as [string, Record<string, Column>][])('a %s of %j lacks a column', (type, columns) => {
  expect(rulesBroken({ type }, answer(columns))).toEqual(['answer-kind'])
})

describe('a column that is not there is a problem where it is named by', () => {
  const layer = {
    location: { mode: 'coords', latitude: 'lat', longitude: 'orders' },
    config: { style: { size: { field: 'size' }, text: { field: 'orders' } } },
  }
  test.each([
    ['an override', override('revenue'), 1],
    ['the field of a stat', { options: { reduceOptions: { fields: '/^revenue$/' } } }, 1],
    ['the x axis', { type: 'barchart', options: { xField: 'category' } }, 1],
    ['the order of a table', { options: { sortBy: [{ displayName: 'hour' }] } }, 1],
    ['a map', { type: 'geomap', options: { layers: [layer] } }, 2],
    [
      'the fields that are kept',
      {
        transformations: [
          { id: 'filterFieldsByName', options: { include: { names: ['revenue', 'orders'] } } },
        ],
      },
      1,
    ],
    [
      'the fields that are hidden',
      { transformations: [{ id: 'organize', options: { excludeByName: { revenue: true } } }] },
      1,
    ],
    [
      'a data link',
      override('orders', {
        id: 'links',
        value: [
          {
            title: 'x',
            url: '/d/x?var-a=${__data.fields.id}&from=${__data.fields.orders.numeric}',
          },
        ],
      }),
      1,
    ],
  ])('%s', (_, changes, count) => {
    const rules = rulesBroken(changes, answer({ orders: 'number' }))
    expect(rules).toEqual(Array.from({ length: count }, () => 'answer-column'))
  })

  test('another panel that shows the same answer, and the message says which', () => {
    const shared = { type: 'datasource', uid: '-- Dashboard --' }
    const json = dashboard({
      panels: [
        panel(),
        secondPanel({
          targets: [{ refId: 'A', datasource: shared, panelId: 1 }],
          options: { reduceOptions: { fields: '/^revenue$/' } },
        }),
      ],
    })
    expect(problemsOf(json, answer({ orders: 'number' })).map(formatProblem)).toEqual([
      'panel "Revenue" (id 2): options, reduceOptions.fields: It names the column "revenue". Found orders; expected "revenue". Change the query, or what names its columns. [answer-column]',
    ])
  })
})

test('the lines of a time series are named by its texts', () => {
  const changes = {
    type: 'timeseries',
    targets: [{ refId: 'A', format: 'time_series', rawSql: 'select at as time, topic, n from a' }],
  }
  const given = answer({ time: 'time', topic: 'text', n: 'number' }, 1, { topic: 'clicks' })
  expect(rulesBroken({ ...changes, ...override('clicks') }, given)).toEqual([])
  expect(rulesBroken({ ...changes, ...override('carts') }, given)).toEqual(['answer-column'])
})

test('a number called time is one in a time series, and not in a table', () => {
  const of = (format: string) => ({
    type: 'timeseries',
    targets: [{ refId: 'A', format, rawSql: 'select at as time, n from a' }],
  })
  const given = answer({ time: 'number', n: 'number' })
  expect(rulesBroken(of('time_series'), given)).toEqual([])
  expect(rulesBroken(of('table'), given)).toEqual(['answer-kind'])
})

test('slices of a pie are named by the texts of its rows', () => {
  const pie = { type: 'piechart', options: { reduceOptions: { values: true } } }
  const given = answer({ type: 'text', n: 'number' }, 1, { type: 'spam' })
  expect(rulesBroken({ ...pie, ...override('spam') }, given)).toEqual([])
  expect(rulesBroken({ ...pie, ...override('ham') }, given)).toEqual(['answer-column'])
})

test('a column made by grouping may be named', () => {
  const options = { fields: { orders: { operation: 'aggregate', aggregations: ['sum'] } } }
  const given = answer({ orders: 'number' })
  const transformations = [{ id: 'groupBy', options }]
  expect(rulesBroken({ transformations, ...override('orders (sum)') }, given)).toEqual([])
  expect(rulesBroken(override('orders (sum)'), given)).toEqual(['answer-column'])
})

test('a renamed column may be named by either name', () => {
  const transformations = [{ id: 'organize', options: { renameByName: { orders: 'Orders' } } }]
  const given = answer({ orders: 'number' })
  expect(rulesBroken({ transformations, ...override('Orders') }, given)).toEqual([])
})

test('a picture that is not a text is a problem', () => {
  const picture = { id: 'custom.cellOptions', value: { type: 'image' } }
  const changes = { type: 'table', ...override('picture', picture) }
  expect(rulesBroken(changes, answer({ picture: 'text' }))).toEqual([])
  expect(rulesBroken(changes, answer({ picture: 'number' }))).toEqual(['answer-picture'])
})
