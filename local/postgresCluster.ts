import {
  chmodSync,
  chownSync,
  mkdirSync,
  renameSync,
  rmSync,
  writeFileSync,
  appendFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../cli/userError.ts'
import { incompleteName } from './incomplete.ts'
import type { PostgresPlace } from './postgresPlace.ts'
import { lastLines, run } from './run.ts'
import { shownPath } from './shownPath.ts'

/** What a server of ours sees of the environment: none of the PG* variables that are meant for clients. */
export function serverEnvironment(): Record<string, string> {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C' }
}

/** Runs initdb in a folder beside, and renames that when it is complete. */
export async function createCluster(
  place: PostgresPlace,
  cluster: string,
  password: string,
  signal?: AbortSignal,
): Promise<void> {
  const incomplete = incompleteName(cluster)
  const passwordFile = `${incomplete}.password`
  mkdirSync(incomplete, { mode: 0o700 })
  writeFileSync(passwordFile, password, { mode: 0o600 })
  own(place, incomplete)
  own(place, passwordFile)
  try {
    const { code, output, failure } = await run(
      join(place.bin, 'initdb'),
      [
        `--pgdata=${incomplete}`,
        '--username=postgres',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        ...(await localeOptions(place)),
      ],
      { user: place.user, env: serverEnvironment(), signal },
    )
    if (code !== 0) throw initdbFailed(place, incomplete, failure ?? output)
    appendFileSync(join(incomplete, 'postgresql.conf'), "\ninclude_if_exists = 'sluice.conf'\n")
    renameSync(incomplete, cluster)
  } finally {
    rmSync(passwordFile, { force: true })
    rmSync(incomplete, { recursive: true, force: true })
  }
}

/**
 * Sorts by code point and knows the letters of all languages, the same on every machine, where that is to be had. Of the
 * C library only C compares bytes, which is several times faster than C.UTF-8 and gives the same order.
 */
async function localeOptions(place: PostgresPlace): Promise<string[]> {
  const help = await run(join(place.bin, 'initdb'), ['--help'])
  if (help.output.includes('--builtin-locale')) {
    return ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
  }
  const { output } = await run('locale', ['-a'])
  return /^C\.utf-?8$/im.test(output) ? ['--locale=C.UTF-8', '--lc-collate=C'] : ['--locale=C']
}

/** Writes sluice.conf, which the cluster's postgresql.conf includes; `alter system` still overrides it. */
export function writeConfiguration(
  place: PostgresPlace,
  cluster: string,
  options: {
    port: number
    database: string
    cronIsThere: boolean
    settings?: Record<string, string>
  },
): void {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(options.port),
    unix_socket_directories: '',
    cluster_name: 'sluice',
    shared_buffers: '256MB',
    max_wal_size: '2GB',
    wal_compression: 'on',
    max_locks_per_transaction: '256',
    max_worker_processes: '24',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    log_line_prefix: '%m [%p] %q%u@%d ',
    ...(options.cronIsThere && {
      shared_preload_libraries: 'pg_cron',
      'cron.database_name': options.database,
      'cron.use_background_workers': 'on',
    }),
    ...options.settings,
  }
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`,
  )
  const file = join(cluster, 'sluice.conf')
  writeFileSync(file, `# Written by Sluice at each start.\n${lines.join('\n')}\n`)
  chmodSync(file, 0o600)
  own(place, file)
}

function own(place: PostgresPlace, path: string): void {
  if (place.user) chownSync(path, place.user.uid, place.user.gid)
}

function initdbFailed(place: PostgresPlace, folder: string, output: string): UserError {
  const mend = /No space left on device/.test(output)
    ? `The disk is full: make room on the one that holds ${shownPath(folder)}.`
    : 'Mend what it says, or give DATABASE_URL of a PostgreSQL that runs already.'
  return new UserError(
    `${join(place.bin, 'initdb')} could not make a database cluster in ${shownPath(folder)}` +
      `${place.user ? ` as user ${place.user.name}` : ''}:\n${lastLines(output)}\n${mend}`,
  )
}
