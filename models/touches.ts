import { copyOf, visitNodes, type Node, type Select } from './ast.ts'
import { conjuncts } from './equalities.ts'
import { leafColumn, type Leaf } from './flatten.ts'

/** Which event tables a tree reads, by their numbers. */
export function occurrencesIn(tree: unknown): number[] {
  const found: number[] = []
  visitNodes(tree, (type, fields) => {
    if (type === 'RangeVar' && typeof fields['sluice_no'] === 'number')
      found.push(fields['sluice_no'])
  })
  return found
}

/** Scope values of a table's own rows, with the conditions that concern it alone. */
export function ownTouch(select: Select, parts: Node[], leaf: Leaf, leaves: Leaf[]): Select {
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
export function levelTouch(select: Select, parts: Node[], leaf: Leaf, leaves: Leaf[]): Select {
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
