import type { AlertGroup, AlertingFile, AlertRule } from './alertingSchema.ts'
import { expressionUid, queriesOfRule } from './alertQueries.ts'
import type { CheckOptions } from './checkDashboard.ts'
import { checkQuery } from './checkQuery.ts'
import { parseInterval } from './interval.ts'
import { show, within, type Problem } from './problem.ts'

/** Grafana evaluates on a beat of ten seconds, and refuses what does not fall on it. */
const beatMs = 10_000

/** The rules of an alerting file, beyond its structure. */
export function checkAlerts(file: AlertingFile, options: CheckOptions): Problem[] {
  const groups = file.groups ?? []
  return [
    ...groups.flatMap(onTheBeat),
    ...groups.flatMap((group) => group.rules.flatMap((rule) => checkRule(rule, options))),
  ]
}

function onTheBeat(group: AlertGroup): Problem[] {
  if (parseInterval(group.interval) % beatMs === 0) return []
  return [
    {
      rule: 'alert-interval',
      where: `group "${group.name}"`,
      what: 'Grafana evaluates rules every ten seconds, and refuses an interval in between.',
      found: group.interval,
      expected: 'a multiple of 10s',
      mend: 'Round it.',
    },
  ]
}

function checkRule(rule: AlertRule, options: CheckOptions): Problem[] {
  return within(`alert rule "${rule.title}"`, [
    ...references(rule),
    ...ranges(rule),
    ...summary(rule),
    ...valuesInTexts(rule),
    // Alert queries know macros, but no dashboard variables.
    ...queriesOfRule(rule).flatMap((query) => checkQuery(query, {}, options)),
  ])
}

// condition and every expression name a query of the rule, by its refId.
function references(rule: AlertRule): Problem[] {
  const refIds = rule.data.map((query) => query.refId)
  const problem = (where: string, found: string | undefined): Problem => ({
    rule: 'alert-reference',
    where,
    what: 'It reads a query that the rule does not have.',
    found: show(found),
    expected: `one of ${refIds.join(', ')}`,
    mend: 'Name the refId of a query of this rule.',
  })
  const expressions = rule.data.filter(
    ({ datasourceUid, model }) =>
      datasourceUid === expressionUid &&
      model.type !== 'math' &&
      model.type !== 'classic_conditions',
  )
  return [
    ...(refIds.includes(rule.condition) ? [] : [problem('condition', rule.condition)]),
    ...expressions
      .filter(
        ({ refId, model }) =>
          model.expression === refId || !refIds.includes(model.expression ?? ''),
      )
      .map(({ refId, model }) => problem(`expression ${refId}`, model.expression)),
  ]
}

function ranges(rule: AlertRule): Problem[] {
  return queriesOfRule(rule)
    .filter((query) => query.fromSeconds <= query.toSeconds)
    .map((query) => ({
      rule: 'alert-range',
      where: query.where,
      what: 'relativeTimeRange is empty: both ends are seconds before now.',
      found: `from ${query.fromSeconds} to ${query.toSeconds}`,
      expected: 'from greater than to',
      mend: 'Set from: 300 and to: 0, for the last five minutes.',
    }))
}

function summary(rule: AlertRule): Problem[] {
  if (rule.annotations?.summary?.trim()) return []
  return [
    {
      rule: 'alert-summary',
      where: 'annotations.summary',
      what: 'A notification of this rule would say nothing.',
      found: 'no summary',
      expected: 'a sentence, and what to do',
      mend: 'Add it.',
    },
  ]
}

// A text that names a query which is not there reads "<no value>" in every notification.
function valuesInTexts(rule: AlertRule): Problem[] {
  const refIds = rule.data.map((query) => query.refId)
  return Object.entries(rule.annotations ?? {}).flatMap(([key, text]) =>
    [...text.matchAll(/\$values\.(\w+)/g)]
      .map(([, refId]) => refId!)
      .filter((refId) => !refIds.includes(refId))
      .map((refId) => ({
        rule: 'alert-value',
        where: `annotations.${key}`,
        what: 'It shows the value of a query that the rule does not have.',
        found: show(refId),
        expected: `one of ${refIds.join(', ')}`,
        mend: 'Name the refId of a query of this rule.',
      })),
  )
}
