import { columnKind, type Answer, type ColumnKind } from './alertSeries.ts'
import { isShared, panelName, panelsOf, parseDashboard } from './dashboard.ts'
import type { Panel } from './dashboardSchema.ts'
import { namesInRows, namesMade } from './answerNames.ts'
import { fieldsNamed } from './fieldsNamed.ts'
import { within, type Problem } from './problem.ts'
import type { DashboardQuery } from './queries.ts'

// What a type of panel cannot do without. A panel of another type shows whatever there is.
const neededKinds: Record<string, readonly ColumnKind[]> = {
  timeseries: ['time', 'number'],
  barchart: ['number'],
  bargauge: ['number'],
  gauge: ['number'],
  geomap: ['number'],
  piechart: ['text', 'number'],
  stat: ['number'],
}

/**
 * Checks what PostgreSQL answered to a query of a dashboard (parsed JSON): there are rows, and the panel, and those that
 * show the same answer, find the columns that they need and name. An annotation may have no rows.
 */
export function checkAnswer(json: unknown, query: DashboardQuery, answer: Answer): Problem[] {
  const panels = panelsOf(parseDashboard(json)).filter(
    (panel) => query.kind === 'panel' && shows(panel, query),
  )
  return [
    ...(query.kind === 'annotation' ? [] : rowsThere(query, answer)),
    ...(query.kind === 'annotation' ? annotationTime(query, answer) : []),
    ...namedByDefault(query, answer),
    ...panels.flatMap((panel) =>
      within(panelName(panel), [
        ...kindsThere(panel, query, answer),
        ...namesThere(panel, query, answer),
        ...picturesAreText(panel, answer),
      ]),
    ),
  ]
}

function shows(panel: Panel, query: DashboardQuery): boolean {
  if (panel.id === query.panelId) return true
  const targets = panel.targets ?? []
  return targets.some((target) => isShared(panel, target) && target.panelId === query.panelId)
}

function rowsThere(query: DashboardQuery, answer: Answer): Problem[] {
  if (answer.rows.length > 0) return []
  const found = 'none'
  return [problem('answer-rows', query.where, 'There are no rows to show.', found, 'a row or more')]
}

function annotationTime(query: DashboardQuery, answer: Answer): Problem[] {
  const isThere = answer.fields.some((field) => field.name === 'time')
  if (isThere) return []
  return [
    problem(
      'answer-time',
      query.where,
      'An annotation needs a time.',
      names(answer),
      'a column time',
    ),
  ]
}

function namedByDefault(query: DashboardQuery, answer: Answer): Problem[] {
  if (!answer.fields.some(({ name }) => name === '?column?')) return []
  return [
    problem('answer-names', query.where, 'A column has no name.', names(answer), 'names (as …)'),
  ]
}

function kindsThere(panel: Panel, query: DashboardQuery, answer: Answer): Problem[] {
  const kinds = answer.fields.map((field) => ({ name: field.name, kind: kindIn(query, field) }))
  return (neededKinds[panel.type] ?? [])
    .filter((needed) => !kinds.some(({ kind }) => kind === needed))
    .map((needed) =>
      problem(
        'answer-kind',
        'its answer',
        `A panel of type ${panel.type} needs a ${needed} column.`,
        kinds.map(({ name, kind }) => `${name} (${kind})`).join(', '),
        `a column that is a ${needed}`,
      ),
    )
}

// In a time series a number called time is one, in seconds: so do the macros return it.
function kindIn(query: DashboardQuery, field: Answer['fields'][number]): ColumnKind {
  const isSeries = query.format === 'time_series'
  return isSeries && field.name === 'time' ? 'time' : columnKind(field)
}

function namesThere(panel: Panel, query: DashboardQuery, answer: Answer): Problem[] {
  const known = new Set([
    ...answer.fields.map(({ name }) => name),
    ...namesInRows(panel, query, answer),
    ...namesMade(panel),
  ])
  return fieldsNamed(panel)
    .filter(({ name }) => !known.has(name))
    .map(({ name, where }) =>
      problem('answer-column', where, `It names the column "${name}".`, names(answer), `"${name}"`),
    )
}

function picturesAreText(panel: Panel, answer: Answer): Problem[] {
  return (panel.fieldConfig?.overrides ?? [])
    .filter(({ properties }) =>
      properties.some(({ value }) => (value as { type?: string } | null)?.type === 'image'),
    )
    .flatMap(({ matcher }) => answer.fields.filter(({ name }) => name === matcher.options))
    .filter((field) => columnKind(field) !== 'text')
    .map(({ name }) =>
      problem(
        'answer-picture',
        `column ${name}`,
        'A picture is given by its address.',
        name,
        'text',
      ),
    )
}

const names = (answer: Answer): string => answer.fields.map(({ name }) => name).join(', ')

function problem(
  rule: string,
  where: string,
  what: string,
  found: string,
  expected: string,
): Problem {
  return {
    rule,
    where,
    what,
    found,
    expected,
    mend: 'Change the query, or what names its columns.',
  }
}
