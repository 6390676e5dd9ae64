import {
  columnOf,
  isSame,
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
    preservedObstacle(select)
  )
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
  const distinct = distinctOnKeys(select)
  if (distinct.length > 0 && !isWithin(resolveNames(distinct, select, leaves))) {
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
