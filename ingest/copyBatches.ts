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
  await copy(
    client,
    table,
    batches.map((batch) => groupOf(batch, goodRecords(batch))),
  )
}

export function groupOf(batch: Batch, records: Iterable<KafkaRecord>): CopyGroup {
  const { source, partition, batchNo } = batch.portion.state
  const { ingestedAt } = batch
  return { generation: source.generation, partition, batchNo, ingestedAt, records }
}

async function copy(client: pg.Client, table: string, groups: CopyGroup[]): Promise<void> {
  const stream = client.query(copyFrom(copyText(client, table)))
  await pipeline(Readable.from(encodeCopy(groups)), stream)
}

export function copyText(client: pg.Client, table: string): string {
  const target = `bronze.${client.escapeIdentifier(table)}`
  return `copy ${target} (${copyColumnsWithTime}) from stdin (format binary)`
}
