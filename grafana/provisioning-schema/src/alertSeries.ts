import type { AlertQuery } from './alertQueries.ts'

/** What a query returned, as the client `pg` gives it. */
export type Answer = {
  fields: readonly { name: string; dataTypeID: number }[]
  rows: readonly Record<string, unknown>[]
}

export type Labels = Readonly<Record<string, string>>

/** Numbers under one set of labels: of a table one, of a time series as many as there are times. */
export type AlertSeries = { labels: Labels; values: readonly (number | null)[] }

export type ColumnKind = 'number' | 'text' | 'time' | 'other'

// The types that the data source of Grafana 12.3 converts, by their number in pg_type.
const kindOfType: Record<number, ColumnKind> = {
  ...Object.fromEntries([20, 21, 23, 26, 700, 701, 1700].map((type) => [type, 'number'])),
  ...Object.fromEntries([18, 19, 25, 1042, 1043, 2950].map((type) => [type, 'text'])),
  ...Object.fromEntries([1082, 1114, 1184].map((type) => [type, 'time'])),
}

/** What Grafana takes a column for. */
export function columnKind({ dataTypeID }: { dataTypeID: number }): ColumnKind {
  return kindOfType[dataTypeID] ?? 'other'
}

/**
 * The rows of a query as Grafana's expressions read them: one number column, and texts that are labels.
 * Throws where Grafana refuses the answer.
 */
export function seriesOf(
  answer: Answer,
  query: Pick<AlertQuery, 'format' | 'where'>,
): AlertSeries[] {
  const names = (kind: ColumnKind) =>
    answer.fields.filter((field) => columnKind(field) === kind).map(({ name }) => name)
  const [numbers, texts, times, others] = [
    names('number'),
    names('text'),
    names('time'),
    names('other'),
  ]
  const isSeries = query.format === 'time_series'
  if (numbers.length !== 1 || others.length > 0 || times.length !== (isSeries ? 1 : 0)) {
    throw new Error(
      `${query.where} returns ${answer.fields.map((field) => `${field.name} (${columnKind(field)})`).join(', ')}: an alert reads one number, any texts as labels${isSeries ? ', and one time' : ', and no time'}.`,
    )
  }
  const rows = isSeries ? answer.rows.toSorted(byTime(times[0]!)) : answer.rows
  const found = new Map<string, { labels: Labels; values: (number | null)[] }>()
  for (const row of rows) {
    const labels = Object.fromEntries(texts.map((name) => [name, labelOf(row[name])]))
    const key = JSON.stringify(labels)
    if (!isSeries && found.has(key)) {
      throw new Error(`${query.where} has two rows with the labels ${key}: Grafana refuses both.`)
    }
    const series = found.get(key) ?? { labels, values: [] }
    series.values.push(numberOf(row[numbers[0]!]))
    found.set(key, series)
  }
  return [...found.values()]
}

const byTime = (column: string) => (a: Record<string, unknown>, b: Record<string, unknown>) =>
  Number(a[column]) - Number(b[column])

const labelOf = (value: unknown): string => (typeof value === 'string' ? value : '')

// pg gives bigint and numeric as text.
function numberOf(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value)
}
