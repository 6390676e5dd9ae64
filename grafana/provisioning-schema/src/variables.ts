import { parseDashboard } from './dashboard.ts'
import type { Variable } from './dashboardSchema.ts'

/** A variable that allows several values holds a list, even of one. */
export type VariableValue = string | readonly string[]
export type VariableValues = Record<string, VariableValue>

const allValues = '$__all'

/**
 * What the variables of a dashboard hold when it is opened.
 * `options` has the results of query variables by name: "All" becomes the list of them.
 */
export function variableValuesOf(
  json: unknown,
  options: Record<string, readonly string[]> = {},
): VariableValues {
  const variables = parseDashboard(json).templating?.list ?? []
  return Object.fromEntries(
    variables.map((variable) => [
      variable.name,
      valueOf(variable, options[variable.name] ?? ownOptions(variable)),
    ]),
  )
}

function valueOf(variable: Variable, options: readonly string[]): VariableValue {
  const current = variable.current?.value ?? (variable.includeAll ? allValues : options[0]) ?? ''
  const isAll = current === allValues || (Array.isArray(current) && current[0] === allValues)
  if (isAll) return variable.allValue || options
  return variable.multi && typeof current === 'string' ? [current] : current
}

// A custom variable lists its options in its query: `a,b,c`, or `text : value,…`.
function ownOptions(variable: Variable): string[] {
  if (typeof variable.query !== 'string' || variable.type === 'query') return []
  if (variable.type !== 'custom') return [variable.query]
  return variable.query.split(',').map((option) => option.split(' : ').at(-1)!.trim())
}

/**
 * A variable's value as it stands in SQL.
 * Without a format the PostgreSQL data source of Grafana 12.3 interpolates itself: a list is quoted
 * and joined, for `in ($name)`; a single text is escaped but not quoted, for `'$name'`.
 */
export function formatVariable(name: string, value: VariableValue, format?: string): string {
  const values: readonly string[] = typeof value === 'string' ? [value] : value
  const [formatName, argument] = (format ?? '').split(':')
  switch (formatName) {
    case '':
      return typeof value === 'string'
        ? value.replaceAll("'", "''")
        : value.map((one) => `'${one.replaceAll("'", "''")}'`).join(',')
    case 'raw':
    case 'csv':
      return values.join(',')
    case 'pipe':
      return values.join('|')
    case 'join':
      return values.join(argument ?? ',')
    case 'json':
      return typeof value === 'string' ? value : JSON.stringify(value)
    case 'sqlstring':
      // Grafana escapes " with a backslash too, which PostgreSQL takes as part of the text.
      return values.map((one) => `'${one.replaceAll("'", "''").replaceAll('"', '\\"')}'`).join(',')
    case 'singlequote':
      return values.map((one) => `'${one.replaceAll("'", "\\'")}'`).join(',')
    case 'doublequote':
      return values.map((one) => `"${one.replaceAll('"', '\\"')}"`).join(',')
    default:
      throw new Error(
        `Format "${format}" of variable "${name}" is unknown: expected none, or one of raw, csv, pipe, join, json, sqlstring, singlequote, doublequote.`,
      )
  }
}
