import {
  calledName,
  columnOf,
  columnReference,
  copyOf,
  expression,
  fromItem,
  isStar,
  namesIn,
  parseSelect,
  replaceNodes,
  targetsOf,
  type Node,
  type Select,
} from './ast.ts'
import { nameIn, type EventTable } from './eventTables.ts'
import { ctesOf, isRecursive, type Ctes, type Obstacle } from './linear.ts'
import { columnList, quote } from './storeNames.ts'

/** One item of a `from`, joins taken apart. */
export interface Leaf {
  alias: string
  /** Undefined where the text does not tell. */
  columns: string[] | undefined
  node: Node
  table: EventTable | undefined
  select: Select | undefined
  /** Joined so that it may be missing. */
  isNullable: boolean
}

export interface Flat {
  select: Select
  /** How many event tables are read, each counted where it stands: `sluice_no` of its RangeVar. */
  occurrences: EventTable[]
}

/** Why there is no such tree. */
export const untold: Obstacle = {
  reason:
    'it is recursive, or its text does not tell all columns: name them instead of *, row(a.*), natural joins and joins under a name',
  place: undefined,
}

/**
 * A model's select as a tree without `with`: each of its queries stands where it is read. `*` is written out,
 * and every event table has a number. Undefined for what can't be written so: recursion, natural joins.
 */
export function flatten(select: Select, tables: EventTable[]): Flat | undefined {
  const occurrences: EventTable[] = []
  let isPossible = true

  const flattenSelect = (original: Select, outer: Ctes): Select => {
    if (isRecursive(original)) isPossible = false
    const ctes = ctesOf(original, outer)
    const copy: Select = { ...original }
    delete copy['withClause']
    for (const side of ['larg', 'rarg']) {
      if (copy[side]) copy[side] = flattenSelect(copy[side] as Select, ctes)
    }
    for (const clause of Object.keys(copy).filter((key) => key !== 'larg' && key !== 'rarg')) {
      copy[clause] = flattenTree(copy[clause], ctes)
    }
    if (!copy['larg'] && !copy['valuesLists']) {
      expandStars(copy)
      expandRows(copy)
    }
    return copy
  }

  const flattenTree = (tree: unknown, ctes: Ctes): unknown => {
    if (Array.isArray(tree)) return tree.map((item) => flattenTree(item, ctes))
    if (tree === null || typeof tree !== 'object') return tree
    const node = tree as Node
    const nested = node['SelectStmt'] as Select | undefined
    if (nested) return { SelectStmt: flattenSelect(nested, ctes) }
    const range = node['RangeVar'] as Node | undefined
    if (range) return flattenRange(node, range, ctes)
    const join = node['JoinExpr'] as Node | undefined
    if (join?.['isNatural'] || join?.['alias'] || join?.['join_using_alias']) isPossible = false
    if (hasStar(node['RowExpr'])) isPossible = false
    return Object.fromEntries(
      Object.entries(node).map(([key, value]) => [key, flattenTree(value, ctes)]),
    )
  }

  const flattenRange = (node: Node, range: Node, ctes: Ctes): Node => {
    const name = range['relname'] as string
    const cte = range['schemaname'] ? undefined : ctes.get(name)
    if (cte) {
      const alias = range['alias'] as { aliasname: string; colnames?: unknown } | undefined
      const inner = flattenSelect(cte.query, cte.ctes)
      return fromItem(inner, alias?.aliasname ?? name, alias?.colnames)
    }
    const table = tables.find((one) => one.name === nameIn(range))
    if (!table) return copyOf(node)
    occurrences.push(table)
    const numbered = { RangeVar: { ...copyOf(range), sluice_no: occurrences.length } as Node }
    const alias = range['alias'] as { aliasname: string; colnames?: unknown } | undefined
    if (!alias?.colnames) return numbered
    // a table whose columns are renamed is a query of them
    const own = parseSelect(`select ${columnList(table.columns, 'renamed.')} from renamed`)
    numbered.RangeVar['alias'] = { aliasname: 'renamed' }
    return fromItem({ ...own, fromClause: [numbered] }, alias.aliasname, alias.colnames)
  }

  const expandStars = (level: Select): void => {
    const targets = (level['targetList'] ?? []) as Node[]
    const leaves = leavesOf(level, tables)
    level['targetList'] = targets.flatMap((item) => {
      const fields = (item['ResTarget'] as Node)['val'] as Node
      const reference = fields?.['ColumnRef'] as { fields: Node[] } | undefined
      if (!fields || !isStar(fields)) return [item]
      const parts = namesIn(reference!.fields)
      const alias = parts.length > 1 ? parts.at(-2) : undefined
      const starred = leaves.filter((leaf) => alias === undefined || leaf.alias === alias)
      const hasMerged = alias === undefined && usingColumns(level).length > 0
      // a function may make one column or many
      const isTold = (leaf: Leaf) =>
        leaf.columns && (leaf.table ?? leaf.select ?? hasColumnList(leaf))
      if (hasMerged || starred.length === 0 || !starred.every(isTold)) {
        isPossible = false
        return [item]
      }
      return starred.flatMap((leaf) =>
        leaf.columns!.map((column) => ({
          ResTarget: { name: column, val: columnReference(leaf.alias, column) },
        })),
      )
    })
  }

  /** A whole row becomes one of the columns that the model's author sees: ours are beside them. */
  const expandRows = (level: Select): void => {
    Object.assign(level, withRows(level, leavesOf(level, tables)))
  }

  const withRows = (level: Select, leaves: Leaf[]): Select => {
    const outputs = targetsOf(level).map((target) => target.name)
    return Object.fromEntries(
      Object.entries(level).map(([clause, tree]) => [
        clause,
        // there a name is that of an output
        /^(group|sort|distinct)Clause$/.test(clause)
          ? withRowsIn(tree, leaves, outputs)
          : withRowsIn(tree, leaves),
      ]),
    )
  }

  const withRowsIn = (tree: unknown, leaves: Leaf[], outputs: (string | undefined)[] = []) =>
    replaceNodes(tree, (node) => {
      // what is inside was done for its own rows, and may name ours
      const inner = node['SelectStmt'] as Select | undefined
      if (inner) {
        const own = leavesOf(inner, tables)
        const seen = leaves.filter((leaf) => own.every(({ alias }) => alias !== leaf.alias))
        return { SelectStmt: withRows(inner, [...own, ...seen]) }
      }
      const field = fieldAt(node, leaves)
      if (field) return field
      const leaf = rowAt(node, leaves)
      if (!leaf || outputs.includes(columnOf(node)?.[0])) return undefined
      if (leaf.columns) return rowOf(leaf)
      isPossible = false
      return node
    })

  const flat = flattenSelect(copyOf(select), new Map())
  return isPossible ? { select: flat, occurrences } : undefined
}

const hasColumnList = ({ node }: Leaf): boolean => {
  const [fields] = Object.values(node) as { alias?: { colnames?: unknown } }[]
  return fields?.alias?.colnames !== undefined
}

/** `row(a.*)` is one of the columns, not of the row. */
const hasStar = (row: unknown): boolean =>
  ((row as { args?: Node[] } | undefined)?.args ?? []).some(isStar)

/** The table or query whose whole row a node means: `a` or, in a call, `a.*`. */
function rowAt(node: Node, leaves: Leaf[]): Leaf | undefined {
  const fields = (node['ColumnRef'] as { fields: Node[] } | undefined)?.fields ?? []
  const isOfAll = fields.length === 2 && isStar(node)
  const alias = fields.length === 1 || isOfAll ? namesIn(fields)[0]! : undefined
  if (!isOfAll && leaves.some((leaf) => leaf.columns?.includes(alias!))) return undefined
  return leaves.find((leaf) => leaf.alias === alias && (leaf.table ?? leaf.select))
}

/** `(a).u` is a column. */
function fieldAt(node: Node, leaves: Leaf[]): Node | undefined {
  const { arg, indirection } = (node['A_Indirection'] ?? {}) as { arg?: Node; indirection?: Node[] }
  const leaf = arg && rowAt(arg, leaves)
  const [column] = namesIn(indirection)
  if (!leaf?.columns?.includes(column!)) return undefined
  const value = columnReference(leaf.alias, column!)
  const rest = indirection!.slice(1)
  return rest.length === 0 ? value : { A_Indirection: { arg: value, indirection: rest } }
}

/** Null where an outer join misses it, which is not the same as a row of nulls. */
function rowOf({ alias, columns, isNullable }: Leaf): Node {
  const row = `select ${columnList(columns!, `${quote(alias)}.`)}`
  const where = isNullable ? ` where ${quote(alias)} is distinct from null` : ''
  return expression(`(select sluice_row from (${row}${where}) as sluice_row)`)
}

/** The items of a select's `from`. */
export function leavesOf(select: Select, tables: EventTable[]): Leaf[] {
  const leaves: Leaf[] = []
  const visit = (item: Node, isNullable: boolean): void => {
    const join = item['JoinExpr'] as Node | undefined
    if (join) {
      const type = join['jointype']
      visit(join['larg'] as Node, isNullable || type === 'JOIN_RIGHT' || type === 'JOIN_FULL')
      visit(join['rarg'] as Node, isNullable || type === 'JOIN_LEFT' || type === 'JOIN_FULL')
      return
    }
    leaves.push({ ...leafOf(item, tables), isNullable })
  }
  for (const item of (select['fromClause'] ?? []) as Node[]) visit(item, false)
  return leaves
}

function leafOf(item: Node, tables: EventTable[]): Omit<Leaf, 'isNullable'> {
  const fields = Object.values(item)[0] as Node
  const alias = fields['alias'] as { aliasname: string; colnames?: unknown } | undefined
  const renamed = alias?.colnames ? namesIn(alias.colnames) : []
  const rename = (columns: string[]) => columns.map((column, index) => renamed[index] ?? column)
  if (item['RangeVar']) {
    const table = tables.find((one) => one.name === nameIn(fields))
    const columns = table && rename(table.columns)
    return {
      alias: alias?.aliasname ?? (fields['relname'] as string),
      columns,
      node: item,
      table,
      select: undefined,
    }
  }
  if (item['RangeSubselect']) {
    const select = (fields['subquery'] as { SelectStmt: Select }).SelectStmt
    const names = outputNames(select)
    const columns = names && rename(names)
    return { alias: alias?.aliasname ?? '', columns, node: item, table: undefined, select }
  }
  const call = functionOf(fields)
  const name = alias?.aliasname ?? (call ? calledName(call) : '')
  const columns = renamed.length > 0 ? renamed : call ? [name] : undefined
  return { alias: name, columns, node: item, table: undefined, select: undefined }
}

function functionOf(range: Node): Node | undefined {
  const lists = range['functions'] as { List: { items: Node[] } }[] | undefined
  return lists?.[0]?.List.items[0]?.['FuncCall'] as Node | undefined
}

/** Names of the outputs, where the text tells all of them. */
export function outputNames(select: Select): string[] | undefined {
  if (select['larg']) return outputNames(select['larg'] as Select)
  const [row] = (select['valuesLists'] ?? []) as { List: { items: unknown[] } }[]
  if (row) return row.List.items.map((_, index) => `column${index + 1}`)
  if (!select['targetList']) return undefined
  const names = targetsOf(select).map((target) => target.name)
  return names.every((name) => name !== undefined) ? names : undefined
}

/** Columns that joins of a level merge by `using`. */
export function usingColumns(select: Select): string[] {
  const found: string[] = []
  const visit = (item: Node): void => {
    const join = item['JoinExpr'] as Node | undefined
    if (!join) return
    found.push(...namesIn(join['usingClause']))
    visit(join['larg'] as Node)
    visit(join['rarg'] as Node)
  }
  for (const item of (select['fromClause'] ?? []) as Node[]) visit(item)
  return found
}

/** Which item of `from` a column comes from; undefined for expressions and where the text does not tell. */
export function leafColumn(node: Node, leaves: Leaf[]): { leaf: Leaf; column: string } | undefined {
  const parts = columnOf(node)
  if (!parts) return undefined
  const column = parts.at(-1)!
  const owners =
    parts.length > 1
      ? leaves.filter((leaf) => leaf.alias === parts.at(-2))
      : leaves.filter((leaf) => leaf.columns?.includes(column))
  return owners.length === 1 ? { leaf: owners[0]!, column } : undefined
}
