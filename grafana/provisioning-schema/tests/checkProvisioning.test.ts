import { describe, expect, test } from 'vitest'
import { checkProvisioning, formatProblem } from '../src/index.ts'
import { alertFile, contactPointFile, datasourceFile, providerFile } from './sample.ts'

const problemsOf = (text: string) =>
  checkProvisioning('some.yaml', text, { datasources: ['shop'], maxSqlLines: 10 })
const rulesBrokenBy = (text: string) => problemsOf(text).map(({ rule }) => rule)

/** The file with one piece of it replaced; fails where the piece is not in it. */
function changed(text: string, piece: string, by: string): string {
  expect(text).toContain(piece)
  return text.replace(piece, by)
}

test.each([
  ['data source', datasourceFile],
  ['provider', providerFile],
  ['alert', alertFile],
  ['contact point', contactPointFile],
])('a %s file that is right has no problems', (_, text) => {
  expect(problemsOf(text)).toEqual([])
})

describe('any file', () => {
  test('a mistake in the YAML is told with line and column', () => {
    const [problem] = problemsOf('apiVersion: 1\nproviders: [')
    expect(problem).toMatchObject({ rule: 'yaml' })
    expect(problem?.where).toMatch(/^some\.yaml: line 2, column \d+$/)
  })

  test('a file without a key of Grafana is a problem', () => {
    expect(rulesBrokenBy('apiVersion: 1\ndatasource: []')).toEqual(['provisioning-kind'])
    expect(rulesBrokenBy('')).toEqual(['provisioning-kind'])
  })

  test('a missing apiVersion is a problem', () => {
    expect(rulesBrokenBy(changed(providerFile, 'apiVersion: 1', ''))).toEqual(['schema'])
  })

  test('a key that Grafana would ignore is a problem that names it', () => {
    const text = changed(providerFile, 'allowUiUpdates', 'allowUIUpdates')
    expect(problemsOf(text).map(formatProblem)).toEqual([
      'some.yaml: providers[0]: Grafana knows no such key here and would ignore it silently. Found allowUIUpdates; expected keys that Grafana reads. Look for a typing mistake, or remove it. [schema]',
    ])
  })

  test('a number may come from the environment', () => {
    expect(rulesBrokenBy(changed(datasourceFile, 'maxOpenConns: 5', 'maxOpenConns: $N'))).toEqual(
      [],
    )
    expect(rulesBrokenBy(changed(datasourceFile, 'maxOpenConns: 5', 'maxOpenConns: five'))).toEqual(
      ['schema'],
    )
  })
})

describe('data sources', () => {
  test('PostgreSQL without a limit of connections is a problem', () => {
    const [problem] = problemsOf(changed(datasourceFile, 'maxOpenConns: 5', ''))
    expect(problem?.where).toBe('some.yaml: data source "Shop": jsonData.maxOpenConns')
  })

  test('PostgreSQL without a database is a problem', () => {
    expect(rulesBrokenBy(changed(datasourceFile, 'database: shop', ''))).toEqual(['schema'])
  })

  test('a data source without a uid is a problem', () => {
    expect(rulesBrokenBy(changed(datasourceFile, 'uid: shop', ''))).toEqual(['schema'])
  })

  test('a secret in the file is a problem, and is not repeated in the message', () => {
    const [problem] = problemsOf(changed(datasourceFile, '$SHOP_PASSWORD', 'hunter2'))
    expect(problem?.rule).toBe('secret-in-file')
    expect(formatProblem(problem!)).not.toContain('hunter2')
  })

  test('a secret that Grafana would expand twice is a problem', () => {
    const text = changed(datasourceFile, '$SHOP_PASSWORD', '${SHOP_PASSWORD}')
    expect(rulesBrokenBy(text)).toEqual(['secret-expanded-twice'])
  })

  test('a uid used twice is a problem', () => {
    const [head, entry] = datasourceFile.split('datasources:\n')
    expect(rulesBrokenBy(`${head}datasources:\n${entry}${entry}`)).toEqual([
      'datasource-uid-unique',
    ])
  })
})

test('two providers of one name are a problem', () => {
  const [head, entry] = providerFile.split('providers:\n')
  expect(rulesBrokenBy(`${head}providers:\n${entry}${entry}`)).toEqual(['provider-name-unique'])
})

describe('alert rules', () => {
  test.each([
    ['a condition that is no query of the rule', 'condition: C', 'condition: D', 'alert-reference'],
    ['an expression over nothing', 'expression: A', 'expression: X', 'alert-reference'],
    ['an expression over itself', 'expression: B', 'expression: C', 'alert-reference'],
    ['an interval off the beat', 'interval: 30s', 'interval: 15s', 'alert-interval'],
    ['an empty range', 'from: 300', 'from: 0', 'alert-range'],
    ['no summary', 'summary: Nobody orders.', 'runbook: none', 'alert-summary'],
    ['a text of no query', 'Nobody orders.', 'Only {{ $values.X.Value }}.', 'alert-value'],
    ['an unknown data source', 'datasourceUid: shop', 'datasourceUid: shed', 'datasource-known'],
    ['an unknown macro', '$__timeFilter', '$__timeFiltre', 'query-macros'],
    ['a state that is none', 'noDataState: OK', 'noDataState: Ok', 'schema'],
    ['a duration that is none', 'for: 1m', 'for: a minute', 'schema'],
    ['an unknown key', 'folder: Shop', 'folder: Shop\n    folderUid: shop', 'schema'],
  ])('%s is a problem', (_, piece, by, rule) => {
    expect(rulesBrokenBy(changed(alertFile, piece, by))).toEqual([rule])
  })

  test('a dashboard variable is unknown to an alert', () => {
    const text = changed(alertFile, 'from orders where', 'from orders where a in ($category) and')
    expect(rulesBrokenBy(text)).toEqual(['query-macros'])
  })
})

describe('contact points', () => {
  test.each([
    ['a password', 'password: $PASSWORD', 'password: hunter2', 'secret-in-file'],
    [
      'an address with a password',
      'url: $URL',
      'url: https://me:hunter2@example.org',
      'secret-in-file',
    ],
    [
      'an address that is a secret',
      'url: $URL',
      'url: https://hooks.example.org/T0',
      'secret-in-file',
    ],
    ['a policy to nobody', 'receiver: on call', 'receiver: on hold', 'contact-point-known'],
    ['a route to nobody', 'receiver: later', 'receiver: never', 'contact-point-known'],
    ['an operator that is none', "'='", "'=='", 'schema'],
    ['an unknown key of a policy', 'group_wait', 'group_weight', 'schema'],
    ['an unknown key of a route', 'continue', 'continues', 'schema'],
  ])('%s is a problem, and is not repeated', (_, piece, by, rule) => {
    const found = problemsOf(changed(contactPointFile, piece, by))
    expect(found.map((problem) => problem.rule)).toEqual([rule])
    expect(found.map(formatProblem).join()).not.toContain('hunter2')
  })
})
