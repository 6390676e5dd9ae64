import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { goodRecords, type Batch } from './batch.ts'
import { copyColumnsWithTime, encodeCopy, type CopyGroup } from './encodeCopy.ts'
import type { KafkaRecord } from './recordBatch.ts'

/** Sends the rows of batches of one bronze table, which are looked at on the way, in one COPY. */
export async function copyBatches(
  client: pg.Client,
  table: string,
  batches: Batch[],
): Promise<void> {
  const groups = batches.map((batch) => groupOf(batch, goodRecords(batch)))
  const stream = client.query(copyFrom(copyText(client, table)))
  await pipeline(Readable.from(encodeCopy(groups)), stream)
}

export function groupOf(batch: Batch, records: Iterable<KafkaRecord>): CopyGroup {
  const { source, partition, batchNo } = batch.portion.state
  const { ingestedAt } = batch
  return { generation: source.generation, partition, batchNo, ingestedAt, records }
}

export function copyText(client: pg.Client, table: string): string {
  const target = `bronze.${client.escapeIdentifier(table)}`
  return `copy ${target} (${copyColumnsWithTime}) from stdin (format binary)`
}
