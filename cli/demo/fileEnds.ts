import { open } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { placeAtEnd } from '../../ingest/files/place.ts'
import type { EventFile } from './eventFolder.ts'

/**
 * One after the last line of each of these files, counted, by topic and partition. A file that the ingester has not seen
 * yet is left out; or, with a signal, waited for.
 */
export async function fileEnds(
  client: pg.Client,
  files: EventFile[],
  signal?: AbortSignal,
): Promise<Map<string, number>> {
  const ends = new Map<string, number>()
  for (const { topic, path } of files) {
    let partition = await partitionOf(client, path)
    while (partition === undefined && signal && !signal.aborted) {
      await wait(100, undefined, { signal }).catch(() => undefined)
      partition = await partitionOf(client, path)
    }
    if (partition !== undefined) ends.set(`${topic} ${partition}`, await lineAtEnd(path))
  }
  return ends
}

async function partitionOf(client: pg.Client, path: string): Promise<number | undefined> {
  const { rows } = await client.query<{ kafka_partition: number }>(
    `select kafka_partition from ops.file_status where path = $1 and state not in ('replaced', 'gone')`,
    [path],
  )
  return rows[0]?.kafka_partition
}

async function lineAtEnd(path: string): Promise<number> {
  const handle = await open(path)
  try {
    return (await placeAtEnd(handle, (await handle.stat()).size)).line
  } finally {
    await handle.close()
  }
}
