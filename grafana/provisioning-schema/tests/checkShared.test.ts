import { expect, test } from 'vitest'
import { checkDashboard, queriesOf } from '../src/index.ts'
import { dashboard, panel, secondPanel } from './sample.ts'

const options = { datasources: ['shop'], maxSqlLines: 10 }
const rulesBrokenBy = (json: unknown) => checkDashboard(json, options).map(({ rule }) => rule)
const own = { type: 'datasource', uid: '-- Dashboard --' }

/** Two panels: the second shows the result of the panel with this id. */
const sharing = (panelId: unknown) =>
  dashboard({ panels: [panel(), secondPanel({ datasource: own, targets: [from(panelId)] })] })
const from = (panelId: unknown) => ({ refId: 'A', datasource: own, panelId })

test('a panel may show the result of another, without SQL of its own', () => {
  expect(rulesBrokenBy(sharing(1))).toEqual([])
})

test('the query that panels share is one query', () => {
  expect(queriesOf(sharing(1)).map(({ panel: title }) => title)).toEqual(['category', 'Orders'])
})

test.each([
  ['a panel that is not there', 7],
  ['itself', 2],
  ['no panel', undefined],
])('showing the result of %s is a problem', (_, panelId) => {
  expect(rulesBrokenBy(sharing(panelId))).toEqual(['shared-panel-asks'])
})

test('showing the result of a panel that has it from another is a problem', () => {
  const third = panel({ id: 3, gridPos: { x: 0, y: 4, w: 12, h: 4 }, targets: [from(2)] })
  const second = secondPanel({ datasource: own, targets: [from(1)] })
  expect(rulesBrokenBy(dashboard({ panels: [panel(), second, third] }))).toEqual([
    'shared-panel-asks',
  ])
})

test('the problem says which panels can be shown', () => {
  const [problem] = checkDashboard(sharing(7))
  expect(problem).toMatchObject({
    where: 'dashboard "Orders": panel "Revenue" (id 2): panelId',
    found: '7',
    expected: 'the id of a panel with SQL: panel "Orders" (id 1)',
  })
})

test('a second query beside a shared one is a problem, as Grafana drops it', () => {
  const both = [from(1), { refId: 'B', format: 'table', rawSql: 'select 1' }]
  const json = dashboard({ panels: [panel(), secondPanel({ targets: both })] })
  expect(rulesBrokenBy(json)).toEqual(['shared-query-alone'])
})
