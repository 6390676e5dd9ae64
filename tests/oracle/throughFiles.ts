import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import pino from 'pino'
import type { GeneratedEvent } from '../../generator/index.ts'
import { ingestFiles } from '../../ingest/files/ingestFiles.ts'
import { tick } from '../models/bronzeRows.ts'
import { atEnd } from '../support/cleanUp.ts'
import { newDataFolder } from '../support/dataFolder.ts'
import type { TestDatabase } from '../support/database.ts'

/** What is sent of an event: key, bytes and time, and headers where it has some. */
export type Sent = Pick<GeneratedEvent, 'topic' | 'key' | 'value' | 'due'> & {
  headers?: Record<string, string>
}

const partitions = 3

/**
 * Brings events into a database by ingest, redaction included, and ticks: as many at a time as `sizes` says, and then
 * the rest. Events of one key keep their order.
 */
export async function bringThroughFiles(
  database: TestDatabase,
  owner: pg.ClientBase,
  sent: Sent[],
  sizes: number[],
): Promise<void> {
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  let from = 0
  for (const size of [...sizes, Infinity]) {
    for (const event of sent.slice(from, from + size)) write(folder, event)
    from += size
    await readAll(database, folder)
    await tick(owner)
  }
}

function write(folder: string, { topic, key, value, due, headers }: Sent): void {
  mkdirSync(join(folder, topic), { recursive: true })
  const file = [...(key ?? '')].reduce((sum, sign) => sum + sign.charCodeAt(0), 0) % partitions
  const value_base64 = Buffer.from(value as string).toString('base64')
  appendFileSync(
    join(folder, topic, `${file}.records.ndjson`),
    `${JSON.stringify({ key, value_base64, timestamp: due, headers })}\n`,
  )
}

function readAll(database: TestDatabase, folder: string): Promise<void> {
  return ingestFiles({
    connect: () => database.client('sluice_ingest'),
    folder,
    limits: { flushRows: 500, flushBytes: 16 << 20, flushMs: 20, bufferBytes: 64 << 20 },
    redactKey: 'a secret of the tests',
    logger: pino({ level: 'silent' }),
    signal: new AbortController().signal,
    untilCaughtUp: true,
  })
}
