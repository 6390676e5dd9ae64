import { expandVariables } from './expandVariables.ts'
import { parseInterval } from './interval.ts'
import type { VariableValues } from './variables.ts'

/** What a query is expanded with. */
export type MacroContext = {
  from: Date
  to: Date
  /** What `$__interval` stands for, such as `10s`; the default is a minute. */
  interval?: string
  variables?: VariableValues
}

// Grafana's own pattern. Arguments end at the first ")", so that none can hold a parenthesis.
const macroCall = /\$([_a-zA-Z0-9]+)\(([^)]*)\)/g

/**
 * SQL as the PostgreSQL data source of Grafana 12.3 sends it: variables first, as in the browser,
 * then the macros, as in the server. Throws where Grafana would refuse the query, and where it would
 * send something broken: an unknown variable, or a parenthesis inside a macro.
 */
export function expandMacros(sql: string, context: MacroContext): string {
  const text = expandVariables(sql, context)
    .replaceAll('$__unixEpochFrom()', epochSeconds(context.from))
    .replaceAll('$__unixEpochTo()', epochSeconds(context.to))
  return text.replace(macroCall, (call: string, name: string, list: string) => {
    if (list.includes('(')) {
      throw new Error(
        `Macro ${call} has a parenthesis inside: Grafana ends a macro at the first ")". Give the expression a name in a subquery.`,
      )
    }
    const args = list.split(',').map((argument) => argument.trim())
    return evaluate(aliasIfFirstOf(text, call, name), args, context)
  })
}

// An old rule that still holds: $__timeGroup directly followed by a comma names its column "time".
function aliasIfFirstOf(text: string, call: string, name: string): string {
  const isFollowedByComma = text[text.indexOf(call) + call.length] === ','
  return name === '__timeGroup' && isFollowedByComma ? '__timeGroupAlias' : name
}

function evaluate(name: string, args: string[], context: MacroContext): string {
  const { from, to } = context
  const column = () => required(name, args[0])
  switch (name) {
    case '__time':
      return `${column()} AS "time"`
    case '__timeEpoch':
      return `extract(epoch from ${column()}) as "time"`
    case '__timeFilter':
      return `${column()} BETWEEN '${timestamp(from)}' AND '${timestamp(to)}'`
    case '__timeFrom':
      return `'${timestamp(from)}'`
    case '__timeTo':
      return `'${timestamp(to)}'`
    case '__timeGroup':
      return grouped(`extract(epoch from ${column()})`, name, args, to)
    case '__timeGroupAlias':
      return `${grouped(`extract(epoch from ${column()})`, name, args, to)} AS "time"`
    case '__unixEpochFilter':
      return `${column()} >= ${epochSeconds(from)} AND ${column()} <= ${epochSeconds(to)}`
    case '__unixEpochNanoFilter':
      return `${column()} >= ${epochNanos(from)} AND ${column()} <= ${epochNanos(to)}`
    case '__unixEpochNanoFrom':
      return epochNanos(from)
    case '__unixEpochNanoTo':
      return epochNanos(to)
    case '__unixEpochGroup':
      return grouped(`(${column()})`, name, args, to)
    case '__unixEpochGroupAlias':
      return `${grouped(`(${column()})`, name, args, to)} AS "time"`
    default:
      throw new Error(`Macro "$${name}" is unknown to Grafana's PostgreSQL data source.`)
  }
}

function grouped(epoch: string, name: string, args: string[], start: Date): string {
  const interval = required(name, args[1]).replace(/^'+|'+$/g, '')
  const seconds = parseInterval(interval, start) / 1000
  const fill = args[2]
  if (fill !== undefined && fill !== 'NULL' && fill !== 'previous' && !isNumber(fill)) {
    throw new Error(
      `Macro $${name} has the fill value "${fill}": expected NULL, previous or a number.`,
    )
  }
  return `floor(${epoch}/${seconds})*${seconds}`
}

function required(name: string, argument: string | undefined): string {
  if (argument) return argument
  throw new Error(`Macro $${name} lacks an argument: it needs a column, and a group an interval.`)
}

const isNumber = (text: string): boolean => text !== '' && Number.isFinite(Number(text))
const epochSeconds = (time: Date): string => String(Math.floor(time.getTime() / 1000))
const epochNanos = (time: Date): string => String(BigInt(time.getTime()) * 1_000_000n)

/** ISO time without the zeros at its end, as Go writes it: 10:00:00.5Z, 10:00:00Z. */
function timestamp(time: Date): string {
  return time.toISOString().replace(/\.?0*Z$/, 'Z')
}
