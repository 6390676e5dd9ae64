import { open } from 'node:fs/promises'
import { sep } from 'node:path'
import type { FoundFile } from './listFiles.ts'
import { misfit, type FileFault } from './place.ts'
import { placeOf, type StoredFile } from './readFiles.ts'

/** Which of the files that were found are known, and as what. */
export interface Matched {
  known: { stored: StoredFile; found: FoundFile }[]
  /** Known by their paths, but other files now, or not to be read. */
  faulty: { stored: StoredFile; fault: FileFault }[]
  unknown: FoundFile[]
  gone: StoredFile[]
}

/**
 * Finds out which files are which. A file is the same when what was read of it is still there: under its path, or, by its
 * inode, under another one (renamed, rotated), or under its path with another inode (copied back).
 */
export async function matchFiles(
  folder: string,
  stored: StoredFile[],
  found: FoundFile[],
): Promise<Matched> {
  const left = { stored: new Set(stored), found: new Set(found) }
  const known: Matched['known'] = []
  const take = async (keyOf: (marks: Marks) => string, rows: StoredFile[]) => {
    const candidates = new Map<string, StoredFile[]>()
    for (const row of rows) {
      const key = keyOf(marksOfRow(row))
      candidates.set(key, [...(candidates.get(key) ?? []), row])
    }
    for (const file of left.found) {
      for (const row of candidates.get(keyOf(marksOfFile(file))) ?? []) {
        if (!left.stored.has(row)) continue
        if (!isAsSeen(row, file) && (await faultOf(row, file))) continue
        known.push({ stored: row, found: file })
        left.stored.delete(row)
        left.found.delete(file)
        break
      }
    }
  }
  await take(({ path, inode }) => `${path} ${inode}`, [...left.stored])
  // one that was missed had its inode freed: a new file may have it
  const here = [...left.stored].filter((row) => row.gone_at === null)
  await take(({ inode }) => inode, here)
  await take(({ path }) => path, [...left.stored])

  const faulty: Matched['faulty'] = []
  const byPath = new Map([...left.stored].map((row) => [marksOfRow(row).path, row]))
  for (const file of left.found) {
    const row = byPath.get(marksOfFile(file).path)
    const fault = row && (await faultOf(row, file))
    if (!fault) continue
    faulty.push({ stored: row, fault })
    left.stored.delete(row)
    left.found.delete(file)
  }
  const gone = [...left.stored].filter(({ path }) => path.startsWith(folder + sep))
  return { known, faulty, unknown: [...left.found], gone }
}

/** By what a file is known, within its source. */
interface Marks {
  path: string
  inode: string
}

const marks = (sourceId: number, path: string, inode: string, bornMs: number | null): Marks => ({
  path: `${sourceId} ${path}`,
  inode: `${sourceId} ${inode} ${bornMs}`,
})
const marksOfRow = ({ source_id, path, inode, born_at }: StoredFile) =>
  marks(source_id, path, inode, born_at?.getTime() ?? null)
const marksOfFile = ({ source, path, inode, bornMs }: FoundFile) =>
  marks(source.source_id, path, inode, bornMs)

/** Untouched since it was known for what it is. */
export const isAsSeen = (row: StoredFile, file: FoundFile): boolean =>
  marksOfRow(row).inode === marksOfFile(file).inode &&
  row.path === file.path &&
  row.stopped_reason === null &&
  row.modified_at.getTime() === file.modifiedMs &&
  Number(row.size) === file.size

async function faultOf(row: StoredFile, { path }: FoundFile): Promise<FileFault | undefined> {
  try {
    const handle = await open(path)
    try {
      return await misfit(handle, path, (await handle.stat()).size, placeOf(row))
    } finally {
      await handle.close()
    }
  } catch (error) {
    return unreadable(path, error)
  }
}

/** What the system says of a file that can't be opened or read. */
export const unreadable = (path: string, error: unknown): FileFault => ({
  kind: 'file_unreadable',
  reason: `${path} can't be read: ${(error as Error).message}`,
})
