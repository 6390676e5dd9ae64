import { readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/**
 * A name beside a folder, to make that folder in and rename when it is complete. Removes what killed runs left;
 * a program that one of them started may still be writing into its own, hence a name for each run.
 */
export function incompleteName(folder: string): string {
  const parent = dirname(folder)
  const start = `${basename(folder)}.new-`
  for (const name of readdirSync(parent)) {
    if (name.startsWith(start)) removeQuietly(join(parent, name))
  }
  return join(parent, `${start}${process.pid}`)
}

function removeQuietly(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    // Still being written: a later run removes it.
  }
}
