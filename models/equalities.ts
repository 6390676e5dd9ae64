import { columnOf, namesIn, replaceNodes, type Node, type Select } from './ast.ts'
import type { EventTable } from './eventTables.ts'
import { leafColumn, leavesOf, usingColumns, type Leaf } from './flatten.ts'

export function conjuncts(where: unknown): Node[] {
  if (!where) return []
  const both = (where as Node)['BoolExpr'] as { boolop: string; args: Node[] } | undefined
  return both?.boolop === 'AND_EXPR' ? both.args.flatMap(conjuncts) : [where as Node]
}

/** A part as an expression of one item's columns: its own, or ones that a join or condition makes equal to them. */
export function mapTo(leaf: Leaf, part: Node, leaves: Leaf[], select: Select): Node | undefined {
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

export const reference = (alias: string, column: string): Node => ({
  ColumnRef: { fields: [{ String: { sval: alias } }, { String: { sval: column } }] },
})

/** Pairs of columns that are equal in every joined row. */
export function equalities(select: Select, leaves: Leaf[]): [Place, Place][] {
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
