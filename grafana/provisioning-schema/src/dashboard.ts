import {
  dashboardSchema,
  sharedDatasource,
  type Dashboard,
  type Panel,
  type Target,
} from './dashboardSchema.ts'
import { formatProblem, type Problem } from './problem.ts'
import { pathName, schemaProblems, valueAt } from './schemaProblems.ts'

/** Panels whose content is not a query. */
const panelTypesWithoutData = new Set(['row', 'text', 'dashlist', 'alertlist', 'annolist', 'news'])

/**
 * Reads a classic dashboard from parsed JSON.
 * Throws an error that lists every problem of its structure.
 */
export function parseDashboard(json: unknown): Dashboard {
  const { dashboard, problems } = readDashboard(json)
  if (!dashboard) throw new Error(problems.map(formatProblem).join('\n'))
  return dashboard
}

export function readDashboard(json: unknown): { dashboard?: Dashboard; problems: Problem[] } {
  const result = dashboardSchema.safeParse(json)
  if (result.success) return { dashboard: result.data, problems: [] }
  return { problems: schemaProblems(result.error, json, (path) => nameInDashboard(json, path)) }
}

/** All panels of a dashboard, those inside folded rows too, in the order of the file. */
export function panelsOf(dashboard: Dashboard): Panel[] {
  return dashboard.panels.flatMap((panel): Panel[] => [panel, ...(panel.panels ?? [])])
}

export function panelName(panel: { title: string; id: number }): string {
  return `panel "${panel.title}" (id ${panel.id})`
}

export function showsData(panel: Panel): boolean {
  return !panelTypesWithoutData.has(panel.type)
}

/** Whether a query asks no database, but takes the result of another panel. */
export function isShared(panel: Panel, target: Target): boolean {
  return (target.datasource ?? panel.datasource)?.uid === sharedDatasource
}

// A path like panels[3].gridPos.w says little to a reader of the dashboard: the title does.
function nameInDashboard(json: unknown, path: readonly PropertyKey[]): string {
  const [list, index] = path
  const panel = list === 'panels' && index !== undefined ? valueAt(json, path.slice(0, 2)) : null
  if (typeof panel !== 'object' || panel === null) return pathName(path)
  const { title, id } = panel as { title?: unknown; id?: unknown }
  return `panel "${String(title)}" (id ${String(id)}), ${pathName(path)}`
}
