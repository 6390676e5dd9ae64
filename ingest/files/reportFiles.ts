import type pg from 'pg'
import type { Logger } from 'pino'
import type { FoundFile } from './listFiles.ts'
import { isAsSeen, type Matched } from './matchFiles.ts'
import type { FileFault } from './place.ts'
import type { StoredFile } from './readFiles.ts'

/** How a file was found, as ops.open_files and ops.report_files take it. */
export const marksToStore = ({ path, inode, bornMs, size, modifiedMs }: FoundFile) => ({
  path,
  inode,
  born_at: bornMs === null ? null : new Date(bornMs).toISOString(),
  size,
  modified_at: new Date(modifiedMs).toISOString(),
})

const coordinates = ({ source_id, generation, kafka_partition }: StoredFile) => ({
  source_id,
  generation,
  partition: kafka_partition,
})

/** Writes down where files are now, and which are gone. */
export async function reportFound(client: pg.Client, { known, gone }: Matched): Promise<void> {
  const here = known
    .filter(({ stored, found }) => stored.gone_at !== null || !isAsSeen(stored, found))
    .map(({ stored, found }) => ({
      ...coordinates(stored),
      ...marksToStore(found),
      is_gone: false,
    }))
  const away = gone
    .filter((stored) => stored.gone_at === null)
    .map((stored) => ({ ...stored, ...coordinates(stored), is_gone: true }))
  if (here.length + away.length === 0) return
  await client.query('select ops.report_files($1)', [JSON.stringify([...here, ...away])])
}

export async function stopFile(
  client: pg.Client,
  stored: StoredFile,
  { kind, reason }: FileFault,
  logger: Logger,
): Promise<void> {
  if (stored.stopped_reason === reason) return
  logger.error({ path: stored.path, reason }, 'file stopped; see ops.health')
  const { source_id, generation, partition } = coordinates(stored)
  await client.query('select ops.stop_file($1, $2, $3, $4, $5)', [
    source_id,
    generation,
    partition,
    kind,
    reason,
  ])
}

export async function startFile(client: pg.Client, stored: StoredFile): Promise<void> {
  const { source_id, generation, partition } = coordinates(stored)
  await client.query('select ops.start_file($1, $2, $3)', [source_id, generation, partition])
}
