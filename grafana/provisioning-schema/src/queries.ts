import { panelName, panelsOf, parseDashboard } from './dashboard.ts'
import type { Dashboard } from './dashboardSchema.ts'

/** One SQL query of a dashboard. */
export type DashboardQuery = {
  kind: 'panel' | 'variable' | 'annotation'
  /** The panel's title, or the name of the variable or annotation. */
  panel: string
  /** Null for variables and annotations. */
  panelId: number | null
  refId: string
  sql: string
  format: 'table' | 'time_series'
  /** Uid of the data source it goes to. */
  datasource: string
  /** For messages: `panel "Lag" (id 4), query A`. */
  where: string
}

/**
 * Every SQL query of a dashboard (parsed JSON): those of panels, inside folded rows too, of variables
 * and of annotations. Hidden queries are left out, as Grafana does not send them; so are panels that
 * show the result of another.
 * Throws when the dashboard's structure is wrong.
 */
export function queriesOf(json: unknown): DashboardQuery[] {
  return queriesOfDashboard(parseDashboard(json))
}

export function queriesOfDashboard(dashboard: Dashboard): DashboardQuery[] {
  return [...variables(dashboard), ...annotations(dashboard), ...panels(dashboard)]
}

function panels(dashboard: Dashboard): DashboardQuery[] {
  return panelsOf(dashboard).flatMap((panel) =>
    (panel.targets ?? [])
      .filter((target) => target.rawSql !== undefined && !target.hide)
      .map((target) => ({
        kind: 'panel' as const,
        panel: panel.title,
        panelId: panel.id,
        refId: target.refId,
        sql: target.rawSql ?? '',
        format: target.format ?? 'time_series',
        datasource: (target.datasource ?? panel.datasource)?.uid ?? '',
        where: `${panelName(panel)}, query ${target.refId}`,
      })),
  )
}

function variables(dashboard: Dashboard): DashboardQuery[] {
  return (dashboard.templating?.list ?? [])
    .filter((variable) => variable.type === 'query')
    .map((variable) => ({
      kind: 'variable' as const,
      panel: variable.name,
      panelId: null,
      refId: variable.name,
      sql: typeof variable.query === 'string' ? variable.query : '',
      format: 'table',
      datasource: variable.datasource?.uid ?? '',
      where: `variable "${variable.name}"`,
    }))
}

function annotations(dashboard: Dashboard): DashboardQuery[] {
  return (dashboard.annotations?.list ?? [])
    .filter((annotation) => annotation.target?.rawSql !== undefined)
    .map((annotation) => ({
      kind: 'annotation' as const,
      panel: annotation.name,
      panelId: null,
      refId: annotation.target?.refId ?? 'Anno',
      sql: annotation.target?.rawSql ?? '',
      format: annotation.target?.format ?? 'table',
      datasource: annotation.datasource.uid,
      where: `annotation "${annotation.name}"`,
    }))
}
