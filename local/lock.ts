import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { UserError } from '../cli/userError.ts'
import { isAlive, processId, type ProcessId } from './processes.ts'
import { shownPath } from './shownPath.ts'

interface Holder extends ProcessId {
  command: string
}

/** Data folders that this process holds, and by how many servers. */
const held = new Map<string, number>()

/**
 * Takes the data folder for this process, or throws a UserError that names the process that holds it.
 * Counted: the folder is free again after as many calls of the returned function as there were calls of this one.
 */
export function lockDataFolder(dataFolder: string): () => void {
  const folder = resolve(dataFolder)
  const count = held.get(folder) ?? 0
  if (count === 0) takeLock(folder)
  held.set(folder, count + 1)

  let released = false
  return () => {
    if (released) return
    released = true
    const left = (held.get(folder) ?? 1) - 1
    held.set(folder, left)
    if (left > 0) return
    held.delete(folder)
    rmSync(join(folder, 'lock'), { force: true })
  }
}

function takeLock(folder: string): void {
  const isNew = mkdirSync(folder, { recursive: true }) !== undefined
  // Under a strict umask, root would else shut out the user that runs PostgreSQL.
  if (isNew && process.getuid?.() === 0) chmodSync(folder, 0o755)
  const lock = join(folder, 'lock')
  const mine = join(folder, `lock.${process.pid}`)
  const holder: Holder = { ...processId(process.pid), command: commandLine() }
  writeFileSync(mine, JSON.stringify(holder))
  try {
    // Two who find a dead holder at once: one gets its file by the rename, the other finds the new one.
    for (let attempt = 0; attempt < 20; attempt += 1) {
      // A link, not a file opened for writing: whoever sees the lock sees all of it.
      if (linked(mine, lock)) return
      const other = readHolder(lock)
      if (other && isAlive(other)) throw inUse(folder, other)
      removeDead(lock, `${mine}.dead`)
    }
    throw new UserError(`Cannot lock the data folder ${shownPath(folder)}: ${lock} keeps changing.`)
  } finally {
    rmSync(mine, { force: true })
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function removeDead(lock: string, aside: string): void {
  try {
    renameSync(lock, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  const taken = readHolder(aside)
  // Another took the lock between our look and our rename: give it back.
  if (taken && isAlive(taken)) linked(aside, lock)
  rmSync(aside, { force: true })
}

function readHolder(lock: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(lock, 'utf8')) as Holder
  } catch {
    return undefined
  }
}

function inUse(folder: string, holder: Holder): UserError {
  return new UserError(
    `The data folder ${shownPath(folder)} is in use by process ${holder.pid} (${holder.command}).\n` +
      `One process at a time can use it. Stop that one, choose another folder with --data FOLDER, ` +
      `or give DATABASE_URL and KAFKA_BROKERS of servers that run already.`,
  )
}

function commandLine(): string {
  const words = process.argv.slice(1).map((word) => shownPath(word))
  return ['node', ...words].join(' ')
}
