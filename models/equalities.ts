import {
  columnOf,
  columnReference,
  findNode,
  namesIn,
  replaceNodes,
  type Node,
  type Select,
} from './ast.ts'
import type { EventTable } from './eventTables.ts'
import { leafColumn, leavesOf, usingColumns, type Leaf } from './flatten.ts'

export function conjuncts(where: unknown): Node[] {
  if (!where) return []
  const both = (where as Node)['BoolExpr'] as { boolop: string; args: Node[] } | undefined
  return both?.boolop === 'AND_EXPR' ? both.args.flatMap(conjuncts) : [where as Node]
}

/**
 * A part as an expression of one item's columns: its own, or ones that a join or condition makes equal to them. Only a
 * part that is a column itself, since what is made of equal values may differ: 5 and 5.0 have two texts.
 */
export function mapTo(leaf: Leaf, part: Node, leaves: Leaf[], select: Select): Node | undefined {
  const parts = columnOf(part)
  if (parts) {
    const own = leafColumn(part, leaves)
    const isMerged = parts.length === 1 && usingColumns(select).includes(parts[0]!)
    if (own?.leaf === leaf || (isMerged && leaf.columns?.includes(parts[0]!)))
      return columnReference(leaf.alias, parts.at(-1)!)
    const twins = equalities(select, leaves).flatMap((pair) => twinOf(pair, own))
    const twin = twins.find((one) => one.leaf === leaf)
    return twin && columnReference(leaf.alias, twin.column)
  }
  if (!concernsOnly(part, leaf, leaves)) return undefined
  return replaceNodes(part, (node) => {
    const column = columnOf(node)?.at(-1)
    return column === undefined ? undefined : columnReference(leaf.alias, column)
  })
}

/** Whether an expression is of one item's columns alone. A query in it may call other columns by these names. */
export const concernsOnly = (tree: Node, leaf: Leaf, leaves: Leaf[]): boolean =>
  !findNode(
    tree,
    (type, _, node) =>
      type === 'SubLink' || (type === 'ColumnRef' && leafColumn(node, leaves)?.leaf !== leaf),
  )

type Place = { leaf: Leaf; column: string }

const twinOf = ([one, other]: [Place, Place], place: Place | undefined): Place[] => {
  const is = (end: Place) => end.leaf === place?.leaf && end.column === place.column
  return is(one) ? [other] : is(other) ? [one] : []
}

/**
 * Pairs of columns that are equal in every joined row, or of which one is missing: in the condition of an outer join only
 * those between its two sides.
 */
export function equalities(select: Select, leaves: Leaf[]): [Place, Place][] {
  const pairs: [Place, Place][] = []
  /** Returns the leaves below an item. */
  const visit = (item: Node): Leaf[] => {
    const join = item['JoinExpr'] as Node | undefined
    if (!join) return leaves.filter((leaf) => leaf.node === item)
    const [left, right] = [visit(join['larg'] as Node), visit(join['rarg'] as Node)]
    const isAcross = ([one, other]: [Place, Place]) =>
      left.includes(one.leaf) ? right.includes(other.leaf) : left.includes(other.leaf)
    const isInner = join['jointype'] === 'JOIN_INNER'
    pairs.push(...equations(join['quals'], leaves).filter((pair) => isInner || isAcross(pair)))
    for (const column of namesIn(join['usingClause'])) {
      const [lefts, rights] = [left, right].map((side) =>
        side.filter((leaf) => leaf.columns?.includes(column)),
      ) as [Leaf[], Leaf[]]
      for (const one of lefts)
        for (const other of rights)
          pairs.push([
            { leaf: one, column },
            { leaf: other, column },
          ])
    }
    return [...left, ...right]
  }
  for (const item of (select['fromClause'] ?? []) as Node[]) visit(item)
  return [...pairs, ...equations(select['whereClause'], leaves)]
}

/** Whether a condition says that one column equals another. */
export const isEquation = (condition: Node, leaves: Leaf[]): boolean =>
  equations(condition, leaves).length > 0 && conjuncts(condition).length === 1

function equations(condition: unknown, leaves: Leaf[]): [Place, Place][] {
  return conjuncts(condition).flatMap((one) => {
    const equation = one['A_Expr'] as
      { kind: string; name: unknown; lexpr: Node; rexpr: Node } | undefined
    // not `is distinct from` nor `= any`, which have that name, too
    if (equation?.kind !== 'AEXPR_OP' || namesIn(equation.name).at(-1) !== '=') return []
    const [left, right] = [equation.lexpr, equation.rexpr].map((side) => leafColumn(side, leaves))
    return left && right ? [[left, right] as [Place, Place]] : []
  })
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
