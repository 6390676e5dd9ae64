import { describe, expect, test } from 'vitest'
import { checkFiles } from '../src/index.ts'
import { alertFile, dashboard, datasourceFile, panel, providerFile } from './sample.ts'

const orders = { path: 'orders.json', text: JSON.stringify(dashboard()) }
const datasource = { path: 'datasource.yaml', text: datasourceFile }
const provider = { path: 'provider.yml', text: providerFile }
const alerts = { path: 'alerts.yaml', text: alertFile }
const rulesBrokenBy = (...files: { path: string; text: string }[]) =>
  checkFiles(files).map(({ rule }) => rule)

test('a set of files that is right has no problems', () => {
  expect(checkFiles([orders, datasource, provider, alerts])).toEqual([])
})

describe('one file against another', () => {
  test('two dashboards with one uid are a problem that names both files', () => {
    const copy = {
      path: 'copy.json',
      text: JSON.stringify(dashboard({ title: 'Orders, a copy' })),
    }
    expect(checkFiles([orders, copy, datasource])).toMatchObject([
      { rule: 'dashboard-uid-unique', where: 'orders.json, copy.json' },
    ])
  })

  test('two dashboards with one title are a problem', () => {
    const copy = { path: 'copy.json', text: JSON.stringify(dashboard({ uid: 'copy' })) }
    expect(rulesBrokenBy(orders, copy, datasource)).toEqual(['dashboard-title-unique'])
  })

  test('two alert rules with one uid are a problem', () => {
    const copy = { path: 'copy.yaml', text: alertFile.replace('title: No orders', 'title: None') }
    expect(checkFiles([orders, datasource, alerts, copy])).toMatchObject([
      { rule: 'alert-uid-unique', where: 'alerts.yaml, copy.yaml' },
    ])
  })

  test('an alert that points to a panel which is not there is a problem', () => {
    const lost = { path: 'lost.yaml', text: alertFile.replace('panelId: 1', 'panelId: 7') }
    expect(rulesBrokenBy(orders, datasource, lost)).toEqual(['alert-panel-known'])
  })

  test.each([
    ['a link to the dashboard itself', '/d/shop-orders?var-category=${__value.text}', []],
    ['a link to a dashboard that is not there', '/d/shop-clients', ['link-known']],
    ['a link that sets an unknown variable', '/d/shop-orders?a=b&var-colour=red', ['link-known']],
    ['a link to elsewhere', 'https://example.org/d/other', []],
  ])('%s', (_, url, rules) => {
    const links = [{ title: 'Go', url }]
    const fieldConfig = { defaults: { unit: 'none', links }, overrides: [] }
    const json = dashboard({ panels: [panel({ fieldConfig })] })
    expect(rulesBrokenBy({ path: 'a.json', text: JSON.stringify(json) }, datasource)).toEqual(rules)
  })

  test('a data source that no file provisions is a problem of every query', () => {
    // Two panels, one variable.
    expect(rulesBrokenBy(orders)).toEqual(Array(3).fill('datasource-known'))
  })
})

describe('single files', () => {
  test('JSON that is none is a problem that names the file', () => {
    const broken = { path: 'broken.json', text: '{ "uid": ' }
    expect(checkFiles([broken])).toMatchObject([{ rule: 'json', where: 'broken.json: file' }])
  })

  test('files of other kinds are left alone', () => {
    expect(rulesBrokenBy({ path: 'README.md', text: '# nothing' })).toEqual([])
  })
})
