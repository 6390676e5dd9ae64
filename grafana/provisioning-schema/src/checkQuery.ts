import type { CheckOptions } from './checkDashboard.ts'
import { expandMacros } from './macros.ts'
import { show, within, type Problem } from './problem.ts'
import type { VariableValues } from './variables.ts'

type Query = { where: string; sql: string; format: string; datasource: string }

// Any range serves to see whether a query expands.
const anyRange = { from: new Date('2026-01-01T00:00:00Z'), to: new Date('2026-01-02T00:00:00Z') }

/** A query names a data source there is, expands, and has the columns that its format needs. */
export function checkQuery(
  query: Query,
  variables: VariableValues,
  options: CheckOptions,
): Problem[] {
  return within(query.where, [
    ...knownDatasource(query, options.datasources),
    ...sqlThere(query),
    ...shortEnough(query, options.maxSqlLines),
    ...expands(query, variables),
    ...timeColumn(query),
  ])
}

function knownDatasource(query: Query, known: readonly string[] | undefined): Problem[] {
  const isKnown = query.datasource !== '' && (known?.includes(query.datasource) ?? true)
  if (isKnown) return []
  return [
    {
      rule: 'datasource-known',
      where: 'datasource.uid',
      what: 'The query goes to a data source that is not provisioned.',
      found: query.datasource === '' ? 'none' : show(query.datasource),
      expected: known?.join(', ') ?? 'a uid',
      mend: 'Correct the uid, or provision that data source.',
    },
  ]
}

function sqlThere(query: Query): Problem[] {
  if (query.sql.trim() !== '') return []
  return [
    {
      rule: 'query-missing',
      where: 'SQL',
      what: 'There is no SQL.',
      found: 'nothing',
      expected: 'a select',
      mend: 'Write the query, or remove what needs it.',
    },
  ]
}

function shortEnough(query: Query, maxLines: number | undefined): Problem[] {
  const lines = query.sql.trim().split('\n').length
  if (maxLines === undefined || lines <= maxLines) return []
  return [
    {
      rule: 'query-length',
      where: 'SQL',
      what: 'The query is long: what it computes belongs into a view.',
      found: `${lines} lines`,
      expected: `at most ${maxLines}`,
      mend: 'Move it into a view, and select from that.',
    },
  ]
}

function expands(query: Query, variables: VariableValues): Problem[] {
  try {
    expandMacros(query.sql, { ...anyRange, variables })
    return []
  } catch (error) {
    return [
      {
        rule: 'query-macros',
        where: 'SQL',
        what: error instanceof Error ? error.message : String(error),
        found: show(query.sql),
        expected: 'variables of this dashboard and macros of the PostgreSQL data source',
        mend: 'Correct the query.',
      },
    ]
  }
}

// A time series is refused by Grafana unless a column is called "time", in lower case.
function timeColumn(query: Query): Problem[] {
  const namesTime = /\btime\b|\$__time\(|\$__timeEpoch\(|GroupAlias\(|\$__timeGroup\([^)]*\),/
  if (query.format !== 'time_series' || namesTime.test(query.sql)) return []
  return [
    {
      rule: 'query-time-column',
      where: 'SQL',
      what: 'A time series needs a column called time.',
      found: show(query.sql),
      expected: 'a column "as time", or $__timeGroupAlias(…)',
      mend: 'Name the column, or set the format to table.',
    },
  ]
}
