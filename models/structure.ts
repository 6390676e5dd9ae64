import { hasSqlDetails, loadModule, parseSync } from 'libpg-query'
import type { Problem } from './problems.ts'

/** A relation or function that a file names, and where; offsets count characters of the body. */
export interface Reference {
  schema: string
  name: string
  offset: number
}

/** One `select` of a `union all`: where its first output begins, and the bronze table it reads. */
export interface Branch {
  targetOffset: number
  bronze: { alias: string; table: string } | undefined
}

export interface Statement {
  /** Syntax node: SelectStmt, CreateFunctionStmt … */
  type: string
  text: string
  offset: number
}

/** What PostgreSQL's own parser says of a body. */
export interface Structure {
  statements: Statement[]
  relations: Reference[]
  calls: Reference[]
  /** Functions and procedures that the statements create. */
  creates: Reference[]
  branches: Branch[]
}

// The syntax tree is JSON; nodes are objects with one key, their type.
type Node = { [key: string]: unknown }

export async function loadParser(): Promise<void> {
  await loadModule()
}

/** Parses a body. A syntax error is reported, and null returned. `loadParser` must have ended. */
export function parseStructure(
  file: { path: string; text: string; body: string; bodyOffset: number },
  problems: Problem[],
): Structure | null {
  const { path, text, body, bodyOffset } = file
  const characters = characterOffsets(body)
  let tree: Node
  try {
    // the parser takes no empty text
    tree = body.trim() === '' ? {} : (parseSync(body) as unknown as Node)
  } catch (error) {
    const position = hasSqlDetails(error) ? (error.sqlDetails?.cursorPosition ?? 0) : 0
    const message = error instanceof Error ? error.message : String(error)
    // the parser counts code points here, and bytes everywhere else
    const before = [...body].slice(0, Math.max(0, position)).join('')
    problems.push({ path, text, offset: bodyOffset + before.length, message })
    return null
  }
  const structure: Structure = {
    statements: [],
    relations: [],
    calls: [],
    creates: [],
    branches: [],
  }
  for (const raw of (tree['stmts'] ?? []) as Node[]) {
    const start = characters(Number(raw['stmt_location'] ?? 0))
    const length = Number(raw['stmt_len'] ?? 0)
    const end = length ? characters(Number(raw['stmt_location'] ?? 0) + length) : body.length
    const leading = body.slice(start, end).search(/\S/)
    const offset = start + Math.max(0, leading)
    const statement = raw['stmt'] as Node
    const type = Object.keys(statement)[0]!
    structure.statements.push({ type, text: body.slice(offset, end).trimEnd(), offset })
    collect(statement, new Set(), structure, characters)
    if (type === 'SelectStmt') structure.branches = branchesOf(statement[type] as Node, characters)
  }
  return structure
}

/** Byte offsets, as the parser counts them, to characters. */
function characterOffsets(body: string): (byte: number) => number {
  const bytes = Buffer.from(body)
  if (bytes.length === body.length) return (byte) => byte
  return (byte) => bytes.subarray(0, byte).toString().length
}

const names = (list: unknown): string[] =>
  ((list ?? []) as { String?: { sval?: string } }[]).map((item) => item.String?.sval ?? '')

function collect(
  node: unknown,
  ctes: Set<string>,
  into: Structure,
  at: (byte: number) => number,
): void {
  if (Array.isArray(node)) {
    for (const item of node) collect(item, ctes, into, at)
    return
  }
  if (node === null || typeof node !== 'object') return
  const fields = node as Node
  const visible = new Set([...ctes, ...cteNames(fields)])
  const range = fields['RangeVar'] as Node | undefined
  if (range) {
    const schema = (range['schemaname'] as string | undefined) ?? ''
    const name = range['relname'] as string
    if (schema || !visible.has(name)) {
      into.relations.push({ schema, name, offset: at(Number(range['location'] ?? 0)) })
    }
  }
  const call = fields['FuncCall'] as Node | undefined
  const called = call ? names(call['funcname']) : []
  if (call && called.length === 2) {
    const [schema, name] = called as [string, string]
    into.calls.push({ schema, name, offset: at(Number(call['location'] ?? 0)) })
  }
  const created = fields['CreateFunctionStmt'] as Node | undefined
  if (created) {
    const parts = names(created['funcname'])
    into.creates.push({ schema: parts.at(-2) ?? '', name: parts.at(-1)!, offset: 0 })
  }
  for (const value of Object.values(fields)) collect(value, visible, into, at)
}

function cteNames(node: Node): string[] {
  const withClause = node['withClause'] as
    { ctes?: { CommonTableExpr: { ctename: string } }[] } | undefined
  return (withClause?.ctes ?? []).map((cte) => cte.CommonTableExpr.ctename)
}

function branchesOf(select: Node, at: (byte: number) => number): Branch[] {
  if (select['op'] && select['op'] !== 'SETOP_NONE') {
    const sides = [select['larg'] as Node, select['rarg'] as Node]
    return sides.flatMap((side) => branchesOf((side['SelectStmt'] as Node | undefined) ?? side, at))
  }
  const targets = (select['targetList'] ?? []) as { ResTarget: { location?: number } }[]
  return [
    {
      targetOffset: at(targets[0]?.ResTarget.location ?? 0),
      bronze: bronzeOf(select['fromClause']),
    },
  ]
}

/** The bronze table among the joined items of a `from`, not looking into subqueries. */
function bronzeOf(from: unknown): Branch['bronze'] {
  if (Array.isArray(from)) return from.map(bronzeOf).find((found) => found)
  const item = (from ?? {}) as Node
  const join = item['JoinExpr'] as Node | undefined
  if (join) return bronzeOf(join['larg']) ?? bronzeOf(join['rarg'])
  const range = item['RangeVar'] as Node | undefined
  if (range?.['schemaname'] !== 'bronze') return undefined
  const table = range['relname'] as string
  return {
    table,
    alias: (range['alias'] as { aliasname?: string } | undefined)?.aliasname ?? table,
  }
}
