import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { queriesOf, queriesOfAlerts, timeRangeOf } from '../src/index.ts'
import { alertFile, dashboard, panel, secondPanel } from './sample.ts'

const row = { id: 9, type: 'row', title: 'More', gridPos: { x: 0, y: 4, w: 24, h: 1 } }
const annotation = {
  name: 'Deploys',
  enable: true,
  datasource: { type: 'grafana-postgresql-datasource', uid: 'shop' },
  target: { refId: 'Anno', format: 'table', rawSql: 'select at as time from deploys' },
}

test('the queries of a dashboard are those of variables, annotations, panels and folded rows', () => {
  const json = dashboard({
    annotations: { list: [annotation] },
    panels: [panel(), { ...row, collapsed: true, panels: [secondPanel()] }],
  })
  expect(queriesOf(json).map(({ kind, panel: title, panelId }) => [kind, title, panelId])).toEqual([
    ['variable', 'category', null],
    ['annotation', 'Deploys', null],
    ['panel', 'Orders', 1],
    ['panel', 'Revenue', 2],
  ])
})

test('a query has its SQL, format and data source', () => {
  const json = dashboard({ templating: { list: [] }, panels: [panel()] })
  expect(queriesOf(json)).toEqual([
    {
      kind: 'panel',
      panel: 'Orders',
      panelId: 1,
      refId: 'A',
      sql: 'select 1 from orders',
      format: 'table',
      datasource: 'shop',
      where: 'panel "Orders" (id 1), query A',
    },
  ])
})

test('a hidden query is left out', () => {
  const hidden = { refId: 'A', format: 'table', rawSql: 'select 1', hide: true }
  const json = dashboard({ templating: { list: [] }, panels: [panel({ targets: [hidden] })] })
  expect(queriesOf(json)).toEqual([])
})

test('the annotation that Grafana adds by itself has no query', () => {
  const builtIn = {
    name: 'Annotations & Alerts',
    enable: true,
    builtIn: 1,
    datasource: { type: 'grafana', uid: '-- Grafana --' },
  }
  const json = dashboard({ templating: { list: [] }, annotations: { list: [builtIn] } })
  expect(queriesOf(json).map(({ kind }) => kind)).toEqual(['panel', 'panel'])
})

test('a dashboard whose structure is wrong is refused, with the problems', () => {
  expect(() => queriesOf(dashboard({ schemaVersion: 1 }))).toThrow(/schemaVersion/)
})

test('the queries of alert rules are those that go to a data source', () => {
  expect(queriesOfAlerts(parse(alertFile))).toEqual([
    {
      rule: 'No orders',
      ruleUid: 'shop-no-orders',
      refId: 'A',
      sql: 'select count(*) from orders where $__timeFilter(ordered_at)',
      format: 'table',
      datasource: 'shop',
      fromSeconds: 300,
      toSeconds: 0,
      where: 'query A',
    },
  ])
})

test('an alerting file whose structure is wrong is refused, with the problems', () => {
  expect(() => queriesOfAlerts({ apiVersion: 1, groups: [{}] })).toThrow(/groups\[0\]\.name/)
})

test('the range of a dashboard is counted back from now', () => {
  const now = new Date('2026-03-01T12:00:00Z')
  expect(timeRangeOf(dashboard(), now)).toEqual({ from: new Date('2026-03-01T06:00:00Z'), to: now })
})

test('a range that depends on a place is refused', () => {
  const json = dashboard({ time: { from: 'now/d', to: 'now' } })
  expect(() => timeRangeOf(json)).toThrow(/"now\/d" cannot be read/)
})
