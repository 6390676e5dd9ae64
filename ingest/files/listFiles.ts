import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../../cli/userError.ts'
import type { Source } from '../sources.ts'

/** payload: a line is an event's payload. record: a line is an object with value, and perhaps key, headers, timestamp. */
export type LineForm = 'payload' | 'record'

/** A file of a source, as it was found. */
export interface FoundFile {
  source: Source
  path: string
  form: LineForm
  inode: string
  /** ms; null where the file system does not know when a file was made. */
  bornMs: number | null
  size: number
  modifiedMs: number
  /** Changes with content, rights and name. */
  changedMs: number
}

/** Longest first: `orders.records.ndjson` holds records of `orders`. */
const endings: [ending: string, form: LineForm][] = [
  ['.records.ndjson', 'record'],
  ['.records.jsonl', 'record'],
  ['.ndjson', 'payload'],
  ['.jsonl', 'payload'],
]

/** The folder by its true name. Throws a UserError when it is none. */
export async function folderOf(folder: string): Promise<string> {
  try {
    const path = await realpath(folder)
    await readdir(path)
    return path
  } catch (error) {
    throw new UserError(
      `The files of events can't be read: ${(error as Error).message}. Give a folder that is there, by --files or SLUICE_FILES.`,
      { cause: error },
    )
  }
}

/** The files of these sources: `<topic>.ndjson` and `<topic>/*.ndjson`, in the order of their names. */
export async function listFiles(folder: string, sources: Source[]): Promise<FoundFile[]> {
  const byTopic = new Map(sources.map((source) => [source.topic, source]))
  const found: FoundFile[] = []
  const add = async (path: string, name: string, source: Source | undefined) => {
    const form = formOf(name)
    if (!form || !source) return
    const file = await lookAt(path)
    if (file) found.push({ ...file, source, form })
  }
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    const source = byTopic.get(entry.name)
    if (source && (entry.isDirectory() || entry.isSymbolicLink())) {
      for (const name of await namesIn(path)) await add(join(path, name), name, source)
    }
    if (!entry.isDirectory()) await add(path, entry.name, byTopic.get(withoutEnding(entry.name)))
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1))
}

const endingOf = (name: string) => endings.find(([ending]) => name.endsWith(ending))
const formOf = (name: string) => (name.startsWith('.') ? undefined : endingOf(name)?.[1])
const withoutEnding = (name: string) =>
  name.slice(0, name.length - (endingOf(name)?.[0].length ?? 0))

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isGone(error)) return []
    throw error
  }
}

async function lookAt(path: string): Promise<Omit<FoundFile, 'source' | 'form'> | undefined> {
  try {
    const found = await stat(path, { bigint: true })
    if (!found.isFile()) return undefined
    return {
      path,
      inode: String(found.ino),
      bornMs: found.birthtimeMs > 0n ? Number(found.birthtimeMs) : null,
      size: Number(found.size),
      modifiedMs: Number(found.mtimeMs),
      changedMs: Number(found.ctimeMs),
    }
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

/** Gone since it was listed, or what a link leads to is not there or no folder. */
const isGone = (error: unknown) =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')
