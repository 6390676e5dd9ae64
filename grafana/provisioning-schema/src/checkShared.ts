import { isShared, panelName, panelsOf } from './dashboard.ts'
import type { Dashboard, Panel } from './dashboardSchema.ts'
import { show, within, type Problem } from './problem.ts'

/** A panel that shows the result of another names one that there is, and that asks for itself. */
export function checkShared(dashboard: Dashboard): Problem[] {
  const panels = panelsOf(dashboard)
  return panels.filter(takesFromAnother).flatMap((panel) => {
    const shared = (panel.targets ?? []).filter((target) => isShared(panel, target))
    return within(panelName(panel), [
      ...oneQuery(panel),
      ...shared.flatMap((target) => sourceAsks(target.panelId, panels)),
    ])
  })
}

function takesFromAnother(panel: Panel): boolean {
  return (panel.targets ?? []).some((target) => isShared(panel, target))
}

// Grafana takes the first query and drops the others without a word.
function oneQuery(panel: Panel): Problem[] {
  const refIds = (panel.targets ?? []).map((target) => target.refId)
  if (refIds.length === 1) return []
  return [
    {
      rule: 'shared-query-alone',
      where: 'targets',
      what: 'The panel shows the result of another panel, and has more queries.',
      found: refIds.join(', '),
      expected: 'one query',
      mend: 'Leave the others out, or let the panel ask for itself.',
    },
  ]
}

function sourceAsks(id: number | undefined, panels: Panel[]): Problem[] {
  const source = panels.find((panel) => panel.id === id)
  if (source && hasSql(source)) return []
  return [
    {
      rule: 'shared-panel-asks',
      where: 'panelId',
      what: 'There is no result to show: no such panel, or one that has no SQL itself.',
      found: source ? panelName(source) : show(id),
      expected: `the id of a panel with SQL: ${panels.filter(hasSql).map(panelName).join(', ')}`,
      mend: 'Correct panelId.',
    },
  ]
}

function hasSql(panel: Panel): boolean {
  return (panel.targets ?? []).some((target) => target.rawSql?.trim())
}
