import { evaluateExpression } from './alertExpressions.ts'
import { alertingSchema, type AlertRule } from './alertingSchema.ts'
import { expressionUid, queriesOfRule, rulesOf } from './alertQueries.ts'
import { seriesOf, type AlertSeries, type Answer, type Labels } from './alertSeries.ts'
import { expandMacros } from './macros.ts'
import { formatProblem } from './problem.ts'
import { schemaProblems } from './schemaProblems.ts'

/** One alert of a rule: a set of labels for which its condition was computed. */
export type AlertInstance = {
  labels: Labels
  /** What each query and expression says under these labels, by refId; null where it has no number. */
  values: Readonly<Record<string, number | null>>
  isFiring: boolean
}

export type AlertOutcome = {
  /** Without any number the rule's noDataState decides: "no data" unless that is OK or Alerting. */
  state: 'firing' | 'normal' | 'no data'
  instances: readonly AlertInstance[]
}

/** The rules of an alerting file (parsed YAML). Throws when its structure is wrong. */
export function alertRulesOf(file: unknown): AlertRule[] {
  const result = alertingSchema.safeParse(file)
  if (result.success) return rulesOf(result.data)
  throw new Error(schemaProblems(result.error, file).map(formatProblem).join('\n'))
}

/**
 * Evaluates a rule's whole chain as Grafana does: its queries, sent through `ask`, then reduce, threshold and math
 * in the order of the file. `now` ends the ranges of the macros. How long it has to hold (`for`) is not waited for.
 * Throws where Grafana would report an error; what `ask` throws, too.
 */
export async function evaluateAlert(
  rule: AlertRule,
  ask: (sql: string) => Promise<Answer>,
  now: Date = new Date(),
): Promise<AlertOutcome> {
  const results = new Map<string, readonly AlertSeries[]>()
  const queries = new Map(queriesOfRule(rule).map((query) => [query.refId, query]))
  for (const part of rule.data) {
    const query = queries.get(part.refId)
    if (part.datasourceUid === expressionUid || !query) {
      const numbers = evaluateExpression(part, results)
      results.set(
        part.refId,
        numbers.map(({ labels, value }) => ({ labels, values: [value] })),
      )
      continue
    }
    const range = {
      from: new Date(now.getTime() - query.fromSeconds * 1000),
      to: new Date(now.getTime() - query.toSeconds * 1000),
    }
    const where = `Alert rule "${rule.title}", ${query.where}`
    results.set(
      part.refId,
      seriesOf(await ask(expandMacros(query.sql, range)), { ...query, where }),
    )
  }
  return outcomeOf(rule, results)
}

function outcomeOf(rule: AlertRule, results: Map<string, readonly AlertSeries[]>): AlertOutcome {
  const condition = results.get(rule.condition)
  if (!condition) throw new Error(`Alert rule "${rule.title}" has no query ${rule.condition}.`)
  const instances = condition.map(({ labels, values }) => ({
    labels,
    values: Object.fromEntries(
      [...results].map(([refId, series]) => [refId, valueUnder(labels, series)]),
    ),
    // Any number but 0 fires; a null does not.
    isFiring: (values.at(-1) ?? 0) !== 0,
  }))
  if (instances.some(({ isFiring }) => isFiring)) return { state: 'firing', instances }
  const isWithoutData = instances.every(({ values }) => values[rule.condition] === null)
  if (!isWithoutData || rule.noDataState === 'OK') return { state: 'normal', instances }
  return { state: rule.noDataState === 'Alerting' ? 'firing' : 'no data', instances }
}

function valueUnder(labels: Labels, all: readonly AlertSeries[]): number | null {
  const found = all.find((series) =>
    Object.entries(series.labels).every(([name, value]) => labels[name] === value),
  )
  return found?.values.at(-1) ?? null
}
