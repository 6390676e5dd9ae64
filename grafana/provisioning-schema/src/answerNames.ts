import { columnKind, type Answer } from './alertSeries.ts'
import type { Panel } from './dashboardSchema.ts'
import type { DashboardQuery } from './queries.ts'

/** The texts of a row name its line in a time series, and its slice or bar where each row is one. */
export function namesInRows(panel: Panel, query: DashboardQuery, answer: Answer): string[] {
  const options = panel['options'] as { reduceOptions?: { values?: boolean } } | undefined
  if (query.format !== 'time_series' && !options?.reduceOptions?.values) return []
  return answer.fields
    .filter((field) => columnKind(field) === 'text')
    .flatMap(({ name }) => answer.rows.map((row) => String(row[name])))
}

/** What transformations call columns: by a new name, or "orders (sum)". */
export function namesMade(panel: Panel): string[] {
  const transformations = (panel['transformations'] ?? []) as {
    options?: {
      renameByName?: Record<string, string>
      fields?: Record<string, { aggregations?: string[] }>
    }
  }[]
  return transformations.flatMap(({ options }) => [
    ...Object.values(options?.renameByName ?? {}),
    ...Object.entries(options?.fields ?? {}).flatMap(([name, { aggregations }]) =>
      (aggregations ?? []).map((aggregation) => `${name} (${aggregation})`),
    ),
  ])
}
