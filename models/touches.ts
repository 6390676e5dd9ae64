import { copyOf, expression, findNode, visitNodes, type Node, type Select } from './ast.ts'
import { concernsOnly, conjuncts, isEquation } from './equalities.ts'
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

/** The event tables that only other sides of unions read than the one that reads this one: they have no part in its rows. */
export function besides(tree: unknown, occurrence: number): number[] {
  const found: number[] = []
  const visit = (select: Select): void => {
    if (!select['larg']) return
    const sides = [select['larg'], select['rarg']].map(occurrencesIn)
    const own = sides.findIndex((side) => side.includes(occurrence))
    if (own >= 0) found.push(...sides[1 - own]!)
    visit(select['larg'] as Select)
    visit(select['rarg'] as Select)
  }
  visitNodes(tree, (type, fields) => {
    if (type === 'SelectStmt') visit(fields)
  })
  return found
}

/** Scope values of a table's own rows, with the conditions that concern it alone, and `others` of its columns. */
export function ownTouch(
  select: Select,
  parts: Node[],
  leaf: Leaf,
  leaves: Leaf[],
  others: Node[],
): Select {
  return level(parts, [leaf.node], [...ownConditions(select, leaf, leaves), ...others])
}

/** Conditions of a level without which no row of an item is in its result, of this item alone. */
export function ownConditions(select: Select, leaf: Leaf, leaves: Leaf[]): Node[] {
  if (leaf.isNullable) return []
  const found = conjuncts(select['whereClause'])
  /** Whether the item is below. */
  const visit = (item: Node): boolean => {
    const join = item['JoinExpr'] as Node | undefined
    if (!join) return item === leaf.node
    const isBelow = [join['larg'], join['rarg']].map((side) => visit(side as Node)).some(Boolean)
    if (isBelow && join['jointype'] === 'JOIN_INNER') found.push(...conjuncts(join['quals']))
    return isBelow
  }
  for (const item of (select['fromClause'] ?? []) as Node[]) visit(item)
  return found.filter((condition) => concernsOnly(condition, leaf, leaves))
}

/** Scope values of the joined rows that a table's new rows are part of: where it may be missing, it is not. */
export function levelTouch(select: Select, parts: Node[], leaf: Leaf, leaves: Leaf[]): Select {
  const from = copyOf(select['fromClause']) as Node[]
  const numbers = new Set(occurrencesIn(leaf.node))
  // what may be missing was missing before the new rows came: a condition on that would not show it
  const isLasting = (condition: Node): boolean =>
    !findNode(
      condition,
      (type, _, node) =>
        type === 'ColumnRef' && leafColumn(node, leaves)?.leaf.isNullable !== false,
    )
  /** Whether the item is below, and joined there so that it may be missing. */
  const tighten = (item: Node): 'elsewhere' | 'there' | 'missable' => {
    const join = item['JoinExpr'] as Node | undefined
    if (!join)
      return occurrencesIn(item).some((number) => numbers.has(number)) ? 'there' : 'elsewhere'
    const left = tighten(join['larg'] as Node)
    const right = tighten(join['rarg'] as Node)
    const [isLeft, isRight] = [left !== 'elsewhere', right !== 'elsewhere']
    if (!isLeft && !isRight) return 'elsewhere'
    const below = isLeft ? left : right
    const type = join['jointype']
    // nothing equals what is missing: such a condition was not met before
    if (below === 'missable' && type !== (isLeft ? 'JOIN_LEFT' : 'JOIN_RIGHT') && join['quals']) {
      join['quals'] = allOf(
        conjuncts(join['quals']).filter((one) => isLasting(one) || isEquation(one, leaves)),
      )
    }
    if (type === 'JOIN_FULL') join['jointype'] = isLeft ? 'JOIN_LEFT' : 'JOIN_RIGHT'
    if (type === (isLeft ? 'JOIN_RIGHT' : 'JOIN_LEFT')) join['jointype'] = 'JOIN_INNER'
    const isMissable = type === 'JOIN_FULL' || join['jointype'] !== type
    return isMissable ? 'missable' : below
  }
  from.forEach(tighten)
  return level(parts, from, conjuncts(select['whereClause']).filter(isLasting))
}

/** Conditions as one; without any it is true. */
const allOf = (conditions: Node[]): Node =>
  conditions.length === 0
    ? expression('true')
    : conditions.length === 1
      ? conditions[0]!
      : { BoolExpr: { boolop: 'AND_EXPR', args: conditions } }

function level(parts: Node[], from: Node[], conditions: Node[]): Select {
  const where = conditions.length === 0 ? undefined : allOf(conditions)
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
