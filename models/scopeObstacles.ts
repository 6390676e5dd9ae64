import {
  calledName,
  columnOf,
  isSame,
  namesIn,
  replaceNodes,
  targetsOf,
  visitNodes,
  type Node,
  type Select,
} from './ast.ts'
import { leafColumn, usingColumns, type Leaf } from './flatten.ts'
import {
  distinctOnKeys,
  isAggregate,
  limitObstacle,
  obstacle,
  readsTables,
  type Aggregates,
  type Obstacle,
} from './linear.ts'

/** Why a level of a select can't be computed part by part. */
export function levelObstacle(
  select: Select,
  parts: Node[],
  leaves: Leaf[],
  aggregates: Aggregates,
): Obstacle | undefined {
  return (
    separationObstacle(select, parts, leaves, aggregates) ??
    nullableObstacle(select, parts, leaves) ??
    lateralObstacle(leaves) ??
    preservedObstacle(select)
  )
}

/** Whether a condition on the rows of a level holds for all or none of the rows that the level looks at together. */
export const isOfParts = (
  select: Select,
  condition: Node,
  leaves: Leaf[],
  aggregates: Aggregates,
): boolean => separationObstacle(select, [condition], leaves, aggregates) === undefined

/** What puts rows of several parts together: grouping, windows, distinct or limits by something else. */
function separationObstacle(
  select: Select,
  parts: Node[],
  leaves: Leaf[],
  aggregates: Aggregates,
): Obstacle | undefined {
  const all = separations(select, leaves, aggregates)
  const whole = all.find(({ keys }) => !keys)
  if (whole) return obstacle(whole.reason, whole.at)
  for (const part of parts) {
    const made = madeOfRows(part, aggregates)
    if (made) return obstacle('the part is made of several rows, and moves with them', made)
  }
  const limited = limitObstacle(select)
  if (limited) return limited
  const sublink = subqueryReading(select)
  if (sublink) return obstacle('a subquery in an expression reads a table', sublink)
  if (groupKeysOf(select, leaves).some((key) => key['GroupingSet']))
    return obstacle('it has grouping sets', select['groupClause'])
  const meeting = all.find(({ keys }) => !parts.every((part) => keysWithin(part, keys!, leaves)))
  return meeting && { ...obstacle(meeting.reason, meeting.at), hint: meeting.hint }
}

interface Separation {
  /** Undefined where all rows are one. */
  keys: Node[] | undefined
  reason: string
  hint?: string | undefined
  at: unknown
}

/** What of a level looks at several rows at once, and by which keys it keeps them apart. */
function separations(select: Select, leaves: Leaf[], aggregates: Aggregates): Separation[] {
  const group = groupKeysOf(select, leaves)
  const calls = callsAtLevel(select)
  const aggregate = calls.find((call) => isAggregate(call, aggregates))
  const reason = 'it groups rows of several parts'
  const distinct = distinctOnKeys(select)
  return [
    ...(group.length > 0 ? [{ keys: group, reason, at: group[0] }] : []),
    ...(group.length === 0 && aggregate
      ? [{ keys: undefined, reason: 'it does not group', at: { FuncCall: aggregate } }]
      : []),
    ...calls
      .filter((call) => call['over'])
      .map((call) => {
        const keys = (windowOf(call, select)['partitionClause'] ?? []) as Node[]
        const at = { FuncCall: call }
        return {
          keys,
          reason: 'a window looks at rows of several parts',
          hint: windowHint(keys),
          at,
        }
      }),
    ...(distinct.length > 0
      ? [
          {
            keys: resolveNames(distinct, select, leaves, true),
            reason: 'distinct on compares rows of several parts',
            at: distinct,
          },
        ]
      : []),
  ]
}

/** The keys, of those that keep the rows of a level apart, of which parts are made that are no key themselves. */
export function keysInside(
  select: Select,
  parts: Node[],
  leaves: Leaf[],
  aggregates: Aggregates,
): Node[] {
  return separations(select, leaves, aggregates).flatMap(({ keys = [] }) =>
    parts
      .filter((part) => !keys.some((key) => isSameColumn(key, part, leaves)))
      .flatMap((part) => keysWithin(part, keys, leaves) ?? []),
  )
}

function windowHint(partition: Node[]): string | undefined {
  if (partition.length === 0) return undefined
  const names = partition.map((key) => columnOf(key)?.at(-1))
  return names.every((name) => name !== undefined)
    ? `Select what it is partitioned by, and name that: -- scope: ${names.join(', ')}`
    : 'Select what it is partitioned by under a name, and give that: -- scope: <name>'
}

function madeOfRows(part: Node, aggregates: Aggregates): Node | undefined {
  let found: Node | undefined
  visitNodes(part, (type, call, node) => {
    if (type === 'FuncCall' && (call['over'] || isAggregate(call, aggregates))) found ??= node
  })
  return found
}

/** Which keys a part is made of; undefined where it is made of something else, too. */
function keysWithin(part: Node, keys: Node[], leaves: Leaf[]): Node[] | undefined {
  const found: Node[] = []
  let isMade = true
  replaceNodes(part, (node) => {
    const key = keys.find((one) => isSameColumn(one, node, leaves))
    if (key) {
      found.push(key)
      return node
    }
    if (node['ColumnRef']) isMade = false
    return undefined
  })
  return isMade ? found : undefined
}

/** The same text, or the same column with and without its table. */
function isSameColumn(one: Node, other: Node, leaves: Leaf[]): boolean {
  if (isSame(one, other)) return true
  const [first, second] = [leafColumn(one, leaves), leafColumn(other, leaves)]
  return Boolean(first && second && first.leaf === second.leaf && first.column === second.column)
}

const groupKeysOf = (select: Select, leaves: Leaf[]): Node[] =>
  resolveNames((select['groupClause'] ?? []) as Node[], select, leaves)

/** Ordinals and names of outputs become what they stand for: in `group by` a column of the tables goes before an output. */
export function resolveNames(
  items: Node[],
  select: Select,
  leaves: Leaf[],
  outputsFirst = false,
): Node[] {
  const targets = targetsOf(select)
  return items.map((item) => {
    const ordinal = (item['A_Const'] as { ival?: { ival?: number } } | undefined)?.ival?.ival
    if (ordinal !== undefined) return targets[ordinal - 1]?.node ?? item
    const column = columnOf(item)
    if (column?.length !== 1 || (!outputsFirst && leafColumn(item, leaves))) return item
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

/** The window of a call, with what it takes from named ones. */
export function windowOf(call: Node, select: Select): Node {
  const over = call['over'] as Node
  const named = (name: unknown): Node =>
    ((select['windowClause'] ?? []) as { WindowDef: Node }[]).find(
      ({ WindowDef }) => WindowDef['name'] === name,
    )?.WindowDef ?? {}
  const whole = (window: Node): Node => {
    if (window['refname'] === undefined) return window
    // a copy has the partition and the order of what it copies, and a frame of its own
    const { partitionClause, orderClause } = whole(named(window['refname']))
    return { ...window, partitionClause, orderClause: orderClause ?? window['orderClause'] }
  }
  return whole(over['name'] === undefined ? over : named(over['name']))
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
  const isMissable = (node: Node): boolean => {
    const column = columnOf(node)
    if (!column) return false
    if (column.length === 1 && merged.includes(column[0]!)) {
      // either side's value is taken: they are equal, but what is made of them may differ
      const isAny = !parts.includes(node)
      return ((select['fromClause'] ?? []) as Node[]).some((item) =>
        mayMiss(item, column[0]!, leaves, isAny),
      )
    }
    const leaf = leafColumn(node, leaves)?.leaf
    if (!leaf) return leaves.some((one) => one.isNullable && !one.columns)
    return leaf.isNullable || looksAtMissable(leaf, leaves)
  }
  let found: Obstacle | undefined
  visitNodes(parts, (type, _, node) => {
    if (type === 'ColumnRef' && isMissable(node))
      found ??= obstacle('the part is taken from what an outer join may miss', node)
  })
  return found
}

/** Whether a column that joins merge is null where an outer join misses a row; `isAny`: or may be that of either side. */
function mayMiss(item: Node, column: string, leaves: Leaf[], isAny: boolean): boolean | undefined {
  const join = item['JoinExpr'] as Node | undefined
  if (!join) {
    const leaf = leaves.find((one) => one.node === item)
    return leaf?.columns?.includes(column) ? false : undefined
  }
  const [left, right] = [join['larg'], join['rarg']].map((side) =>
    mayMiss(side as Node, column, leaves, isAny),
  )
  const type = join['jointype']
  if (namesIn(join['usingClause']).includes(column)) {
    if (type === 'JOIN_INNER') return false
    if (type === 'JOIN_LEFT') return left
    if (type === 'JOIN_RIGHT') return right
    return isAny || left || right
  }
  if (left !== undefined) return left || type === 'JOIN_RIGHT' || type === 'JOIN_FULL'
  if (right !== undefined) return right || type === 'JOIN_LEFT' || type === 'JOIN_FULL'
  return undefined
}

/** Whether an item beside reads columns that an outer join may miss: `lateral (select coalesce(b.s, '-'))`. */
function looksAtMissable(leaf: Leaf, leaves: Leaf[]): boolean {
  if (leaf.table) return false
  let isFound = false
  visitNodes(leaf.node, (type, _, node) => {
    if (type === 'ColumnRef' && leafColumn(node, leaves)?.leaf.isNullable) isFound = true
  })
  return isFound
}

/** An item that makes rows of what is missing makes others when that comes: nothing would say which went. */
function lateralObstacle(leaves: Leaf[]): Obstacle | undefined {
  const found = leaves.find((leaf) => looksAtMissable(leaf, leaves) && !isOfColumns(leaf.node))
  return found && obstacle('a lateral item looks at what an outer join may miss', found.node)
}

/** One of PostgreSQL's functions, of columns and what operators make of them: of nulls it makes no rows. */
function isOfColumns(item: Node): boolean {
  const types: string[] = []
  visitNodes(item, (type, fields) => {
    types.push(type === 'FuncCall' && namesIn(fields['funcname']).length > 1 ? 'Own' : type)
  })
  const known =
    /^(RangeFunction|List|FuncCall|ColumnRef|String|Integer|A_Const|A_Expr|TypeCast|Alias)$/
  return (
    types.every((type) => known.test(type)) &&
    types.filter((type) => type === 'FuncCall').length === 1
  )
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

/** Calls that make several rows, side by side, make as many as the longest of them, and nulls beside the others. */
export function sideObstacle(
  select: Select,
  parts: Node[],
  setReturning: Set<string>,
): Obstacle | undefined {
  const [own] = rowMakers(parts, setReturning)
  const other =
    own && rowMakers(select['targetList'], setReturning).find((call) => !isSame(call, own))
  return other && obstacle('calls that make several rows stand side by side', other)
}

/** Calls that may make several rows. */
export function rowMakers(tree: unknown, setReturning: Set<string>): Node[] {
  const calls: Node[] = []
  visitNodes(tree, (type, call, node) => {
    if (type === 'SubLink') return false
    if (type === 'FuncCall' && setReturning.has(calledName(call))) calls.push(node)
    return undefined
  })
  return calls
}
