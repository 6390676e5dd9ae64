import { UserError } from '../cli/userError.ts'

/** A mistake in a model file, at a place: `offset` counts characters from the start of the file. */
export interface Problem {
  path: string
  text: string
  offset: number
  message: string
  hint?: string
  /** The model that can't be made because of it, nor can what reads it. */
  model?: string
}

/** `path:line:column: message`, the line itself, a caret below the place, and the mend. */
export function formatProblem({ path, text, offset, message, hint }: Problem): string {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  const column = offset - (before.lastIndexOf('\n') + 1)
  const source = text.split('\n')[line - 1] ?? ''
  const gutter = String(line).padStart(4)
  // tabs stay tabs, so that the caret stands below its character
  const indent = source.slice(0, column).replace(/[^\t]/g, ' ')
  return [
    `${path}:${line}:${column + 1}: ${message}`,
    `${gutter} | ${source}`,
    `${' '.repeat(gutter.length)} | ${indent}^`,
    ...(hint ? [hint] : []),
  ].join('\n')
}

/** Throws one UserError that names every problem, in the order of files and places. */
export function failOn(problems: Problem[]): void {
  if (problems.length === 0) return
  const sorted = [...problems].sort((a, b) => a.path.localeCompare(b.path) || a.offset - b.offset)
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  throw new UserError(`${sorted.map(formatProblem).join('\n\n')}\n\n${count}; nothing was changed.`)
}
