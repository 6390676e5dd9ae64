/** One thing that is wrong in a file. */
export type Problem = {
  /** Stable name of the rule that was broken, such as `panel-id-unique`. */
  rule: string
  /** File, panel title and id, rule or field. */
  where: string
  what: string
  found: string
  expected: string
  /** What to do about it. */
  mend: string
}

/** One readable line for a problem. */
export function formatProblem(problem: Problem): string {
  const { rule, where, what, found, expected, mend } = problem
  return `${where}: ${what} Found ${found}; expected ${expected}. ${mend} [${rule}]`
}

/** Puts a file or a dashboard in front of each problem's place. */
export function within(place: string, problems: Problem[]): Problem[] {
  return problems.map((problem) => ({ ...problem, where: `${place}: ${problem.where}` }))
}

/** The values that occur more than once, each once, in their order. */
export function repeated<T>(values: readonly T[]): T[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))]
}

/** A value for a message: as JSON, cut where it gets long. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}
