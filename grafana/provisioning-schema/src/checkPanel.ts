import type { Panel } from './dashboardSchema.ts'
import { checkMap } from './checkMap.ts'
import { isShared, panelName, showsData } from './dashboard.ts'
import { repeated, show, within, type Problem } from './problem.ts'
import { isUnit } from './units.ts'

/** A panel says what it shows, in which unit, from which query. */
export function checkPanel(panel: Panel): Problem[] {
  const problems = showsData(panel)
    ? [
        ...title(panel),
        ...description(panel),
        ...units(panel),
        ...targets(panel),
        ...checkMap(panel),
      ]
    : title(panel)
  return within(panelName(panel), problems)
}

function title(panel: Panel): Problem[] {
  if (panel.title.trim() !== '' || panel.type === 'text') return []
  return [
    {
      rule: 'panel-title',
      where: 'title',
      what: 'The panel has no title.',
      found: show(panel.title),
      expected: 'a short title',
      mend: 'Name what the panel shows.',
    },
  ]
}

function description(panel: Panel): Problem[] {
  if (panel.description?.trim()) return []
  return [
    {
      rule: 'panel-description',
      where: 'description',
      what: 'The panel does not say what it shows.',
      found: show(panel.description),
      expected: 'a sentence or two',
      mend: 'Say what is counted, over which time, and from where.',
    },
  ]
}

function units(panel: Panel): Problem[] {
  const byDefault = panel.fieldConfig?.defaults.unit
  const overridden = (panel.fieldConfig?.overrides ?? []).flatMap((override) =>
    override.properties
      .filter((property) => property.id === 'unit')
      .map((property) => ({ value: property.value, field: show(override.matcher.options) })),
  )
  const unknown = overridden
    .filter(({ value }) => typeof value !== 'string' || !isUnit(value))
    .map(({ value, field }) => unknownUnit(value, `override of ${field}`))
  if (!byDefault) return [missingUnit(byDefault), ...unknown]
  return isUnit(byDefault) ? unknown : [unknownUnit(byDefault, 'fieldConfig.defaults'), ...unknown]
}

function missingUnit(found: unknown): Problem {
  return {
    rule: 'panel-unit',
    where: 'fieldConfig.defaults.unit',
    what: 'The panel has no unit.',
    found: show(found),
    expected: 'a unit of Grafana, "none" for bare numbers, "string" for text',
    mend: 'Set fieldConfig.defaults.unit; overrides do it for single columns.',
  }
}

function unknownUnit(found: unknown, where: string): Problem {
  return {
    rule: 'unit-known',
    where,
    what: 'Grafana knows no such unit and would print its name behind the number.',
    found: show(found),
    expected: 'a unit of Grafana, or one of your own as suffix:… or prefix:…',
    mend: 'Correct its name.',
  }
}

function targets(panel: Panel): Problem[] {
  const all = panel.targets ?? []
  if (all.some((target) => isShared(panel, target))) return []
  const twice = repeated(all.map((target) => target.refId)).map((refId) => ({
    rule: 'refid-unique',
    where: `query ${refId}`,
    what: 'Two queries have this refId.',
    found: `"${refId}" twice`,
    expected: 'a refId of its own for each query',
    mend: 'Name them A, B, C.',
  }))
  const without = all.filter((target) => !target.rawSql?.trim())
  const missing = all.length === 0 ? ['targets'] : without.map((target) => `query ${target.refId}`)
  return [...twice, ...missing.map(missingSql), ...all.flatMap(missingFormat)]
}

function missingSql(where: string): Problem {
  return {
    rule: 'query-missing',
    where,
    what: 'There is no SQL.',
    found: 'nothing',
    expected: 'rawSql with a select',
    mend: 'Write the query, or remove the panel.',
  }
}

function missingFormat(target: { refId: string; format?: string | undefined }): Problem[] {
  if (target.format) return []
  return [
    {
      rule: 'query-format',
      where: `query ${target.refId}`,
      what: 'The query does not say how its rows are read: the default is time_series.',
      found: 'no format',
      expected: '"table" or "time_series"',
      mend: 'Set format.',
    },
  ]
}
