import pg from 'pg'
import {
  calledName,
  columnOf,
  copyOf,
  expressionText,
  findNode,
  fromItem,
  namesIn,
  parseSelect,
  rewrite,
  target,
  targetsOf,
  visitNodes,
  type Node,
  type Select,
} from './ast.ts'
import type { Model } from './model.ts'
import { quote } from './storeNames.ts'
import { timeCastOf, type TimeTypes } from './timeTypes.ts'

/** Source ids by bronze table. */
export type Sources = Map<string, number>

export interface BronzeColumn {
  name: string
  /** An expression over the bronze table, here called `bronze`. */
  value: string
}

/**
 * The model's select over the batches of `sluice_range`, without the offsets of `sluice_skip`, with columns of bronze
 * in front of its own, and `sluice_reads_clock`: whether a word in the event is one that means the clock.
 * Traced, it leaves the offset of each event that it reads in a sequence. With `only`, a condition, it passes over the
 * events that do not fulfil it.
 */
export function selectOverRange(
  model: Model,
  sources: Sources,
  added: BronzeColumn[],
  {
    times,
    keepTombstones,
    isTraced = false,
    only,
  }: { times: TimeTypes; keepTombstones: boolean; isTraced?: boolean; only?: string },
): Select {
  const select = copyOf(parseSelect(model.body))
  const fence = branchesOf(select).some(hasConditions) ? '\n    offset 0' : ''
  for (const branch of branchesOf(select)) {
    const guard = clockGuard(branch, times)
    const alias = bronzeAlias(branch['fromClause'])!
    const columns = [
      ...added.map(({ name, value }) =>
        target(value.replaceAll('bronze.', `${quote(alias)}.`), name),
      ),
      target(guard, 'sluice_reads_clock'),
    ]
    branch['targetList'] = [...columns, ...(branch['targetList'] as Node[])]
    if (only) {
      const isGood = parseWhere(`(${only} or ops.pass_over(${quote(alias)}.kafka_offset))`)
      const where = branch['whereClause'] as Node | undefined
      branch['whereClause'] = where
        ? { BoolExpr: { boolop: 'AND_EXPR', args: [where, isGood] } }
        : isGood
    }
    if (keepTombstones && branch['whereClause']) {
      branch['whereClause'] = {
        BoolExpr: {
          boolop: 'OR_EXPR',
          args: [branch['whereClause'], parseWhere(`${quote(alias)}.payload is null`)],
        },
      }
    }
  }
  return rewrite(select, (type, range) => {
    if (type !== 'RangeVar' || range['schemaname'] !== 'bronze') return undefined
    const table = range['relname'] as string
    const alias = (range['alias'] as { aliasname?: string } | undefined)?.aliasname ?? table
    const events = rangeOf(table, sources.get(table)!) + (isTraced ? tracing : '') + fence
    return fromItem(events, alias)
  })
}

/** Whether a select has conditions of its own: the server would look at them before ours where they cost less. */
function hasConditions(branch: Select): boolean {
  const from = branch['fromClause'] as Node[]
  return branch['whereClause'] !== undefined || from.length > 1 || !from[0]?.['RangeVar']
}

const parseWhere = (sql: string) => parseSelect(`select where ${sql}`)['whereClause'] as Node

/** One range per statement: the server knows nothing yet of a new partition, and would scan it all for a join. */
function rangeOf(table: string, sourceId: number): string {
  return `
    select events.*, ${sourceId}::int as sluice_source_id
    from bronze.${quote(table)} as events
    where (sluice_range).source_id = ${sourceId}
      and events.generation = (sluice_range).generation
      and events.kafka_partition = (sluice_range).kafka_partition
      and events.kafka_offset between (sluice_range).first_offset and (sluice_range).last_offset
      and events.batch_no between (sluice_range).from_batch and (sluice_range).to_batch
      and events.ingested_at between (sluice_range).from_at and (sluice_range).to_at
      and events.kafka_offset <> all (sluice_skip)`
}

/**
 * Remembers in a sequence which event is being read: it keeps its value when an error undoes everything else. Its
 * values begin at 1, offsets at 0.
 */
const tracing = `
      and setval('pg_temp.sluice_event', events.kafka_offset + 1) > 0`

/** The selects of a `union all`; a plain select is its own only branch. */
export function branchesOf(select: Select): Select[] {
  if (select['op'] && select['op'] !== 'SETOP_NONE') {
    return [select['larg'] as Select, select['rarg'] as Select].flatMap(branchesOf)
  }
  return [select]
}

function tableIn(from: unknown): string | undefined {
  let table: string | undefined
  visitNodes(from, (type, range) => {
    if (type === 'RangeVar' && range['schemaname'] === 'bronze')
      table ??= range['relname'] as string
  })
  return table
}

/** The alias of the bronze table among the joined items of a `from`, not looking into subqueries. */
function bronzeAlias(from: unknown): string | undefined {
  if (Array.isArray(from)) return from.map(bronzeAlias).find((found) => found)
  const item = (from ?? {}) as Node
  const join = item['JoinExpr'] as Node | undefined
  if (join) return bronzeAlias(join['larg']) ?? bronzeAlias(join['rarg'])
  const range = item['RangeVar'] as Node | undefined
  if (range?.['schemaname'] !== 'bronze') return undefined
  return (
    (range['alias'] as { aliasname?: string } | undefined)?.aliasname ??
    (range['relname'] as string)
  )
}

/** Whether no event can make it fail: a column, or what constant keys lead to in it. */
export function isSafe(node: Node): boolean {
  if (columnOf(node)) return true
  const operation = node['A_Expr'] as { name: unknown; lexpr?: Node; rexpr?: Node } | undefined
  const operator = operation && namesIn(operation.name).at(-1)!
  return (
    ['->', '->>'].includes(operator ?? '') &&
    isSafe(operation!.lexpr!) &&
    operation!.rexpr!['A_Const'] !== undefined
  )
}

/** Outputs that no event can make fail: columns, and texts out of JSON. */
export function safeOutputs(model: Model): boolean[] {
  const branches = branchesOf(parseSelect(model.body))
  const safe = branches.map((branch) => targetsOf(branch).map((one) => isSafe(one.node)))
  return safe[0]!.map((_, index) => safe.every((branch) => branch[index]))
}

/** Whether an event can make more than one row: joined, by a function, or read by two branches. */
export function makesSeveralRows(model: Model, isSetReturning: (name: string) => boolean): boolean {
  const branches = branchesOf(parseSelect(model.body))
  const tables = branches.map((branch) => tableIn(branch['fromClause']))
  if (new Set(tables).size < tables.length) return true
  return branches.some((branch) => {
    const from = branch['fromClause'] as Node[]
    if (from.length > 1 || !from[0]?.['RangeVar']) return true
    const isOfRows = (type: string, call: Node) =>
      type === 'FuncCall' && isSetReturning(calledName(call))
    return findNode(branch['targetList'], isOfRows) !== undefined
  })
}

export const clockWords = 'now|today|tomorrow|yesterday'

/**
 * An expression that tells whether a text that the select casts to a time is a word for the clock: such an
 * event would mean something else each time it is read. All these words have a w or a y, no usual time has.
 */
function clockGuard(branch: Select, times: TimeTypes): string {
  const texts = new Set<string>()
  visitNodes([branch['targetList'], branch['whereClause']], (type, _, node) => {
    if (type === 'SubLink') return false
    const arg = timeCastOf(node, times)?.arg
    if (!arg || arg['A_Const'] || timeCastOf(arg, times)) return
    if (['kafka_at', 'ingested_at'].includes(columnOf(arg)?.at(-1) ?? '')) return
    texts.add(expressionText(arg))
  })
  const guards = [...texts].map(
    (text) =>
      `((${text})::text like any (array['%w%', '%W%', '%y%', '%Y%']) and (${text})::text ~* ${pg.escapeLiteral(clockWords)})`,
  )
  return guards.length === 0 ? 'false' : guards.join(' or ')
}
