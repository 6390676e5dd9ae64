import type { z } from 'zod'
import { show, type Problem } from './problem.ts'

type Path = readonly PropertyKey[]

/** Turns what zod found into problems; `name` says how to call the thing at a path. */
export function schemaProblems(
  error: z.ZodError,
  value: unknown,
  name: (path: Path) => string = pathName,
): Problem[] {
  return error.issues.map((issue) => {
    const unknownKeys = issue.code === 'unrecognized_keys' ? issue.keys : undefined
    return {
      rule: 'schema',
      where: name(issue.path),
      what: unknownKeys
        ? 'Grafana knows no such key here and would ignore it silently.'
        : 'Not what Grafana reads here.',
      found: unknownKeys ? unknownKeys.join(', ') : show(valueAt(value, issue.path)),
      expected: unknownKeys ? 'keys that Grafana reads' : issue.message,
      mend: unknownKeys ? 'Look for a typing mistake, or remove it.' : 'Correct this field.',
    }
  })
}

/** `panels[2].gridPos.w` for a path. */
export function pathName(path: Path): string {
  if (path.length === 0) return 'top level'
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    return text === '' ? String(part) : `${text}.${String(part)}`
  }, '')
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, part) =>
      typeof inner === 'object' && inner !== null
        ? (inner as Record<PropertyKey, unknown>)[part]
        : undefined,
    value,
  )
}
