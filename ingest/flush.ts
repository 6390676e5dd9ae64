import type pg from 'pg'
import { batchOf, goodCount, mayHaveRows, newestOf, setAside, type Batch } from './batch.ts'
import { copyBatches } from './copyBatches.ts'
import { copyInPieces } from './copyPieces.ts'
import { badRowOf, deadLetter, isMissingPartition, type ServerError } from './deadLetters.ts'
import type { Portion } from './fetchBuffer.ts'
import { expectRefusals, pieceSize } from './refusals.ts'
import { createRedactor, type Redactor } from './redact.ts'
import type { SourceRedaction } from './redactRules.ts'

/** Another ingester stored these offsets, or the source was reset: read positions again and seek. */
export class PositionsMovedError extends Error {
  override name = 'PositionsMovedError'
}

export interface Flushed {
  rows: number
  deadLetters: number
}

const withoutKey = createRedactor()

/**
 * Stores what was fetched in one transaction: COPY of the rows first, redacted as the sources say at this moment, then
 * one message with positions, ledger, dead letters and COMMIT, so that no lock is held while the server waits for this
 * process. Rows that the server refuses for their data become dead letters. Any other error is thrown, with nothing
 * stored: a PositionsMovedError when the fence held.
 */
export async function flush(
  client: pg.Client,
  portions: Portion[],
  redactor: Redactor = withoutKey,
): Promise<Flushed> {
  let batches: Batch[] = []
  for (let hasPartitions = false; ;) {
    try {
      const { redactions, beganAt } = await begin(client, portions)
      if (batches.length === 0) batches = batchesOf(portions, redactions, redactor)
      for (const batch of batches) batch.ingestedAt = beganAt
      await attempt(client, batches)
      return {
        rows: sum(batches, goodCount),
        deadLetters: sum(batches, (batch) => batch.bad.size),
      }
    } catch (error) {
      const problem = error as ServerError & Error
      // a lost connection or commit is not for us to guess about
      if (!problem.code || problem.code === '08006') throw error
      await client.query('rollback')
      if (problem.code === 'SL001') throw new PositionsMovedError(problem.message, { cause: error })
      if (isMissingPartition(problem) && !hasPartitions) {
        await client.query('select ops.make_bronze_partitions()')
        hasPartitions = true
        continue
      }
      const group = byTable(batches).get(badRowOf(problem)?.table ?? '') ?? []
      // pieces have set their bad rows aside: this is something else
      if (pieceSize(group) !== undefined) throw error
      const isVisible = setAside(group, problem)
      if (isVisible === undefined) throw error
      if (!isVisible) expectRefusals(group)
    }
  }
}

/**
 * Begins the transaction; in the same message asks what is to be redacted, by source, and what time it is, in µs. Its
 * commit does not wait for the disk: when a crash of the server takes it along, rows and positions are lost together, and
 * Kafka has the events still. A file may be deleted as soon as it is taken.
 */
async function begin(
  client: pg.Client,
  portions: Portion[],
): Promise<{ redactions: Map<number, SourceRedaction>; beganAt: number }> {
  const hurry = portions.some(({ file }) => file) ? '' : '; set local synchronous_commit = off'
  const answer: unknown = await client.query(
    `begin; select * from ops.source_redactions(); select extract(epoch from ops.now()) * 1000000 as now${hurry}`,
  )
  const [, redactions, time] = answer as [
    unknown,
    pg.QueryResult<SourceRedaction>,
    pg.QueryResult<{ now: string }>,
  ]
  return {
    redactions: new Map(redactions.rows.map((row) => [row.source_id, row])),
    beganAt: Number(time.rows[0]!.now),
  }
}

function batchesOf(
  portions: Portion[],
  redactions: Map<number, SourceRedaction>,
  redactor: Redactor,
): Batch[] {
  return portions.map((portion) => {
    const redaction = redactions.get(portion.state.source.source_id)
    return batchOf(portion, redaction && redactor(redaction))
  })
}

async function attempt(client: pg.Client, batches: Batch[]): Promise<void> {
  for (const [table, group] of byTable(batches)) {
    const filled = group.filter(mayHaveRows)
    if (filled.length === 0) continue
    const rowsInPiece = pieceSize(group)
    if (rowsInPiece === undefined) await copyBatches(client, table, filled)
    else await copyInPieces(client, table, filled, rowsInPiece)
  }
  const ledger = client.escapeLiteral(JSON.stringify(batches.map(ledgerEntry)))
  const letters = client.escapeLiteral(JSON.stringify(batches.flatMap(lettersOf)))
  const files = batches.some(({ portion }) => portion.file)
  const move = files ? `select ops.move_files(${ledger}); ` : ''
  await client.query(`select ops.advance(${ledger}, ${letters}); ${move}commit`)
}

function byTable(batches: Batch[]): Map<string, Batch[]> {
  const tables = new Map<string, Batch[]>()
  for (const batch of batches) {
    const table = batch.portion.state.source.table_name
    tables.set(table, [...(tables.get(table) ?? []), batch])
  }
  return tables
}

function ledgerEntry(batch: Batch): object {
  const { portion, bad } = batch
  const { state, records, next, bytes, file } = portion
  return {
    ...placeOf(portion),
    from_offset: state.storedOffset,
    first_offset: records.at(0)?.offset ?? null,
    last_offset: records.at(-1)?.offset ?? null,
    next_offset: next,
    end_offset: state.endOffset,
    rows: goodCount(batch),
    dead_letters: bad.size,
    bytes,
    newest_kafka_at: newestOf(batch),
    file,
  }
}

const placeOf = ({ state }: Portion) => ({
  source_id: state.source.source_id,
  generation: state.source.generation,
  partition: state.partition,
  batch_no: state.batchNo,
})

const lettersOf = ({ portion, bad }: Batch): object[] =>
  [...bad.values()].map(({ record, reason }) => deadLetter(placeOf(portion), record, reason))

function sum<T>(items: T[], count: (item: T) => number): number {
  return items.reduce((total, item) => total + count(item), 0)
}
