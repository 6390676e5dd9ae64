import type pg from 'pg'
import { giveUp, goodWithPlaces, reasonOf, suspect, type Batch } from './batch.ts'
import { copyText, groupOf } from './copyBatches.ts'
import { badRowOf, type ServerError } from './deadLetters.ts'
import { encodeCopy } from './encodeCopy.ts'
import { jsonFault } from './jsonFault.ts'
import { PieceQuery } from './pieceQuery.ts'
import type { KafkaRecord } from './recordBatch.ts'
import { countRefusals } from './refusals.ts'

/** Rows of one batch that go into one COPY. */
interface Piece {
  batch: Batch
  rows: { place: number; record: KafkaRecord }[]
  chunks: Buffer[]
}

/** COPYs in one message; after a refused row the server reads the text of those behind it for nothing. */
const copiesAtOnce = 16

/**
 * Sends the rows of batches of one bronze table in pieces, each with a savepoint, for rows that only the server can tell
 * from good ones: a bad one costs its piece and not all that was sent. Sets bad rows aside.
 */
export async function copyInPieces(
  client: pg.Client,
  table: string,
  batches: Batch[],
  rowsInPiece: number,
): Promise<void> {
  const copyOne = `${copyText(client, table)}; release savepoint piece; savepoint piece; `
  const copies = copyOne.repeat(copiesAtOnce)
  const unsent = piecesOf(batches, rowsInPiece)
  const none = pieceOf(batches[0]!, [])
  /** Encoded already, and on their way for nothing when another was refused. */
  let again: Piece[] = []
  /** What is left of those that were refused. Made last, so that the server does not wait for it. */
  const mended: { batch: Batch; rows: Piece['rows'] }[] = []
  const next = () => {
    const left = again.length === 0 ? mended.shift() : undefined
    if (left) return pieceOf(left.batch, left.rows)
    return again.shift() ?? (unsent.next().value as Piece | undefined) ?? none
  }

  let refused = 0
  let begin = 'savepoint piece; '
  for (let isDone = false; !isDone;) {
    const query = new PieceQuery(begin + copies, copiesAtOnce, next)
    try {
      await client.query(query).done
      begin = ''
      isDone = query.sent.at(-1) === none
    } catch (error) {
      const failed = query.sent[query.begun - 1]
      const bad = failed?.rows[badRowOf(error as ServerError)?.row ?? -1]
      if (!failed || !bad) throw error
      giveUp(failed.batch, bad.place, reasonOf(error as ServerError))
      if (jsonFault(bad.record)) suspect(failed.batch)
      refused += 1
      mended.push({ batch: failed.batch, rows: failed.rows.filter((row) => row !== bad) })
      again = [...query.sent.slice(query.begun).filter((piece) => piece !== none), ...again]
      begin = 'rollback to savepoint piece; '
    }
  }
  countRefusals(batches, refused)
}

function* piecesOf(batches: Batch[], rowsInPiece: number): Generator<Piece> {
  for (const batch of batches) {
    let rows = []
    for (const row of goodWithPlaces(batch)) {
      rows.push(row)
      if (rows.length < rowsInPiece) continue
      yield pieceOf(batch, rows)
      rows = []
    }
    if (rows.length > 0) yield pieceOf(batch, rows)
  }
}

function pieceOf(batch: Batch, rows: Piece['rows']): Piece {
  const records = rows.map(({ record }) => record)
  const size = records.reduce((sum, record) => sum + sizeOf(record), mostBeside)
  return { batch, rows, chunks: [...encodeCopy([groupOf(batch, records)], size)] }
}

/** More than a row has beside key, value and headers, or the begin of a COPY. */
const mostBeside = 100

const sizeOf = ({ key, value }: KafkaRecord) =>
  mostBeside + (key?.length ?? 0) + (value?.length ?? 0)
