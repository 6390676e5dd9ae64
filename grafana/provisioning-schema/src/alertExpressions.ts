import type { AlertRule } from './alertingSchema.ts'
import { parseMath } from './alertMath.ts'
import type { AlertSeries, Labels } from './alertSeries.ts'

/** One number under its labels; null where there is none. */
export type AlertNumber = { labels: Labels; value: number | null }

type Expression = AlertRule['data'][number]
type Results = ReadonlyMap<string, readonly AlertSeries[]>

/** What an expression (reduce, threshold, math) makes of the results before it. Throws for any other. */
export function evaluateExpression(query: Expression, results: Results): AlertNumber[] {
  const { refId, model } = query
  const input = (): readonly AlertSeries[] => {
    const found = results.get(model.expression ?? '')
    if (found) return found
    throw new Error(`Expression ${refId} reads "${model.expression}", which is not there yet.`)
  }
  switch (model.type) {
    case 'reduce':
      return input().map(({ labels, values }) => ({ labels, value: reduced(query, values) }))
    case 'threshold':
      return input().map(({ labels, values }) => ({ labels, value: passes(query, single(values)) }))
    case 'math':
      return calculated(model.expression ?? '', results)
    default:
      throw new Error(
        `Expression ${refId} is of type "${model.type}": expected reduce, threshold or math.`,
      )
  }
}

const single = (values: readonly (number | null)[]): number | null => {
  if (values.length === 1) return values[0]!
  throw new Error('A threshold reads a number for each set of labels: reduce the series first.')
}

const reducers: Record<string, (numbers: number[]) => number | null> = {
  last: (numbers) => numbers.at(-1) ?? null,
  sum: (numbers) => numbers.reduce((sum, number) => sum + number, 0),
  mean: (numbers) => (numbers.length === 0 ? null : reducers['sum']!(numbers)! / numbers.length),
  min: (numbers) => (numbers.length === 0 ? null : Math.min(...numbers)),
  max: (numbers) => (numbers.length === 0 ? null : Math.max(...numbers)),
  count: (numbers) => numbers.length,
}

// In the mode dropNN nulls are passed over; else one of them makes the result null.
function reduced({ refId, model }: Expression, values: readonly (number | null)[]): number | null {
  const reduce = reducers[model.reducer ?? '']
  if (!reduce) {
    throw new Error(
      `Expression ${refId} has the reducer "${model.reducer}": expected ${Object.keys(reducers).join(', ')}.`,
    )
  }
  const numbers = values.filter((value) => value !== null)
  if (numbers.length < values.length && model.settings?.mode !== 'dropNN') return null
  return reduce(numbers)
}

const evaluators: Record<string, (value: number, from: number, to: number) => boolean> = {
  gt: (value, bound) => value > bound,
  gte: (value, bound) => value >= bound,
  lt: (value, bound) => value < bound,
  lte: (value, bound) => value <= bound,
  eq: (value, bound) => value === bound,
  ne: (value, bound) => value !== bound,
  within_range: (value, from, to) => value > from && value < to,
  outside_range: (value, from, to) => value < from || value > to,
}

function passes({ refId, model }: Expression, value: number | null): number | null {
  const [condition, ...others] = model.conditions ?? []
  const evaluate = evaluators[condition?.evaluator.type ?? '']
  if (!condition || !evaluate || others.length > 0) {
    throw new Error(
      `Threshold ${refId} needs one condition with an evaluator of ${Object.keys(evaluators).join(', ')}.`,
    )
  }
  const [from = NaN, to = NaN] = condition.evaluator.params
  return value === null ? null : Number(evaluate(value, from, to))
}

// Numbers meet where the labels of one are among those of the other.
function calculated(expression: string, results: Results): AlertNumber[] {
  const { refIds, value } = parseMath(expression)
  const first: { labels: Labels; values: Record<string, number | null> }[] = [
    { labels: {}, values: {} },
  ]
  const joined = refIds.reduce(
    (rows, refId) =>
      rows.flatMap(({ labels, values }) =>
        (results.get(refId) ?? [])
          .filter((series) => isWithin(labels, series.labels) || isWithin(series.labels, labels))
          .map((series) => ({
            labels: { ...labels, ...series.labels },
            values: { ...values, [refId]: single(series.values) },
          })),
      ),
    first,
  )
  return joined.map(({ labels, values }) => ({
    labels,
    value: Object.values(values).includes(null) ? null : value(values as Record<string, number>),
  }))
}

function isWithin(some: Labels, all: Labels): boolean {
  return Object.entries(some).every(([name, value]) => all[name] === value)
}
