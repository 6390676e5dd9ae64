import { parse } from 'libpg-query'

export type ShapeOfSql = {
  /** Kinds of its statements, such as SelectStmt. */
  statements: string[]
  /** Schemas of the tables it reads; '' where a table is not qualified. */
  schemas: string[]
  joins: number
  /** Operators that dig in JSON: ->, ->>, #>, #>>. */
  jsonOperators: string[]
}

/** What PostgreSQL's own parser says about a query. Throws where it can't be parsed. */
export async function shapeOfSql(sql: string): Promise<ShapeOfSql> {
  const tree = (await parse(sql)) as { stmts?: { stmt?: object }[] }
  const commas = nodes(tree, 'fromClause').filter((from) => (from as unknown[]).length > 1)
  return {
    statements: (tree.stmts ?? []).flatMap(({ stmt }) => Object.keys(stmt ?? {})),
    schemas: nodes(tree, 'RangeVar').map((table) => (table as Table).schemaname ?? ''),
    joins: nodes(tree, 'JoinExpr').length + commas.length,
    jsonOperators: nodes(tree, 'A_Expr')
      .flatMap(
        (expression) => (expression as Operator).name?.map((part) => part.String?.sval) ?? [],
      )
      .filter((name) => name !== undefined)
      .filter((name) => name.startsWith('->') || name.startsWith('#>')),
  }
}

type Table = { schemaname?: string }
type Operator = { name?: { String?: { sval?: string } }[] }

/** Every node of this kind, at any depth of a parse tree. */
function nodes(tree: unknown, kind: string): unknown[] {
  if (typeof tree !== 'object' || tree === null) return []
  return Object.entries(tree as Record<string, unknown>).flatMap(([key, value]) => [
    ...(key === kind ? [value] : []),
    ...nodes(value, kind),
  ])
}
