import { checkGrid } from './checkGrid.ts'
import { checkPanel } from './checkPanel.ts'
import { checkQuery } from './checkQuery.ts'
import { checkShared } from './checkShared.ts'
import { panelName, panelsOf, readDashboard } from './dashboard.ts'
import type { Dashboard } from './dashboardSchema.ts'
import { repeated, within, type Problem } from './problem.ts'
import { queriesOfDashboard } from './queries.ts'
import { variableValuesOf } from './variables.ts'

export type CheckOptions = {
  /** Uids of the data sources there are; without it any uid is accepted. */
  datasources?: readonly string[]
  /** The longest query allowed; without it any length. */
  maxSqlLines?: number
}

/**
 * Checks a classic dashboard (parsed JSON): structure, unique ids, grid, units, descriptions, data
 * sources, and that every query expands. An empty list means that nothing is wrong.
 */
export function checkDashboard(json: unknown, options: CheckOptions = {}): Problem[] {
  const { dashboard, problems } = readDashboard(json)
  if (!dashboard) return problems
  const names = variableNames(dashboard)
  const variables = variableValuesOf(json, Object.fromEntries(names.map((name) => [name, ['a']])))
  return within(`dashboard "${dashboard.title}"`, [
    ...uniquePanelIds(dashboard),
    ...uniqueNames(dashboard),
    ...knownRefresh(dashboard),
    ...checkGrid(dashboard),
    ...checkShared(dashboard),
    ...panelsOf(dashboard).flatMap((panel) => checkPanel(panel)),
    ...queriesOfDashboard(dashboard).flatMap((query) => checkQuery(query, variables, options)),
  ])
}

function uniquePanelIds(dashboard: Dashboard): Problem[] {
  const panels = panelsOf(dashboard)
  return repeated(panels.map((panel) => panel.id)).map((id) => {
    const twins = panels.filter((panel) => panel.id === id)
    return {
      rule: 'panel-id-unique',
      where: panelName(twins[1]!),
      what: `${twins.length} panels have the id ${id}.`,
      found: twins.map((panel) => `"${panel.title}"`).join(', '),
      expected: 'an id of its own for each panel',
      mend: `Give one of them the id ${Math.max(...panels.map((panel) => panel.id)) + 1}.`,
    }
  })
}

function uniqueNames(dashboard: Dashboard): Problem[] {
  const annotations = dashboard.annotations?.list.map((annotation) => annotation.name) ?? []
  const problem = (kind: string, name: string): Problem => ({
    rule: `${kind}-name-unique`,
    where: `${kind} "${name}"`,
    what: `Two ${kind}s have this name.`,
    found: `"${name}" twice`,
    expected: 'a name of its own for each',
    mend: 'Rename one of them.',
  })
  return [
    ...repeated(variableNames(dashboard)).map((name) => problem('variable', name)),
    ...repeated(annotations).map((name) => problem('annotation', name)),
  ]
}

function variableNames(dashboard: Dashboard): string[] {
  return (dashboard.templating?.list ?? []).map((variable) => variable.name)
}

function knownRefresh(dashboard: Dashboard): Problem[] {
  const choices = dashboard.timepicker.refresh_intervals
  if (dashboard.refresh === '' || choices.includes(dashboard.refresh)) return []
  return [
    {
      rule: 'refresh-is-a-choice',
      where: 'refresh',
      what: 'The dashboard starts with an interval that its own menu does not offer.',
      found: `"${dashboard.refresh}"`,
      expected: `one of ${choices.join(', ')}`,
      mend: 'Add it to timepicker.refresh_intervals, or take one that is there.',
    },
  ]
}
