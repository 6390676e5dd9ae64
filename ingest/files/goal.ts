import { open } from 'node:fs/promises'
import type pg from 'pg'
import type { Source } from '../sources.ts'
import type { FoundFile } from './listFiles.ts'
import { lastLineEnd } from './place.ts'
import { readFiles } from './readFiles.ts'

/** Per path the byte up to which a file is to be read. */
export type FileGoal = Map<string, number>

/** The last line ends of files as they are now; those that can't be read are none of the goal. */
export async function endsOf(found: FoundFile[]): Promise<FileGoal> {
  const goal: FileGoal = new Map()
  for (const { path, size } of found) {
    const end = await lastLineEndOf(path, size).catch(() => undefined)
    if (end !== undefined) goal.set(path, end)
  }
  return goal
}

async function lastLineEndOf(path: string, size: number): Promise<number> {
  const handle = await open(path)
  try {
    return await lastLineEnd(handle, size)
  } finally {
    await handle.close()
  }
}

/** Asks the database, so that another process may have read them. Files that are gone or stopped are not waited for. */
export async function goalIsReached(
  client: pg.Client,
  sources: Source[],
  found: FoundFile[],
  goal: FileGoal,
): Promise<boolean> {
  const stored = new Map((await readFiles(client, sources)).map((row) => [row.path, row]))
  return found.every(({ path }) => {
    const row = stored.get(path)
    const end = goal.get(path)
    if (end === undefined || row?.stopped_reason) return true
    return row !== undefined && Number(row.byte_position) >= end
  })
}
