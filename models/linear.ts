import {
  findNode,
  fullName,
  fromItem,
  parseSelect,
  placeOf,
  visitNodes,
  type Node,
  type Select,
} from './ast.ts'

/** Why something can't be, and where in the body (in bytes). */
export interface Obstacle {
  reason: string
  place: number | undefined
  /** What to do instead, where it is more than another kind. */
  hint?: string | undefined
}

/** The queries of `with`, by name, that a select can see. */
export type Ctes = Map<string, Cte>

interface Cte {
  query: Select
  /** Those that it sees itself: the ones before it and outer ones, wherever it is read. */
  ctes: Ctes
}

/** Functions that the server knows as aggregates, with their schema. */
export type Aggregates = Set<string>

export function ctesOf(select: Select, outer: Ctes): Ctes {
  const list = ((select['withClause'] as Node | undefined)?.['ctes'] ?? []) as {
    CommonTableExpr: {
      ctename: string
      ctequery: { SelectStmt: Select }
      aliascolnames?: unknown
    }
  }[]
  let ctes = outer
  for (const { CommonTableExpr: cte } of list) {
    const { SelectStmt: select } = cte.ctequery
    const query = cte.aliascolnames ? renamed(select, cte.aliascolnames) : select
    ctes = new Map(ctes).set(cte.ctename, { query, ctes })
  }
  return ctes
}

/** A query whose columns have other names. */
function renamed(query: Select, names: unknown): Select {
  const all = parseSelect('select * from renamed')
  return { ...all, fromClause: [fromItem(query, 'renamed', names)] }
}

export const isRecursive = (select: Select): boolean =>
  Boolean((select['withClause'] as Node | undefined)?.['recursive'])

export const obstacle = (reason: string, at: unknown): Obstacle => ({ reason, place: placeOf(at) })

/** A mend, and what always is one. */
export const orView = (mend: string): string => `${mend} Or make it a view or a materialized view.`

/** The selects of a `union all` without a limit; any other select is its only one. */
export function unionBranches(select: Select): Select[] {
  if (select['op'] !== 'SETOP_UNION' || !select['all'] || limitObstacle(select)) return [select]
  return [select['larg'] as Select, select['rarg'] as Select].flatMap(unionBranches)
}

/** The keys of `distinct on`; none of plain `distinct`, which the parser gives as one empty key. */
export const distinctOnKeys = (select: Select): Node[] =>
  ((select['distinctClause'] ?? []) as Node[]).filter((key) => Object.keys(key).length > 0)

/**
 * What keeps a select from being linear: from giving, for the new rows of an event table, just the rows that
 * they add to it. Undefined when nothing does. Linear are `where`, `union all`, expressions, and lateral
 * functions and values beside one event table.
 */
export function linearObstacle(
  select: Select,
  outer: Ctes,
  aggregates: Aggregates,
): Obstacle | undefined {
  const ctes = ctesOf(select, outer)
  if (isRecursive(select)) return obstacle('it is recursive', select['withClause'])
  if (select['op'] && select['op'] !== 'SETOP_NONE') {
    if (select['op'] !== 'SETOP_UNION' || !select['all']) {
      return obstacle('only union all puts sets together without comparing them', select)
    }
    const found = unionObstacle(select, ctes)
    if (found) return found
    return (
      linearObstacle(select['larg'] as Select, ctes, aggregates) ??
      linearObstacle(select['rarg'] as Select, ctes, aggregates)
    )
  }
  return groupingObstacle(select, aggregates) ?? sourceObstacle(select, ctes, aggregates)
}

export function limitObstacle(select: Select): Obstacle | undefined {
  const limit = [select['limitCount'], select['limitOffset']].find((one) => one && !isNone(one))
  return limit ? obstacle('a limit looks at the rows of all parts', limit) : undefined
}

/** `limit all` and `offset 0`. */
function isNone(limit: unknown): boolean {
  const { isnull: isNull, ival: number } = ((limit as Node)['A_Const'] ?? {}) as {
    isnull?: true
    ival?: { ival?: number }
  }
  return Boolean(isNull) || (number !== undefined && !number.ival)
}

/**
 * A limit on a union, which looks at the rows of both sides; or a side that no event makes: its rows are there from the
 * start, and come with no slice.
 */
export function unionObstacle(union: Select, ctes: Ctes): Obstacle | undefined {
  const limited = limitObstacle(union)
  if (limited) return limited
  const sides = [union['larg'] as Select, union['rarg'] as Select]
  const still = sides.find((side) => !readsTables(side, ctes))
  return still === undefined
    ? undefined
    : obstacle('a part of the union reads no event table', still)
}

/** Grouping, windows, distinct and limits: what looks at several rows at once. */
function groupingObstacle(select: Select, aggregates: Aggregates): Obstacle | undefined {
  const clauses = [
    ['distinctClause', 'distinct compares rows'],
    ['groupClause', 'a subquery groups'],
    ['havingClause', 'a subquery groups'],
    ['windowClause', 'a window looks at other rows'],
    ['limitCount', 'a limit looks at other rows'],
    ['limitOffset', 'an offset looks at other rows'],
  ] as const
  for (const [clause, reason] of clauses) {
    const found = select[clause]
    if (found && !isNone(found) && (!Array.isArray(found) || found.length > 0))
      return obstacle(reason, found)
  }
  return callObstacle([select['targetList'], select['sortClause']], aggregates)
}

function callObstacle(tree: unknown, aggregates: Aggregates): Obstacle | undefined {
  let found: Obstacle | undefined
  visitNodes(tree, (type, fields, node) => {
    if (type === 'SubLink') return false
    if (type !== 'FuncCall') return
    if (fields['over']) found ??= obstacle('a window function looks at other rows', node)
    else if (isAggregate(fields, aggregates)) found ??= obstacle('a subquery aggregates', node)
  })
  return found
}

export function isAggregate(call: Node, aggregates: Aggregates): boolean {
  if (call['over']) return false
  return Boolean(call['agg_star']) || aggregates.has(fullName(call))
}

/** What of from and where keeps them from being linear, whatever is done with their rows above. */
export function sourceObstacle(
  select: Select,
  outer: Ctes,
  aggregates: Aggregates,
): Obstacle | undefined {
  const ctes = ctesOf(select, outer)
  if (isRecursive(select)) return obstacle('it is recursive', select['withClause'])
  const items = (select['fromClause'] ?? []) as Node[]
  const reading = items.filter((item) => readsTables(item, ctes))
  if (reading.length > 1) return obstacle('it joins event tables', reading[1])
  const found = reading.map((item) => itemObstacle(item, ctes, aggregates)).find((one) => one)
  return found ?? subqueryObstacle([select['targetList'], select['whereClause']], ctes)
}

function itemObstacle(item: Node, ctes: Ctes, aggregates: Aggregates): Obstacle | undefined {
  const subselect = item['RangeSubselect'] as { subquery: { SelectStmt: Select } } | undefined
  if (subselect) return linearObstacle(subselect.subquery.SelectStmt, ctes, aggregates)
  const range = item['RangeVar'] as { schemaname?: string; relname: string } | undefined
  if (range) {
    const cte = range.schemaname ? undefined : ctes.get(range.relname)
    return cte && linearObstacle(cte.query, cte.ctes, aggregates)
  }
  const join = item['JoinExpr'] as Node | undefined
  if (!join) return obstacle('this is no table', item)
  const [left, right] = [join['larg'] as Node, join['rarg'] as Node]
  if (readsTables(left, ctes) && readsTables(right, ctes)) {
    return obstacle('it joins event tables', right)
  }
  const isInner = join['jointype'] === 'JOIN_INNER'
  const isLeft = join['jointype'] === 'JOIN_LEFT' && readsTables(left, ctes)
  if (!isInner && !isLeft) return obstacle('an outer join makes rows out of missing ones', right)
  return (
    itemObstacle(readsTables(left, ctes) ? left : right, ctes, aggregates) ??
    subqueryObstacle(join['quals'], ctes)
  )
}

function subqueryObstacle(tree: unknown, ctes: Ctes): Obstacle | undefined {
  let found: Obstacle | undefined
  visitNodes(tree, (type, fields, node) => {
    if (type !== 'SubLink') return
    if (readsTables(fields, ctes))
      found ??= obstacle('a subquery in an expression reads a table', node)
    return false
  })
  return found
}

/** Whether any relation is read in a tree, through the queries of `with` too. */
export function readsTables(tree: unknown, ctes: Ctes): boolean {
  const isTable = (type: string, range: Node): boolean => {
    if (type !== 'RangeVar') return false
    // entities joined as of arrival are looked up, not followed
    if (range['schemaname']) return !range['sluice_entity']
    const cte = ctes.get(range['relname'] as string)
    return cte !== undefined && readsTables(cte.query, cte.ctes)
  }
  return findNode(tree, isTable) !== undefined
}
