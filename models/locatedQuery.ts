import pg from 'pg'
import { bodyOf, type Piece } from './compile.ts'
import { describeColumns } from './describe.ts'
import type { Model } from './model.ts'
import type { Problem } from './problems.ts'
import type { Column } from './storeNames.ts'

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
  return locating(model, pieces, (text) => client.query(text))
}

/** The columns that a model's select makes, without running it. */
export function locatedColumns(client: pg.ClientBase, model: Model): Promise<Column[]> {
  return locating(model, [bodyOf(model)], (text) => describeColumns(client, text))
}

async function locating<Result>(
  model: Model,
  pieces: Piece[],
  send: (text: string) => Promise<Result>,
): Promise<Result> {
  try {
    return await send(pieces.map((piece) => piece.text).join(''))
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error
    throw locate(error, model, pieces)
  }
}

function locate(error: pg.DatabaseError, model: Model, pieces: Piece[]): LocatedError {
  const { path, text, bodyOffset } = model
  const place = error.position ? fileOffset(pieces, Number(error.position) - 1) : undefined
  const offset = place ?? pieces.find((piece) => piece.offset !== undefined)?.offset ?? bodyOffset
  const hint = [error.detail, hintFor(error) ?? error.hint].filter(Boolean).join('\n') || undefined
  return new LocatedError(
    { path, text, offset, message: error.message, hint },
    error.code ?? '',
    error,
  )
}

function hintFor(error: pg.DatabaseError): string | undefined {
  // the server advises cascade
  if (error.code === '2BP01') return 'Drop or change them first: they are no models.'
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
