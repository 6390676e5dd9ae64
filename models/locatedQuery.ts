import pg from 'pg'
import type { Piece } from './compile.ts'
import type { Model } from './model.ts'
import type { Problem } from './problems.ts'

/** A server's error with its place in the model's file. */
export class LocatedError extends Error {
  override name = 'LocatedError'
  readonly problem: Problem
  readonly sqlstate: string
  constructor(problem: Problem, sqlstate: string, cause: unknown) {
    super(problem.message, { cause })
    this.problem = problem
    this.sqlstate = sqlstate
  }
}

/** Runs SQL made of pieces of a model's file; throws a LocatedError where the server refuses it. */
export async function locatedQuery(
  client: pg.ClientBase,
  model: Model,
  pieces: Piece[],
): Promise<pg.QueryResult> {
  try {
    return await client.query(pieces.map((piece) => piece.text).join(''))
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error
    throw locate(error, model, pieces)
  }
}

function locate(error: pg.DatabaseError, model: Model, pieces: Piece[]): LocatedError {
  const { path, text, bodyOffset } = model
  const place = error.position ? fileOffset(pieces, Number(error.position) - 1) : undefined
  const offset = place ?? pieces.find((piece) => piece.offset !== undefined)?.offset ?? bodyOffset
  const hint = [error.detail, error.hint ?? hintFor(error)].filter(Boolean).join('\n') || undefined
  return new LocatedError(
    { path, text, offset, message: error.message, hint },
    error.code ?? '',
    error,
  )
}

function hintFor(error: pg.DatabaseError): string | undefined {
  if (error.code === '42P01' && error.message.includes('"bronze.')) {
    return "Declare its source in the domain's sources.sql: select ops.add_source('<topic>');"
  }
  const missing = /^relation "((?:silver|gold)\.\w+)" does not exist/.exec(error.message)?.[1]
  if (missing) return `No file makes it: <domain>/${missing.replace('.', '/')}.sql would.`
  return undefined
}

/** Where a position of the sent SQL (in characters) stands in the file; undefined in text that is not the file's. */
function fileOffset(pieces: Piece[], position: number): number | undefined {
  let start = 0
  for (const { text, offset } of pieces) {
    const characters = [...text]
    if (position < start + characters.length) {
      if (offset === undefined) return undefined
      return offset + characters.slice(0, position - start).join('').length
    }
    start += characters.length
  }
  return undefined
}
