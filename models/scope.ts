import {
  calledName,
  columnOf,
  copyOf,
  expressionText,
  isSame,
  namesIn,
  placeOf,
  replaceNodes,
  targetsOf,
  visitNodes,
  type Node,
  type Select,
} from './ast.ts'
import type { EventTable } from './eventTables.ts'
import { leafColumn, leavesOf, usingColumns, type Flat, type Leaf } from './flatten.ts'
import {
  isAggregate,
  limitObstacle,
  linearObstacle,
  readsTables,
  unionObstacle,
  type Aggregates,
  type Obstacle,
} from './linear.ts'
import { quote } from './storeNames.ts'

/** A select of the scope's values; `occurrence` is the event table of which it sees new rows alone. */
export interface Touch {
  select: Select
  occurrence: number
  /** The time of the new rows, where the select reads their table alone. */
  time: Node | undefined
}

/** What bounds an event table to the touched parts: a column of the scope, or the time that its bucket is cut from. */
export interface Restriction {
  occurrence: number
  /** Which column of the scope, from 0. */
  part: number
  column: string
  /** The length of the bucket as SQL, when the scope is a bucket of this column. */
  bucket: string | undefined
}

export interface Scope {
  touches: Touch[]
  restrictions: Restriction[]
  /** Tables that only a join ties to the parts, with the column of the join. */
  joined: { occurrence: number; column: string }[]
}

interface Tracing {
  tables: EventTable[]
  aggregates: Aggregates
  scope: Scope
}

const obstacle = (reason: string, at: unknown): Obstacle => ({ reason, place: placeOf(at) })

/**
 * Follows outputs of a select down to the event tables: how new rows of each tell which parts they touch, and how
 * each can be bounded to parts. An obstacle where a level puts rows of several parts together.
 */
export function traceScope(
  flat: Flat,
  tables: EventTable[],
  outputs: number[],
  aggregates: Aggregates,
): Scope | Obstacle {
  const tracing: Tracing = {
    tables,
    aggregates,
    scope: { touches: [], restrictions: [], joined: [] },
  }
  return traceOutputs(flat.select, outputs, tracing) ?? tracing.scope
}

function traceOutputs(select: Select, outputs: number[], tracing: Tracing): Obstacle | undefined {
  if (select['larg']) {
    return (
      unionObstacle(select, new Map()) ??
      traceOutputs(select['larg'] as Select, outputs, tracing) ??
      traceOutputs(select['rarg'] as Select, outputs, tracing)
    )
  }
  const targets = targetsOf(select)
  return traceLevel(
    select,
    outputs.map((index) => targets[index]!.node),
    tracing,
  )
}

function traceLevel(select: Select, parts: Node[], tracing: Tracing): Obstacle | undefined {
  const leaves = leavesOf(select, tracing.tables)
  const found =
    separationObstacle(select, parts, leaves, tracing.aggregates) ??
    nullableObstacle(select, parts, leaves) ??
    preservedObstacle(select)
  if (found) return found
  for (const leaf of leaves) {
    const problem = traceLeaf(select, parts, leaf, leaves, tracing)
    if (problem) return problem
  }
  return undefined
}

function traceLeaf(
  select: Select,
  parts: Node[],
  leaf: Leaf,
  leaves: Leaf[],
  tracing: Tracing,
): Obstacle | undefined {
  if (!leaf.table && !(leaf.select && readsTables(leaf.select, new Map()))) return undefined
  const mapped = parts.map((part) => mapTo(leaf, part, leaves, select))
  const isMapped = mapped.every((part) => part !== undefined)
  if (leaf.table) {
    const occurrence = (leaf.node['RangeVar'] as { sluice_no: number }).sluice_no
    tracing.scope.touches.push({
      occurrence,
      time: isMapped ? reference(leaf.alias, leaf.table.time) : undefined,
      select: isMapped
        ? ownTouch(select, mapped, leaf, leaves)
        : levelTouch(select, parts, leaf, leaves),
    })
    for (const [part, value] of mapped.entries()) {
      const bound = value && boundOf(value, leaf.table)
      if (bound) tracing.scope.restrictions.push({ occurrence, part, ...bound })
    }
    if (!isMapped) {
      for (const end of equalities(select, leaves).flat()) {
        if (end.leaf === leaf) tracing.scope.joined.push({ occurrence, column: end.column })
      }
    }
    return undefined
  }
  const inner = leaf.select!
  if ((leaf.node['RangeSubselect'] as Node)['lateral']) {
    return obstacle('a lateral subquery reads a table', inner)
  }
  if (isMapped && leaf.columns) {
    return traceInside(inner, mapped, leaf, tracing)
  }
  const linear = linearObstacle(inner, new Map(), tracing.aggregates)
  if (linear) return obstacle('a subquery is not tied to the parts by an equality', inner)
  for (const occurrence of occurrencesIn(inner)) {
    const touch = levelTouch(select, parts, leaf, leaves)
    tracing.scope.touches.push({ occurrence, select: touch, time: undefined })
  }
  return undefined
}

/** The parts as expressions of what a subquery selects. */
function traceInside(
  inner: Select,
  parts: Node[],
  leaf: Leaf,
  tracing: Tracing,
): Obstacle | undefined {
  if (inner['larg']) {
    return (
      unionObstacle(inner, new Map()) ??
      traceInside(inner['larg'] as Select, parts, leaf, tracing) ??
      traceInside(inner['rarg'] as Select, parts, leaf, tracing)
    )
  }
  const targets = targetsOf(inner)
  const inside = parts.map((part) =>
    replaceNodes(part, (node) => {
      const column = columnOf(node)?.at(-1)
      return column === undefined ? undefined : copyOf(targets[leaf.columns!.indexOf(column)]!.node)
    }),
  )
  return traceLevel(inner, inside, tracing)
}

export function occurrencesIn(tree: unknown): number[] {
  const found: number[] = []
  visitNodes(tree, (type, fields) => {
    if (type === 'RangeVar' && typeof fields['sluice_no'] === 'number')
      found.push(fields['sluice_no'])
  })
  return found
}

/** Scope values of a table's own rows, with the conditions that concern it alone. */
function ownTouch(select: Select, parts: Node[], leaf: Leaf, leaves: Leaf[]): Select {
  const own = conjuncts(select['whereClause']).filter(
    (condition) => !leaf.isNullable && concernsOnly(condition, leaf, leaves),
  )
  return level(parts, [leaf.node], own)
}

function concernsOnly(condition: Node, leaf: Leaf, leaves: Leaf[]): boolean {
  let isOwn = true
  visitNodes(condition, (type, _, node) => {
    if (type === 'SubLink') isOwn = false
    if (type === 'ColumnRef' && leafColumn(node, leaves)?.leaf !== leaf) isOwn = false
  })
  return isOwn
}

/** Scope values of the joined rows that a table's new rows are part of: where it may be missing, it is not. */
function levelTouch(select: Select, parts: Node[], leaf: Leaf, leaves: Leaf[]): Select {
  const from = copyOf(select['fromClause']) as Node[]
  const numbers = new Set(occurrencesIn(leaf.node))
  const tighten = (item: Node): boolean => {
    const join = item['JoinExpr'] as Node | undefined
    if (!join) return occurrencesIn(item).some((number) => numbers.has(number))
    const isLeft = tighten(join['larg'] as Node)
    const isRight = tighten(join['rarg'] as Node)
    if (isLeft && join['jointype'] === 'JOIN_RIGHT') join['jointype'] = 'JOIN_INNER'
    if (isRight && join['jointype'] === 'JOIN_LEFT') join['jointype'] = 'JOIN_INNER'
    if (join['jointype'] === 'JOIN_FULL' && (isLeft || isRight)) {
      join['jointype'] = isLeft ? 'JOIN_LEFT' : 'JOIN_RIGHT'
    }
    return isLeft || isRight
  }
  from.forEach(tighten)
  // what may be missing was missing before the new rows came: a condition on that would not show it
  const lasting = conjuncts(select['whereClause']).filter((condition) => {
    let isLasting = true
    visitNodes(condition, (type, _, node) => {
      if (type === 'ColumnRef' && leafColumn(node, leaves)?.leaf.isNullable !== false)
        isLasting = false
    })
    return isLasting
  })
  return level(parts, from, lasting)
}

function level(parts: Node[], from: Node[], conditions: Node[]): Select {
  const where =
    conditions.length === 0
      ? undefined
      : conditions.length === 1
        ? conditions[0]
        : { BoolExpr: { boolop: 'AND_EXPR', args: conditions } }
  return copyOf({
    targetList: parts.map((part, index) => ({
      ResTarget: { name: `part_${index + 1}`, val: part },
    })),
    fromClause: from,
    ...(where ? { whereClause: where } : {}),
    limitOption: 'LIMIT_OPTION_DEFAULT',
    op: 'SETOP_NONE',
  })
}

export function conjuncts(where: unknown): Node[] {
  if (!where) return []
  const both = (where as Node)['BoolExpr'] as { boolop: string; args: Node[] } | undefined
  return both?.boolop === 'AND_EXPR' ? both.args.flatMap(conjuncts) : [where as Node]
}

/** A part as an expression of one item's columns: its own, or ones that a join or condition makes equal to them. */
function mapTo(leaf: Leaf, part: Node, leaves: Leaf[], select: Select): Node | undefined {
  const equal = equalities(select, leaves)
  let isPossible = true
  const mapped = replaceNodes(part, (node) => {
    const parts = columnOf(node)
    if (!parts) return undefined
    const own = leafColumn(node, leaves)
    const isMerged = parts.length === 1 && usingColumns(select).includes(parts[0]!)
    if (own?.leaf === leaf || (isMerged && leaf.columns?.includes(parts[0]!))) {
      return reference(leaf.alias, parts.at(-1)!)
    }
    const twin = equal.flatMap((pair) => twinOf(pair, own)).find((one) => one.leaf === leaf)
    if (twin) return reference(leaf.alias, twin.column)
    isPossible = false
    return node
  })
  return isPossible ? mapped : undefined
}

type Place = { leaf: Leaf; column: string }

const twinOf = ([one, other]: [Place, Place], place: Place | undefined): Place[] => {
  const is = (end: Place) => end.leaf === place?.leaf && end.column === place.column
  return is(one) ? [other] : is(other) ? [one] : []
}

const reference = (alias: string, column: string): Node => ({
  ColumnRef: { fields: [{ String: { sval: alias } }, { String: { sval: column } }] },
})

/** Pairs of columns that are equal in every joined row. */
function equalities(select: Select, leaves: Leaf[]): [Place, Place][] {
  const pairs: [Place, Place][] = []
  const addConditions = (where: unknown) => {
    for (const condition of conjuncts(where)) {
      const equation = condition['A_Expr'] as
        { name: unknown; lexpr: Node; rexpr: Node } | undefined
      if (!equation || namesIn(equation.name).at(-1) !== '=' || !equation.lexpr) continue
      const [left, right] = [equation.lexpr, equation.rexpr].map((side) => leafColumn(side, leaves))
      if (left && right) pairs.push([left, right])
    }
  }
  const visit = (item: Node): void => {
    const join = item['JoinExpr'] as Node | undefined
    if (!join) return
    addConditions(join['quals'])
    for (const column of namesIn(join['usingClause'])) {
      const ends = leaves.filter((leaf) => leaf.columns?.includes(column))
      for (const end of ends.slice(1))
        pairs.push([
          { leaf: ends[0]!, column },
          { leaf: end, column },
        ])
    }
    visit(join['larg'] as Node)
    visit(join['rarg'] as Node)
  }
  for (const item of (select['fromClause'] ?? []) as Node[]) visit(item)
  addConditions(select['whereClause'])
  return pairs
}

/** Columns of event tables that joins of a level compare with others. */
export function tableEqualities(
  select: Select,
  tables: EventTable[],
): { table: EventTable; column: string }[] {
  return equalities(select, leavesOf(select, tables))
    .flat()
    .flatMap(({ leaf, column }) => (leaf.table ? [{ table: leaf.table, column }] : []))
}

/** How a table's rows can be bounded by a part: a plain column, or a bucket of time. */
function boundOf(
  value: Node,
  table: EventTable,
): Omit<Restriction, 'occurrence' | 'part'> | undefined {
  const column = columnOf(value)?.at(-1)
  if (column !== undefined) return { column, bucket: undefined }
  const bucket = bucketOf(value)
  return bucket?.column === table.time ? { column: table.time, bucket: bucket.length } : undefined
}

/** Cut out of a time: `date_trunc('hour', at)`, `date_bin(…)`, `at::date`. */
export function bucketOf(value: Node): { column: string; length: string } | undefined {
  const cast = value['TypeCast'] as { arg: Node; typeName: Node } | undefined
  if (cast && namesIn(cast.typeName['names']).at(-1) === 'date') {
    const column = columnOf(cast.arg)?.at(-1)
    return column === undefined ? undefined : { column, length: `interval '1 day'` }
  }
  const call = value['FuncCall'] as Node | undefined
  const args = (call?.['args'] ?? []) as Node[]
  const column = args[1] && columnOf(args[1])?.at(-1)
  if (!call || column === undefined) return undefined
  if (calledName(call) === 'date_bin')
    return { column, length: `(${expressionText(args[0]!)})::interval` }
  const unit = (args[0]!['A_Const'] as { sval?: { sval?: string } } | undefined)?.sval?.sval
  if (calledName(call) !== 'date_trunc' || unit === undefined) return undefined
  const length = unit.toLowerCase() === 'quarter' ? `interval '3 months'` : `interval '1 ${unit}'`
  return { column, length }
}

/** What puts rows of several parts together: grouping, windows, distinct or limits by something else. */
function separationObstacle(
  select: Select,
  parts: Node[],
  leaves: Leaf[],
  aggregates: Aggregates,
): Obstacle | undefined {
  for (const part of parts) {
    const made = madeOfRows(part, aggregates)
    if (made) return obstacle('the part is made of several rows, and moves with them', made)
  }
  const isWithin = (keys: Node[]) => parts.every((part) => isMadeOf(part, keys, leaves))
  const limited = limitObstacle(select)
  if (limited) return limited
  const sublink = subqueryReading(select)
  if (sublink) return obstacle('a subquery in an expression reads a table', sublink)
  const keys = groupKeysOf(select, leaves)
  if (keys.some((key) => key['GroupingSet']))
    return obstacle('it has grouping sets', select['groupClause'])
  const calls = callsAtLevel(select)
  const aggregate = calls.find((call) => isAggregate(call, aggregates))
  if (keys.length > 0 ? !isWithin(keys) : aggregate) {
    return obstacle('it groups rows of several parts', keys[0] ?? { FuncCall: aggregate })
  }
  for (const call of calls.filter((one) => one['over'])) {
    const partition = windowOf(call, select)['partitionClause']
    if (!isWithin((partition ?? []) as Node[])) {
      return obstacle('a window looks at rows of several parts', { FuncCall: call })
    }
  }
  const distinct = (select['distinctClause'] ?? []) as Node[]
  const isPlain = distinct.length === 1 && Object.keys(distinct[0]!).length === 0
  if (distinct.length > 0 && !isPlain && !isWithin(resolveNames(distinct, select, leaves))) {
    return obstacle('distinct on compares rows of several parts', distinct)
  }
  return undefined
}

function madeOfRows(part: Node, aggregates: Aggregates): Node | undefined {
  let found: Node | undefined
  visitNodes(part, (type, call, node) => {
    if (type === 'FuncCall' && (call['over'] || isAggregate(call, aggregates))) found ??= node
  })
  return found
}

function isMadeOf(part: Node, keys: Node[], leaves: Leaf[]): boolean {
  let isMade = true
  replaceNodes(part, (node) => {
    if (keys.some((key) => isSameColumn(key, node, leaves))) return node
    if (node['ColumnRef']) isMade = false
    return undefined
  })
  return isMade
}

/** The same text, or the same column with and without its table. */
function isSameColumn(one: Node, other: Node, leaves: Leaf[]): boolean {
  if (isSame(one, other)) return true
  const [first, second] = [leafColumn(one, leaves), leafColumn(other, leaves)]
  return Boolean(first && second && first.leaf === second.leaf && first.column === second.column)
}

const groupKeysOf = (select: Select, leaves: Leaf[]): Node[] =>
  resolveNames((select['groupClause'] ?? []) as Node[], select, leaves)

/** Ordinals and names of outputs become what they stand for. */
export function resolveNames(items: Node[], select: Select, leaves: Leaf[]): Node[] {
  const targets = targetsOf(select)
  return items.map((item) => {
    const ordinal = (item['A_Const'] as { ival?: { ival?: number } } | undefined)?.ival?.ival
    if (ordinal !== undefined) return targets[ordinal - 1]?.node ?? item
    const column = columnOf(item)
    if (column?.length !== 1 || leafColumn(item, leaves)) return item
    return targets.find((target) => target.name === column[0])?.node ?? item
  })
}

/** The calls of a level's own clauses, not of its subqueries. */
export function callsAtLevel(select: Select): Node[] {
  const calls: Node[] = []
  visitNodes(
    [select['targetList'], select['havingClause'], select['sortClause'], select['distinctClause']],
    (type, fields) => {
      if (type === 'SubLink') return false
      if (type === 'FuncCall') calls.push(fields)
      return undefined
    },
  )
  return calls
}

/** The window of a call: its own, or the named one. */
export function windowOf(call: Node, select: Select): Node {
  const over = call['over'] as Node
  const name = (over['name'] ?? over['refname']) as string | undefined
  if (name === undefined) return over
  const named = ((select['windowClause'] ?? []) as { WindowDef: Node }[]).find(
    ({ WindowDef }) => WindowDef['name'] === name,
  )
  return {
    ...named?.WindowDef,
    ...Object.fromEntries(Object.entries(over).filter(([key]) => key !== 'name')),
  }
}

function subqueryReading(select: Select): Node | undefined {
  let found: Node | undefined
  const clauses = Object.entries(select).filter(([key]) => key !== 'larg' && key !== 'rarg')
  visitNodes(
    clauses.map(([, value]) => value),
    (type, fields, node) => {
      // what a subselect of `from` has in it is looked at when it is traced
      if (type === 'RangeSubselect') return false
      if (type === 'SubLink' && readsTables(fields, new Map())) found ??= node
      return undefined
    },
  )
  return found
}

/** A part taken from what an outer join may miss: a row would move from one part to another. */
function nullableObstacle(select: Select, parts: Node[], leaves: Leaf[]): Obstacle | undefined {
  const merged = usingColumns(select)
  let found: Obstacle | undefined
  visitNodes(parts, (type, _, node) => {
    if (type !== 'ColumnRef') return
    const column = columnOf(node)
    if (column?.length === 1 && merged.includes(column[0]!)) return
    if (leafColumn(node, leaves)?.leaf.isNullable) {
      found ??= obstacle('the part is taken from what an outer join may miss', node)
    }
  })
  return found
}

/** Rows of an outer join that no event makes come with no slice. */
function preservedObstacle(select: Select): Obstacle | undefined {
  let found: Obstacle | undefined
  visitNodes(select['fromClause'], (type, join) => {
    if (type === 'RangeSubselect') return false
    if (type !== 'JoinExpr') return undefined
    const preserved = {
      JOIN_LEFT: [join['larg']],
      JOIN_RIGHT: [join['rarg']],
      JOIN_FULL: [join['larg'], join['rarg']],
    }[join['jointype'] as string]
    const still = preserved?.find((side) => !readsTables(side, new Map()))
    if (still) found ??= obstacle('rows of an outer join are there without any event', still)
    return undefined
  })
  return found
}

export const partName = (index: number): string => quote(`part_${index + 1}`)
