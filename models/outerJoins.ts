import { columnOf, findNode, namesIn, visitNodes, type Node, type Select } from './ast.ts'
import { leafColumn, usingColumns, type Leaf } from './flatten.ts'
import { obstacle, orView, readsTables, type Obstacle } from './linear.ts'

/** What of the outer joins of a level keeps its parts from being computed one by one. */
export const outerObstacle = (
  select: Select,
  parts: Node[],
  leaves: Leaf[],
): Obstacle | undefined =>
  nullableObstacle(select, parts, leaves) ?? lateralObstacle(leaves) ?? preservedObstacle(select)

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
  const found = findNode(parts, (_, __, node) => isMissable(node))
  const isMerged = findNode(parts, (type) => type === 'CoalesceExpr') !== undefined
  return (
    found && {
      ...obstacle('the part is taken from what an outer join may miss', found),
      hint: isMerged ? usingHint : undefined,
    }
  )
}

const usingHint = orView('Join by using (…), and select the column that this merges.')

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
  // a query that is not lateral sees no columns but its own, whatever they are called
  if (leaf.table || (leaf.select && !(leaf.node['RangeSubselect'] as Node)['lateral'])) return false
  const isMissable = (_: string, __: Node, node: Node) =>
    leafColumn(node, leaves)?.leaf.isNullable ?? false
  return findNode(leaf.node, isMissable) !== undefined
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
