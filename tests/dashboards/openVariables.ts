import type pg from 'pg'
import {
  expandMacros,
  queriesOf,
  timeRangeOf,
  variableValuesOf,
  type VariableValues,
} from 'grafana-provisioning-schema'

/** What the variables of a dashboard hold when it is opened, asked as Grafana asks. */
export async function openVariables(
  reader: pg.Client,
  json: unknown,
  now: Date,
): Promise<VariableValues> {
  const options: Record<string, string[]> = {}
  for (const query of queriesOf(json).filter(({ kind }) => kind === 'variable')) {
    const { rows, fields } = await reader.query<Record<string, unknown>>(
      expandMacros(query.sql, timeRangeOf(json, now)),
    )
    // A column __value is what is put into queries, where another is shown to people.
    const value = fields.find(({ name }) => name === '__value') ?? fields[0]!
    options[query.panel] = rows.map((row) => String(row[value.name]))
  }
  return variableValuesOf(json, options)
}
