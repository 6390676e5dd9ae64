import { copyFile, readdir, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { shownPath } from '../../local/shownPath.ts'
import type { Child } from './children.ts'
import type { DemoLog } from './demoLog.ts'

/** What keeps the data folder from growing for as long as the demo runs. */
export interface Bounds {
  client: pg.Client
  log: DemoLog
  logsFolder: string
  generator: Child
  /** No more events are made once the database has so many bytes. */
  databaseBytes: number
  /** Called once, when that is so. */
  onFull: (bytes: number) => void
  signal: AbortSignal
}

export const gigabyte = 1_000_000_000
const mostLogBytes = 8 * 1024 * 1024
const everyMs = 10_000

/**
 * Looks every ten seconds: deletes files of events that are stored, cuts logs short, and stops the generator when the
 * database is as large as it may be. What can't be done now is tried again.
 */
export async function keepWithin(bounds: Bounds): Promise<void> {
  const { log, logsFolder, signal } = bounds
  let isFull = false
  while (!signal.aborted) {
    await wait(everyMs, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    try {
      await log.removeTaken?.()
      await shortenLogs(logsFolder, mostLogBytes)
      if (!isFull) isFull = await stopWhenFull(bounds)
    } catch {
      // a server that is away is told of on the screen
    }
  }
}

async function stopWhenFull({
  client,
  generator,
  databaseBytes,
  onFull,
}: Bounds): Promise<boolean> {
  const { rows } = await client.query<{ bytes: string }>(
    'select pg_database_size(current_database()) as bytes',
  )
  const bytes = Number(rows[0]!.bytes)
  if (bytes < databaseBytes) return false
  onFull(bytes)
  await generator.stop()
  return true
}

/** Moves what is in a log that has grown too long to `<name>.old`. All of them are only ever appended to. */
export async function shortenLogs(folder: string, mostBytes: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if (!name.endsWith('.log') || (await stat(path)).size <= mostBytes) continue
    // a line that comes between these two is lost
    await copyFile(path, `${path}.old`)
    await truncate(path)
  }
}

export const fullNote = (bytes: number, dataFolder: string): string =>
  `The database has ${(bytes / gigabyte).toFixed(1)} GB: no more events are made. ` +
  `Give more room with --limit GB, or stop and delete ${shownPath(join(dataFolder, 'postgres-*'))} and kafka-data beside it to begin anew.`
