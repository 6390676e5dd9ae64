import { deparseSync } from 'pgsql-deparser'
import { parseSync } from 'libpg-query'

// The syntax tree of PostgreSQL's own parser: JSON in which a node is an object with one key, its type.
// https://www.postgresql.org/docs/current/parser-stage.html
export type Node = { [key: string]: unknown }

/** The fields of one select, as `SelectStmt` holds them. */
export type Select = Node

/** Parses one select. */
export function parseSelect(sql: string): Select {
  const { stmts } = parseSync(sql) as unknown as { stmts: { stmt: { SelectStmt: Select } }[] }
  const select = stmts[0]!.stmt.SelectStmt
  visitNodes(select, (type, call) => {
    if (type === 'FuncCall') callTimeZone(call)
  })
  return select
}

/** Makes `at time zone (a || b)` a call of `timezone`: the deparser leaves out these parentheses. */
function callTimeZone(call: Node): void {
  const [zone, time] = (call['args'] ?? []) as Node[]
  if (fullName(call) !== 'pg_catalog.timezone' || !time || !zone!['A_Expr']) return
  call['funcname'] = [{ String: { sval: 'timezone' } }]
  call['funcformat'] = 'COERCE_EXPLICIT_CALL'
}

/** Parses statements of any kind. */
export function parseStatements(sql: string): unknown {
  return parseSync(sql)
}

/** The text of a select, as PostgreSQL would read it back. */
export function textOf(select: Select): string {
  return deparseSync({ SelectStmt: select }, { pretty: true })
}

/** The text of an expression. */
export function expressionText(node: Node): string {
  return deparseSync(node)
}

export const copyOf = <T>(node: T): T => structuredClone(node)

/** Whether two trees mean the same text, wherever they stand. */
export function isSame(one: unknown, other: unknown): boolean {
  return withoutPlaces(one) === withoutPlaces(other)
}

// fields that say where a node stands in its text, and notes of the compiler
const places =
  /^(location|name_location|stmt_location|stmt_len|(rexpr_)?list_(start|end)|sluice_\w+)$/

function withoutPlaces(node: unknown): string {
  return JSON.stringify(node, (key, value: unknown) => (places.test(key) ? undefined : value))
}

/**
 * Calls `change` for every node with one key (a type), children first, and puts what it returns in its
 * place; undefined leaves the node. The tree is changed where it stands.
 */
export function rewrite<T>(
  tree: T,
  change: (type: string, fields: Node, node: Node) => Node | undefined,
): T {
  if (Array.isArray(tree)) {
    for (const [index, item] of tree.entries()) tree[index] = rewrite<unknown>(item, change)
    return tree
  }
  if (tree === null || typeof tree !== 'object') return tree
  const fields = tree as Node
  for (const [key, value] of Object.entries(fields)) fields[key] = rewrite(value, change)
  const keys = Object.keys(fields)
  const type = keys.length === 1 ? keys[0]! : ''
  if (!/^[A-Z]/.test(type)) return tree
  return (change(type, fields[type] as Node, fields) as T | undefined) ?? tree
}

/** The selects that a union, or another set of two, is made of; any other select is its only one. */
export function sidesOf(select: Select): Select[] {
  return select['larg']
    ? [select['larg'] as Select, select['rarg'] as Select].flatMap(sidesOf)
    : [select]
}

/** Calls `visit` for every typed node below and at `tree`; when it returns false, not for what is below. */
export function visitNodes(
  tree: unknown,
  visit: (type: string, fields: Node, node: Node) => boolean | void,
): void {
  if (Array.isArray(tree)) {
    for (const item of tree) visitNodes(item, visit)
    return
  }
  if (tree === null || typeof tree !== 'object') return
  const node = tree as Node
  const keys = Object.keys(node)
  if (keys.length === 1 && /^[A-Z]/.test(keys[0]!)) {
    if (visit(keys[0]!, node[keys[0]!] as Node, node) === false) return
  }
  for (const value of Object.values(node)) visitNodes(value, visit)
}

/** The first typed node below and at `tree` that is wanted. */
export function findNode(
  tree: unknown,
  isWanted: (type: string, fields: Node, node: Node) => boolean,
): Node | undefined {
  let found: Node | undefined
  visitNodes(tree, (type, fields, node) => {
    if (!found && isWanted(type, fields, node)) found = node
    return found === undefined
  })
  return found
}

/** The node of an expression that is written as text; it has no place in the model's own. */
export function expression(sql: string): Node {
  const select = parseSelect(`select ${sql}`)
  return JSON.parse(withoutPlaces(targetsOf(select)[0]!.node)) as Node
}

/** A subselect for a `from`, under the name that the replaced relation had. */
export function fromItem(
  select: string | Select,
  alias: string,
  columnAliases: unknown = undefined,
): Node {
  const item = (parseSelect('select from (select 1) as x')['fromClause'] as Node[])[0]!
  const range = item['RangeSubselect'] as Node
  range['subquery'] = { SelectStmt: typeof select === 'string' ? parseSelect(select) : select }
  range['alias'] = { aliasname: alias, ...(columnAliases ? { colnames: columnAliases } : {}) }
  return item
}

export interface Target {
  /** As the server names it, where the text alone tells. */
  name: string | undefined
  node: Node
  target: Node
}

/** The outputs of a select. */
export function targetsOf(select: Select): Target[] {
  return ((select['targetList'] ?? []) as { ResTarget: Node }[]).map(({ ResTarget }) => {
    const node = ResTarget['val'] as Node
    return {
      name: (ResTarget['name'] as string | undefined) ?? nameOf(node),
      node,
      target: ResTarget,
    }
  })
}

function nameOf(node: Node): string | undefined {
  const call = node['FuncCall'] as Node | undefined
  if (call) return namesIn(call['funcname']).at(-1)
  const cast = node['TypeCast'] as { arg: Node; typeName: Node } | undefined
  if (cast) return nameOf(cast.arg)
  return columnOf(node)?.at(-1)
}

/** The parts of a column reference, `['purchases', 'amount']`; undefined for anything else, and for `x.*`. */
export function columnOf(node: Node): string[] | undefined {
  const reference = node['ColumnRef'] as { fields: Node[] } | undefined
  if (!reference) return undefined
  if (isStar(node)) return undefined
  return namesIn(reference.fields)
}

/** Whether a node is `*` or `x.*`. */
export function isStar(node: Node): boolean {
  const reference = node['ColumnRef'] as { fields: Node[] } | undefined
  return reference?.fields.at(-1)?.['A_Star'] !== undefined
}

export const columnReference = (alias: string, column: string): Node => ({
  ColumnRef: { fields: [{ String: { sval: alias } }, { String: { sval: column } }] },
})

export function cast(arg: Node, type: string): Node {
  const node = expression(`null::${type}`)
  return { TypeCast: { ...(node['TypeCast'] as Node), arg } }
}

export const namesIn = (list: unknown): string[] =>
  ((list ?? []) as { String?: { sval?: string } }[]).map((item) => item.String?.sval ?? '')

/** The name of a function without its schema. */
export const calledName = (call: Node): string => namesIn(call['funcname']).at(-1) ?? ''

/** With its schema: without one a model means PostgreSQL's own, since nothing else is in its path. */
export const fullName = (call: Node): string =>
  `${namesIn(call['funcname']).at(-2) ?? 'pg_catalog'}.${calledName(call)}`

export const target = (sql: string, name: string): Node => ({
  ResTarget: { name, val: expression(sql) },
})

/**
 * A copy of a tree in which `change` has replaced nodes, parents first: what it returns is taken as it is,
 * undefined goes on below.
 */
export function replaceNodes<T>(tree: T, change: (node: Node) => Node | undefined): T {
  if (Array.isArray(tree)) return tree.map((item) => replaceNodes<unknown>(item, change)) as T
  if (tree === null || typeof tree !== 'object') return tree
  const changed = change(tree as Node)
  if (changed) return changed as T
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) => [key, replaceNodes<unknown>(value, change)]),
  ) as T
}

/** Where the first node with a place stands, in bytes of the body. */
export function placeOf(tree: unknown): number | undefined {
  let found: number | undefined
  visitNodes(tree, (_, fields) => {
    const place = fields?.['location']
    if (typeof place === 'number' && place >= 0 && (found === undefined || place < found))
      found = place
  })
  return found
}
