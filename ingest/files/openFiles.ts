import { open } from 'node:fs/promises'
import type pg from 'pg'
import type { Logger } from 'pino'
import type { PartitionState } from '../fetchBuffer.ts'
import type { Source } from '../sources.ts'
import type { Faults } from './faults.ts'
import { FollowedFile } from './followedFile.ts'
import type { FoundFile } from './listFiles.ts'
import { matchFiles, type Matched } from './matchFiles.ts'
import { beginning, placeAtEnd, type FileFault, type Place } from './place.ts'
import { placeOf, readFiles, type StoredFile } from './readFiles.ts'
import { marksToStore, reportFound, startFile, stopFile } from './reportFiles.ts'

/** A file that is read, and its partition. */
export interface OpenFile {
  state: PartitionState
  file: FollowedFile
  found: FoundFile
}

export interface OpenedFiles {
  open: OpenFile[]
  /** Paths of the files that are not read on. */
  stopped: Set<string>
}

/**
 * Finds out which of the files are known and how far they are stored, and opens those that are new, before anything is
 * read. What is not the file that was read before is stopped, and what is gone written down. `faults` are those that
 * reading has met, by path.
 */
export async function openFiles(
  client: pg.Client,
  given: { folder: string; sources: Source[]; found: FoundFile[]; faults: Faults },
  logger: Logger,
): Promise<OpenedFiles> {
  const { folder, sources, found, faults } = given
  const match = async () => matchFiles(folder, await readFiles(client, sources), found)
  let matched = await match()
  for (const { path, gone_at } of matched.gone) {
    if (gone_at === null) logger.warn({ path }, 'file gone')
  }
  // first where the known ones are now: a new one may have the path of one that was renamed
  await reportFound(client, matched)
  if (matched.unknown.length > 0) {
    await openUnknown(client, sources, matched)
    matched = await match()
  }

  const opened: OpenedFiles = { open: [], stopped: new Set() }
  const stop = async (stored: StoredFile, path: string, fault: FileFault) => {
    opened.stopped.add(path)
    await stopFile(client, stored, fault, logger)
  }
  for (const { stored, fault } of matched.faulty) await stop(stored, stored.path, fault)
  for (const { stored, found } of matched.known) {
    const fault = faults.of(found)
    if (fault) await stop(stored, found.path, fault)
    else {
      if (stored.stopped_reason !== null) await startFile(client, stored)
      opened.open.push(openFile(stored, found))
    }
  }
  return opened
}

function openFile(stored: StoredFile, found: FoundFile): OpenFile {
  const place = placeOf(stored)
  const file = new FollowedFile(found, place)
  const state: PartitionState = {
    source: found.source,
    partition: stored.kafka_partition,
    storedOffset: place.line,
    batchNo: Number(stored.next_batch_no),
    fetchOffset: place.line,
    endOffset: file.endLine,
    chunks: [],
  }
  return { state, file, found }
}

/** Only where a source has no files yet its start counts, for which the database cares, too. */
async function openUnknown(
  client: pg.Client,
  sources: Source[],
  { known, faulty, gone, unknown }: Matched,
): Promise<void> {
  const stored = [...known, ...faulty].map((one) => one.stored).concat(gone)
  for (const source of sources) {
    const files = unknown.filter((file) => file.source === source)
    if (files.length === 0) continue
    const isFirst = !stored.some(({ source_id }) => source_id === source.source_id)
    const opened: object[] = []
    for (const file of files) {
      opened.push(rowOf(file, isFirst ? await startOf(source, file) : beginning))
    }
    await client.query('select ops.open_files($1, $2, $3)', [
      source.source_id,
      source.generation,
      JSON.stringify(opened),
    ])
  }
}

/** A file has one time, that of its last change: by that it is before or after the start. */
async function startOf({ start_at }: Source, file: FoundFile): Promise<Place> {
  const isWanted = start_at !== 'latest' && file.modifiedMs >= Date.parse(start_at)
  if (start_at === 'earliest' || isWanted) return beginning
  const handle = await open(file.path)
  try {
    return await placeAtEnd(handle, file.size)
  } finally {
    await handle.close()
  }
}

const rowOf = (file: FoundFile, { line, byte, head }: Place) => ({
  ...marksToStore(file),
  next_offset: line,
  byte_position: byte,
  head_bytes: head.bytes,
  head_hash: head.hash,
})
