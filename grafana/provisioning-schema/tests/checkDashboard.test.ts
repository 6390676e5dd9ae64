import { describe, expect, test } from 'vitest'
import { checkDashboard, formatProblem } from '../src/index.ts'
import { dashboard, dashboardOf, panel, secondPanel, variable } from './sample.ts'

const options = { datasources: ['shop'], maxSqlLines: 10 }
const rulesBrokenBy = (json: unknown) => checkDashboard(json, options).map(({ rule }) => rule)
const rulesBrokenByPanel = (changes: Record<string, unknown>) =>
  rulesBrokenBy(dashboard({ panels: [panel(changes)] }))
const query = (changes: Record<string, unknown>) => ({
  targets: [{ refId: 'A', format: 'table', rawSql: 'select 1', ...changes }],
})

test('a dashboard that is right has no problems', () => {
  expect(checkDashboard(dashboard(), options)).toEqual([])
})

describe('structure', () => {
  test('something that is no dashboard is a problem, not an exception', () => {
    expect(rulesBrokenBy(null)).toEqual(['schema'])
    expect(rulesBrokenBy([])).toEqual(['schema'])
  })

  test.each([
    ['an id of its own', { id: 12 }],
    ['an outdated schema', { schemaVersion: 39 }],
    ['a uid with spaces', { uid: 'shop orders' }],
    ['a uid of more than 40 characters', { uid: 'x'.repeat(41) }],
    ['no description', { description: undefined }],
    ['no tags', { tags: [] }],
    ['no panels', { panels: [] }],
    ['no choices of refresh', { timepicker: {} }],
  ])('%s is a problem', (_, changes) => {
    expect(rulesBrokenBy(dashboard(changes))).toEqual(['schema'])
  })

  test('a problem inside a panel names its title and id', () => {
    const json = dashboard({ panels: [panel({ gridPos: { x: 0, y: 0, w: 25, h: 4 } })] })
    expect(checkDashboard(json).map(formatProblem)).toEqual([
      'panel "Orders" (id 1), panels[0].gridPos.w: Not what Grafana reads here. Found 25; expected a width of 1 to 24 columns. Correct this field. [schema]',
    ])
  })

  test('a refresh that the menu does not offer is a problem', () => {
    expect(rulesBrokenBy(dashboard({ refresh: '2s' }))).toEqual(['refresh-is-a-choice'])
  })

  test('two variables of one name are a problem', () => {
    const list = [variable(), variable()]
    expect(rulesBrokenBy(dashboard({ templating: { list } }))).toEqual(['variable-name-unique'])
  })
})

describe('ids and places', () => {
  test('two panels with one id are a problem that names both', () => {
    const [problem] = checkDashboard(dashboard({ panels: [panel(), secondPanel({ id: 1 })] }))
    expect(problem).toMatchObject({
      rule: 'panel-id-unique',
      where: 'dashboard "Orders": panel "Revenue" (id 1)',
      found: '"Orders", "Revenue"',
      mend: 'Give one of them the id 2.',
    })
  })

  test('an id that a panel inside a folded row repeats is a problem', () => {
    const row = { id: 3, type: 'row', title: 'More', gridPos: { x: 0, y: 4, w: 24, h: 1 } }
    const json = dashboard({ panels: [panel(), { ...row, collapsed: true, panels: [panel()] }] })
    expect(rulesBrokenBy(json)).toEqual(['panel-id-unique'])
  })

  test('a panel on another is a problem', () => {
    const over = secondPanel({ gridPos: { x: 11, y: 3, w: 12, h: 4 } })
    expect(rulesBrokenBy(dashboard({ panels: [panel(), over] }))).toEqual(['grid-overlap'])
  })

  test('panels that touch are none', () => {
    const below = secondPanel({ gridPos: { x: 0, y: 4, w: 12, h: 4 } })
    expect(rulesBrokenBy(dashboard({ panels: [panel(), below] }))).toEqual([])
  })

  test('a panel that leaves the 24 columns is a problem', () => {
    expect(rulesBrokenByPanel({ gridPos: { x: 13, y: 0, w: 12, h: 4 } })).toEqual(['grid-width'])
  })
})

describe('what a panel says', () => {
  test.each([
    ['no title', { title: ' ' }, 'panel-title'],
    ['no description', { description: '' }, 'panel-description'],
    ['no unit', { fieldConfig: { defaults: {}, overrides: [] } }, 'panel-unit'],
    ['no fieldConfig', { fieldConfig: undefined }, 'panel-unit'],
    [
      'a unit that Grafana does not know',
      { fieldConfig: { defaults: { unit: 'currencyUsd' }, overrides: [] } },
      'unit-known',
    ],
    [
      'an unknown unit of one column',
      {
        fieldConfig: {
          defaults: { unit: 'none' },
          overrides: [
            {
              matcher: { id: 'byName', options: 'size' },
              properties: [{ id: 'unit', value: 'octets' }],
            },
          ],
        },
      },
      'unit-known',
    ],
  ])('%s is a problem', (_, changes, rule) => {
    expect(rulesBrokenByPanel(changes)).toEqual([rule])
  })

  test('a unit of our own is none', () => {
    const fieldConfig = { defaults: { unit: 'suffix: orders' }, overrides: [] }
    expect(rulesBrokenByPanel({ fieldConfig })).toEqual([])
  })

  test('a text panel needs neither unit nor query', () => {
    const { id, title, gridPos } = panel()
    const json = dashboard({ panels: [{ id, title, gridPos, type: 'text' }] })
    expect(rulesBrokenBy(json)).toEqual([])
  })
})

describe('queries', () => {
  test.each([
    ['no query at all', { targets: [] }, 'query-missing'],
    ['no data source', { datasource: undefined }, 'datasource-known'],
    [
      'a data source that is not there',
      { datasource: { type: 'postgres', uid: 'warehouse' } },
      'datasource-known',
    ],
    ['no format', query({ format: undefined, rawSql: 'select 1 as time' }), 'query-format'],
    ['more lines than allowed', query({ rawSql: 'select\n1'.repeat(10) }), 'query-length'],
    ['an unknown macro', query({ rawSql: 'select $__timeGrup(a, 1m)' }), 'query-macros'],
    ['an unknown variable', query({ rawSql: "select '$categorie'" }), 'query-macros'],
    [
      'a parenthesis inside a macro',
      query({ rawSql: "select 1 where $__timeFilter(date_trunc('hour', a))" }),
      'query-macros',
    ],
    [
      'a time series without a time column',
      query({ format: 'time_series', rawSql: 'select ordered_at from orders' }),
      'query-time-column',
    ],
  ])('%s is a problem', (_, changes, rule) => {
    expect(rulesBrokenByPanel(changes)).toEqual([rule])
  })

  test('an empty query is a problem', () => {
    expect(rulesBrokenByPanel(query({ rawSql: ' ' }))).toContain('query-missing')
  })

  test('two queries with one refId are a problem', () => {
    const { targets } = query({})
    expect(rulesBrokenByPanel({ targets: [...targets, ...targets] })).toEqual(['refid-unique'])
  })

  test('variables of the dashboard are known', () => {
    expect(rulesBrokenBy(dashboardOf('select 1 where a in ($category)'))).toEqual([])
  })

  test('queries of variables and annotations are checked too', () => {
    const json = dashboard({
      templating: { list: [variable({ query: '' })] },
      annotations: {
        list: [
          {
            name: 'Deploys',
            enable: true,
            datasource: { type: 'postgres', uid: 'warehouse' },
            target: { format: 'table', rawSql: 'select now() as time' },
          },
        ],
      },
    })
    expect(checkDashboard(json, options)).toMatchObject([
      { rule: 'query-missing', where: 'dashboard "Orders": variable "category": SQL' },
      {
        rule: 'datasource-known',
        where: 'dashboard "Orders": annotation "Deploys": datasource.uid',
      },
    ])
  })
})

describe('a map', () => {
  const layer = {
    type: 'markers',
    location: { mode: 'coords', latitude: 'latitude', longitude: 'longitude' },
  }
  const basemap = { type: 'geojson' }
  const rulesOf = (options: object) =>
    checkDashboard(dashboard({ panels: [panel({ type: 'geomap', options })] })).map(
      ({ rule }) => rule,
    )

  test('with a base map and coordinates has no problems', () => {
    expect(rulesOf({ basemap, layers: [layer] })).toEqual([])
  })

  test.each([
    ['no base map', { layers: [layer] }, 'map-basemap'],
    ['the default one', { basemap: { type: 'default' }, layers: [layer] }, 'map-basemap'],
    ['no layer', { basemap, layers: [] }, 'map-coordinates'],
    [
      'no longitude',
      { basemap, layers: [{ ...layer, location: { mode: 'coords', latitude: 'latitude' } }] },
      'map-coordinates',
    ],
  ])('with %s is a problem', (_, options, rule) => {
    expect(rulesOf(options)).toEqual([rule])
  })
})
