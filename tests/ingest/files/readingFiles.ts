import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type pg from 'pg'
import pino from 'pino'
import { ingestFiles, type IngestFilesOptions } from '../../../ingest/files/ingestFiles.ts'
import { atEnd } from '../../support/cleanUp.ts'
import { newDataFolder } from '../../support/dataFolder.ts'
import { testDatabase, type TestDatabase } from '../../support/database.ts'
import { until } from '../../support/until.ts'

export interface StoredEvent {
  partition: number
  line: number
  payload: unknown
}

export interface ReadingFiles {
  database: TestDatabase
  owner: pg.Client
  folder: string
  rows<Row = Record<string, unknown>>(this: void, sql: string, values?: unknown[]): Promise<Row[]>
  /** Writes a file of the folder anew. Returns its path. */
  write(this: void, name: string, content: string | Buffer): string
  append(this: void, name: string, content: string | Buffer): void
  /** Reads all files to their last line ends. */
  readAll(this: void, settings?: Partial<IngestFilesOptions>): Promise<void>
  /** Goes on reading, until the returned function is called or the test file ends. */
  follow(this: void): () => Promise<void>
  /** Events of a source's table, by partition and line. */
  events(this: void, table: string): Promise<StoredEvent[]>
  /** Waits until there are so many. */
  stored(this: void, table: string, count: number): Promise<StoredEvent[]>
}

const limits = { flushRows: 20_000, flushBytes: 16 << 20, flushMs: 20, bufferBytes: 64 << 20 }
const logger = pino({ level: 'silent' })

/** A database, a folder for files, and an ingester that reads them in this process. */
export async function readingFiles(): Promise<ReadingFiles> {
  const database = await testDatabase('migrated')
  const owner = await database.client()
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  const rows = async <Row>(sql: string, values?: unknown[]) =>
    (await owner.query(sql, values)).rows as Row[]
  const options = (): Omit<IngestFilesOptions, 'signal' | 'untilCaughtUp'> => ({
    connect: () => database.client('sluice_ingest'),
    folder,
    limits,
    logger,
  })
  const events = (table: string) =>
    rows<StoredEvent>(
      `select kafka_partition as partition, kafka_offset::int as line, payload
      from bronze.${table}
      order by kafka_partition, kafka_offset`,
    )
  return {
    database,
    owner,
    folder,
    rows,
    events,
    write(name, content) {
      const path = join(folder, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, content)
      return path
    },
    append: (name, content) => appendFileSync(join(folder, name), content),
    readAll: (settings) =>
      ingestFiles({
        ...options(),
        signal: new AbortController().signal,
        untilCaughtUp: true,
        ...settings,
      }),
    follow() {
      const stopped = new AbortController()
      const reading = ingestFiles({ ...options(), signal: stopped.signal, untilCaughtUp: false })
      // its failure is thrown to whom stops it
      reading.catch(() => undefined)
      const stop = () => {
        stopped.abort()
        return reading
      }
      atEnd(stop)
      return stop
    },
    stored: (table, count) =>
      until(`${count} events are in ${table}`, async () => {
        const found = await events(table)
        return found.length >= count && found
      }),
  }
}

export const firstPartition = 1_000_000
