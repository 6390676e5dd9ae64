import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../cli/userError.ts'
import { shownPath } from './shownPath.ts'

/** What a data folder remembers from one start to the next, in local.json. */
export interface LocalState {
  /** Ports by what listens there: `postgres-15`, `kafka`, `kafka-controller`. */
  ports: Record<string, number>
  /** The password of the superuser `postgres`. */
  adminPassword: string
  /** The password of the roles that the migrations create. */
  rolePassword: string
}

/** Reads local.json; where there is none, makes the passwords and writes it. */
export function readState(dataFolder: string): LocalState {
  const file = join(dataFolder, 'local.json')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return writeState(dataFolder, {
      ports: {},
      adminPassword: randomBytes(18).toString('base64url'),
      rolePassword: randomBytes(18).toString('base64url'),
    })
  }
  try {
    return JSON.parse(text) as LocalState
  } catch (cause) {
    throw new UserError(
      `${shownPath(file)} is not JSON. It holds the ports and passwords of the servers in ` +
        `${shownPath(dataFolder)}: restore it, or delete that folder to begin with empty servers.`,
      { cause },
    )
  }
}

export function rememberPort(dataFolder: string, name: string, port: number): void {
  const state = readState(dataFolder)
  if (state.ports[name] === port) return
  writeState(dataFolder, { ...state, ports: { ...state.ports, [name]: port } })
}

/** Synchronous, and read again before each change: PostgreSQL and Kafka start side by side in one process. */
function writeState(dataFolder: string, state: LocalState): LocalState {
  mkdirSync(dataFolder, { recursive: true })
  const file = join(dataFolder, 'local.json')
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
  return state
}
