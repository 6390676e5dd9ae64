import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { cleaned, giveUp, goodRecords, lookAtRest, type Batch } from './batch.ts'
import { badRowOf, type ServerError } from './deadLetters.ts'
import { copyColumns, encodeCopy, type CopyGroup } from './encodeCopy.ts'
import type { KafkaRecord } from './recordBatch.ts'

/** Sends the rows of batches of one bronze table, which are looked at on the way, in one COPY. */
export async function copyBatches(
  client: pg.Client,
  table: string,
  batches: Batch[],
): Promise<void> {
  await copy(
    client,
    table,
    batches.map((batch) => groupOf(batch, goodRecords(batch))),
  )
}

const leastInPiece = 250
/** More than 64 subtransactions that write would slow every snapshot of the server. */
const mostPieces = 60

/**
 * The same in pieces, each with a savepoint, for rows that only the server can tell from good ones: a bad one costs its
 * piece and not all that was sent. Sets bad rows aside.
 */
export async function copyInPieces(
  client: pg.Client,
  table: string,
  batches: Batch[],
): Promise<void> {
  for (const batch of batches) lookAtRest(batch)
  const total = batches.reduce((rows, { good }) => rows + good.length, 0)
  const size = Math.max(leastInPiece, Math.ceil(total / mostPieces))
  await client.query('savepoint piece')
  for (const batch of batches) {
    const records = batch.good
    for (let at = 0; at < records.length; at += size) {
      await copyPiece(client, table, batch, records.slice(at, at + size))
    }
  }
}

async function copyPiece(
  client: pg.Client,
  table: string,
  batch: Batch,
  records: KafkaRecord[],
): Promise<void> {
  for (let left = records; left.length > 0;) {
    try {
      await copy(client, table, [
        groupOf(
          batch,
          left.map((record) => cleaned(batch, record)),
        ),
      ])
      await client.query('release savepoint piece; savepoint piece')
      return
    } catch (error) {
      const problem = error as ServerError
      const record = left[badRowOf(problem)?.row ?? -1]
      if (!record) throw error
      await client.query('rollback to savepoint piece')
      giveUp(batch, record, problem)
      left = left.filter((other) => other !== record)
    }
  }
}

function groupOf({ portion: { state } }: Batch, records: Iterable<KafkaRecord>): CopyGroup {
  return {
    generation: state.source.generation,
    partition: state.partition,
    batchNo: state.batchNo,
    records,
  }
}

async function copy(client: pg.Client, table: string, groups: CopyGroup[]): Promise<void> {
  const target = `bronze.${client.escapeIdentifier(table)}`
  const stream = client.query(
    copyFrom(`copy ${target} (${copyColumns}) from stdin (format binary)`),
  )
  await pipeline(Readable.from(encodeCopy(groups)), stream)
}
