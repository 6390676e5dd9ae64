import { lstatSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import {
  checkFiles,
  formatProblem,
  parseDashboard,
  provisioningKind,
  queriesOf,
} from 'grafana-provisioning-schema'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { dashboardFiles, grafanaFiles } from './files.ts'

const grafana = join(import.meta.dirname, '../../grafana')

describe('the files under grafana/', () => {
  test('pass the checker, each alone and all together', () => {
    const problems = checkFiles(grafanaFiles(), { maxSqlLines: 10 })
    expect(problems.map(formatProblem)).toEqual([])
  })

  test('hold the data source, the provider, alert rules and a dashboard of each domain', () => {
    expect(grafanaFiles().map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'alerting/clickstream.yaml',
        'alerting/ecommerce.yaml',
        'alerting/pipeline.yaml',
        'dashboards/activity.json',
        'dashboards/clickstream.json',
        'dashboards/ecommerce-hourly-sales.json',
        'dashboards/ecommerce-product-performance.json',
        'dashboards/ecommerce-real-time.json',
        'dashboards/ecommerce-user-activity.json',
        'dashboards/marketing.json',
        'dashboards/pipeline.json',
        'dashboards/sales.json',
        'provisioning/dashboards/sluice.yaml',
        'provisioning/datasources/sluice.yaml',
      ]),
    )
  })

  test('give Grafana the alerting folder where it looks for it', () => {
    const link = join(grafana, 'provisioning/alerting')
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    expect(realpathSync(link)).toBe(realpathSync(join(grafana, 'alerting')))
  })

  test('hold an example of a contact point, whose address comes from the environment', () => {
    const example = readFileSync(join(grafana, 'contact-point.example.yaml'), 'utf8')
    expect(provisioningKind(parse(example))).toBe('alerting')
    expect(example).toContain('url: $')
  })

  test('let our own Grafana refresh every second', () => {
    const ini = readFileSync(join(grafana, 'grafana.ini'), 'utf8')
    expect(ini).toMatch(/^\[dashboards\]\n(#.*\n)*min_refresh_interval = 1s$/m)
  })
})

describe.each(dashboardFiles())('$path', ({ path, json }) => {
  const dashboard = parseDashboard(json)

  test('has the uid of its file', () => {
    expect(`dashboards/${dashboard.uid.replace(/^sluice-/, '')}.json`).toBe(path)
    expect(dashboard.uid).toMatch(/^sluice-/)
  })

  test('is linked with the others by the tag sluice', () => {
    expect(dashboard.tags).toContain('sluice')
    expect(dashboard.links).toContainEqual(expect.objectContaining({ tags: ['sluice'] }))
  })

  test('offers refreshing every 1 s to 1 m', () => {
    expect(dashboard.timepicker.refresh_intervals).toEqual(['1s', '2s', '5s', '10s', '30s', '1m'])
  })

  test('asks nothing twice: panels with the same rows share a query', () => {
    const queries = queriesOf(json).map(({ sql }) => sql)
    expect(queries).toEqual([...new Set(queries)])
  })

  test('begins with a row of single figures', () => {
    const firstRow = dashboard.panels.filter((panel) => panel.gridPos.y === 0)
    expect(firstRow.length).toBeGreaterThan(0)
    expect(firstRow.map((panel) => panel.type)).toEqual(firstRow.map(() => 'stat'))
  })
})
