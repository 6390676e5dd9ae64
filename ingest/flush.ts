import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import {
  badRowOf,
  deadLetter,
  isMissingPartition,
  jsonFault,
  kafkaTime,
  visibleFault,
  type Reason,
  type ServerError,
} from './deadLetters.ts'
import { copyColumns, encodeCopy } from './encodeCopy.ts'
import type { Portion } from './fetchBuffer.ts'
import type { KafkaRecord } from './recordBatch.ts'

/** Another ingester stored these offsets, or the source was reset: read positions again and seek. */
export class PositionsMovedError extends Error {
  override name = 'PositionsMovedError'
}

export interface Flushed {
  rows: number
  deadLetters: number
}

/** A portion on its way: its records are split into those to store and those set aside. */
interface Batch {
  portion: Portion
  good: KafkaRecord[]
  bad: Map<KafkaRecord, Reason>
}

/**
 * Stores what was fetched in one transaction: COPY of the rows first, then one message with positions,
 * ledger, dead letters and COMMIT, so that no lock is held while the server waits for this process.
 * Rows that the server refuses for their data become dead letters. Any other error is thrown, with nothing
 * stored: a PositionsMovedError when the fence held.
 */
export async function flush(client: pg.Client, portions: Portion[]): Promise<Flushed> {
  const batches = portions.map((portion) =>
    sift({ portion, good: portion.records, bad: new Map() }, visibleFault),
  )
  for (let hasPartitions = false; ;) {
    try {
      await attempt(client, batches)
      return {
        rows: sum(batches, (batch) => batch.good.length),
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
      } else if (!setAside(batches, problem)) throw error
    }
  }
}

async function attempt(client: pg.Client, batches: Batch[]): Promise<void> {
  await client.query('begin')
  for (const [table, group] of byTable(batches)) {
    const rows = group.filter((batch) => batch.good.length > 0)
    if (rows.length === 0) continue
    const copy = client.query(
      copyFrom(
        `copy bronze.${client.escapeIdentifier(table)} (${copyColumns}) from stdin (format binary)`,
      ),
    )
    const chunks = encodeCopy(
      rows.map(({ portion: { state }, good }) => ({
        generation: state.source.generation,
        partition: state.partition,
        batchNo: state.batchNo,
        records: good,
      })),
    )
    await pipeline(Readable.from(chunks), copy)
  }
  const ledger = client.escapeLiteral(JSON.stringify(batches.map(ledgerEntry)))
  const letters = client.escapeLiteral(JSON.stringify(batches.flatMap(lettersOf)))
  await client.query(`select ops.advance(${ledger}, ${letters}); commit`)
}

function byTable(batches: Batch[]): Map<string, Batch[]> {
  const tables = new Map<string, Batch[]>()
  for (const batch of batches) {
    const table = batch.portion.state.source.table_name
    tables.set(table, [...(tables.get(table) ?? []), batch])
  }
  return tables
}

function ledgerEntry({ portion, good, bad }: Batch): object {
  const { state, records, next, bytes } = portion
  return {
    ...placeOf(portion),
    from_offset: state.storedOffset,
    first_offset: records[0]?.offset ?? null,
    last_offset: records.at(-1)?.offset ?? null,
    next_offset: next,
    end_offset: state.endOffset,
    rows: good.length,
    dead_letters: bad.size,
    bytes,
    newest_kafka_at: newestOf(good),
  }
}

function newestOf(records: KafkaRecord[]): string | null {
  let newest = 0
  for (const { timestamp } of records) if (timestamp > newest) newest = timestamp
  return records.length === 0 ? null : kafkaTime(newest)
}

const placeOf = ({ state }: Portion) => ({
  source_id: state.source.source_id,
  generation: state.source.generation,
  partition: state.partition,
  batch_no: state.batchNo,
})

const lettersOf = ({ portion, bad }: Batch): object[] =>
  [...bad].map(([record, reason]) => deadLetter(placeOf(portion), record, reason))

/** Moves the row that a COPY failed on to the dead letters, and with it all others that are visibly no jsonb. */
function setAside(batches: Batch[], error: ServerError): boolean {
  const place = badRowOf(error)
  if (!place) return false
  let { row } = place
  for (const batch of byTable(batches).get(place.table) ?? []) {
    const record = batch.good[row]
    if (record) {
      batch.bad.set(record, { sqlstate: error.code!, message: error.message })
      batch.good = batch.good.filter((other) => other !== record)
      if (/^22P0[25]$/.test(error.code!)) for (const other of batches) sift(other, jsonFault)
      return true
    }
    row -= batch.good.length
  }
  return false
}

function sift(batch: Batch, faultOf: (record: KafkaRecord) => Reason | undefined): Batch {
  const found = batch.bad.size
  for (const record of batch.good) {
    const reason = faultOf(record)
    if (reason) batch.bad.set(record, reason)
  }
  if (batch.bad.size > found) batch.good = batch.good.filter((record) => !batch.bad.has(record))
  return batch
}

function sum<T>(items: T[], count: (item: T) => number): number {
  return items.reduce((total, item) => total + count(item), 0)
}
