import { UserError } from '../cli/userError.ts'
import { run } from './run.ts'

/** The user a server runs as, when it is not ours. */
export interface ServerUser {
  name: string
  uid: number
  gid: number
}

/**
 * PostgreSQL refuses to run as root: the user `postgres`, else `nobody`, when we are root; undefined when we are not.
 */
export async function postgresUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    const uid = await run('id', ['-u', name])
    const gid = await run('id', ['-g', name])
    if (uid.code === 0 && gid.code === 0) {
      return { name, uid: Number(uid.output), gid: Number(gid.output) }
    }
  }
  throw new UserError(
    'PostgreSQL cannot run as root, and this machine has neither a user "postgres" nor "nobody".\n' +
      'Start Sluice as another user, or give DATABASE_URL of a PostgreSQL that runs already.',
  )
}

/** Whether that user may enter a folder: asked of the system, which knows of modes, groups and mounts. */
export async function canEnter(user: ServerUser | undefined, folder: string): Promise<boolean> {
  if (user === undefined) return true
  const result = await run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { user })
  return result.code === 0
}
