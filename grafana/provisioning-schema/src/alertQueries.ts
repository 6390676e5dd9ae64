import { alertingSchema, type AlertingFile, type AlertRule } from './alertingSchema.ts'
import { formatProblem } from './problem.ts'
import { schemaProblems } from './schemaProblems.ts'

/** Where Grafana evaluates reduce, threshold and math: not a data source of its own. */
export const expressionUid = '__expr__'

/** One SQL query of an alert rule. */
export type AlertQuery = {
  /** The rule's title. */
  rule: string
  ruleUid: string
  refId: string
  sql: string
  format: 'table' | 'time_series'
  datasource: string
  /** The range it is asked for, in seconds before now. */
  fromSeconds: number
  toSeconds: number
  /** For messages: `alert rule "…", query A`. */
  where: string
}

/** Every SQL query of an alerting file (parsed YAML). Throws when its structure is wrong. */
export function queriesOfAlerts(file: unknown): AlertQuery[] {
  const result = alertingSchema.safeParse(file)
  if (!result.success) {
    throw new Error(schemaProblems(result.error, file).map(formatProblem).join('\n'))
  }
  return rulesOf(result.data).flatMap(queriesOfRule)
}

export function rulesOf(file: AlertingFile): AlertRule[] {
  return (file.groups ?? []).flatMap((group) => group.rules)
}

export function queriesOfRule(rule: AlertRule): AlertQuery[] {
  return rule.data
    .filter((query) => query.datasourceUid !== expressionUid)
    .map((query) => ({
      rule: rule.title,
      ruleUid: rule.uid,
      refId: query.refId,
      sql: query.model.rawSql ?? '',
      format: query.model.format ?? 'time_series',
      datasource: query.datasourceUid,
      fromSeconds: query.relativeTimeRange?.from ?? 0,
      toSeconds: query.relativeTimeRange?.to ?? 0,
      where: `query ${query.refId}`,
    }))
}
