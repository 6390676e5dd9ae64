import { createHash } from 'node:crypto'
import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, renameSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { UserError } from '../cli/userError.ts'
import type { PostgresBinaries } from './findPostgres.ts'
import { incompleteName } from './incomplete.ts'
import { canEnter, postgresUser, type ServerUser } from './serverUser.ts'
import { shownPath } from './shownPath.ts'

/** Where PostgreSQL's programs and data are, and who runs it: all reachable for that user. */
export interface PostgresPlace {
  user?: ServerUser
  bin: string
  /** Holds `postgres-<major>`. */
  folder: string
}

/**
 * Normally the data folder itself. When we are root and the server's user may not enter it (a clone below /root),
 * a folder in the temporary folder, named by a hash of the data folder, and for npm's PostgreSQL a copy of it there.
 */
export async function preparePlace(
  dataFolder: string,
  binaries: PostgresBinaries,
  say: (line: string) => void,
): Promise<PostgresPlace> {
  const user = await postgresUser()
  if (user === undefined) return { bin: binaries.bin, folder: dataFolder }

  let folder = dataFolder
  if (!(await canEnter(user, dataFolder))) {
    folder = privateFolder(dataFolder)
    say(
      `The user ${user.name} may not enter ${shownPath(dataFolder)}: PostgreSQL's data is in ${folder}.`,
    )
  }
  let { bin } = binaries
  if (!(await canEnter(user, bin))) {
    bin = copyBinaries(binaries, folder === dataFolder ? privateFolder(dataFolder) : folder)
  }
  return { user, bin, folder }
}

function privateFolder(dataFolder: string): string {
  const hash = createHash('sha256').update(dataFolder).digest('hex').slice(0, 12)
  const folder = join(tmpdir(), `sluice-${hash}`)
  mkdirSync(folder, { recursive: true })
  const found = lstatSync(folder)
  // The name can be guessed, and everyone may write to the temporary folder.
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new UserError(
      `${folder} belongs to user ${found.uid}, expected ${process.getuid?.()}: Sluice keeps PostgreSQL's data there. ` +
        `Remove it, or choose a data folder that every user may enter with --data FOLDER.`,
    )
  }
  chmodSync(folder, 0o711)
  return folder
}

function copyBinaries(binaries: PostgresBinaries, folder: string): string {
  const target = join(folder, `programs-${binaries.version}`)
  if (!existsSync(target)) {
    const incomplete = incompleteName(target)
    cpSync(dirname(binaries.bin), incomplete, { recursive: true, verbatimSymlinks: true })
    renameSync(incomplete, target)
  }
  return join(target, 'bin')
}
