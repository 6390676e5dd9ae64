import { parseInterval } from './interval.ts'
import type { MacroContext } from './macros.ts'
import { formatVariable, type VariableValues } from './variables.ts'

// $name, [[name]], [[name:format]], ${name}, ${name.field}, ${name:format}: Grafana's own pattern.
const reference = /\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:}]+))?(?::([^}]+))?\}/g

type Reference = { match: string; name: string; field?: string; format?: string }

/** Puts the values of dashboard variables and of Grafana's own ($__from, $__interval…) into SQL. */
export function expandVariables(sql: string, context: MacroContext): string {
  const values = { ...builtInValues(context), ...context.variables }
  return sql.replace(reference, (match: string, ...rest: (string | number | undefined)[]) => {
    const [plain, brackets, bracketsFormat, braces, field, bracesFormat] = rest as string[]
    const name = plain ?? brackets ?? braces ?? ''
    const offset = Number(rest.at(-2))
    if (
      !Object.hasOwn(values, name) &&
      isNoVariable(name, sql[offset - 1], sql[offset + match.length])
    ) {
      return match
    }
    return valueOf({ match, name, field, format: bracketsFormat ?? bracesFormat }, values, context)
  })
}

// Left alone: macros, which have parentheses; parameters like $1; dollar quotes like $$text$$.
function isNoVariable(name: string, before?: string, after?: string): boolean {
  return after === '(' || before === '$' || /^\d+$/.test(name)
}

function valueOf(
  { match, name, field, format }: Reference,
  values: VariableValues,
  context: MacroContext,
): string {
  const value = values[name]
  if (value === undefined) {
    throw new Error(
      `Variable ${match} is unknown: expected one of ${Object.keys(values).join(', ')}, or a macro with its parentheses.`,
    )
  }
  if (field !== undefined) {
    throw new Error(`Variable ${match} asks for a field of "${name}": expected \${${name}} alone.`)
  }
  const isTime = name === '__from' || name === '__to'
  if (isTime && format?.startsWith('date')) {
    return formatDate(name === '__from' ? context.from : context.to, format)
  }
  return formatVariable(name, value, format)
}

function builtInValues(context: MacroContext): VariableValues {
  const interval = context.interval ?? '1m'
  const rangeMs = context.to.getTime() - context.from.getTime()
  return {
    __from: String(context.from.getTime()),
    __to: String(context.to.getTime()),
    __interval: interval,
    __interval_ms: String(parseInterval(interval, context.from)),
    __range: `${Math.round(rangeMs / 1000)}s`,
    __range_s: String(Math.round(rangeMs / 1000)),
    __range_ms: String(rangeMs),
  }
}

function formatDate(time: Date, format: string): string {
  if (format === 'date' || format === 'date:iso') return time.toISOString()
  if (format === 'date:seconds') return String(Math.round(time.getTime() / 1000))
  if (format === 'date:ms') return String(time.getTime())
  throw new Error(
    `Format "${format}" is not supported: expected date:iso, date:seconds or date:ms.`,
  )
}
