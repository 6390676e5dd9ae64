import { chownSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { findPostgres } from '../../local/findPostgres.ts'
import { freePort } from '../../local/freePort.ts'
import {
  createCluster,
  serverEnvironment,
  writeConfiguration,
} from '../../local/postgresCluster.ts'
import { withClient } from '../../local/postgresDatabase.ts'
import { preparePlace, type PostgresPlace } from '../../local/postgresPlace.ts'
import { run } from '../../local/run.ts'
import { startWatched, type WatchedServer } from '../../local/watchedServer.ts'
import { atEnd } from '../support/cleanUp.ts'
import { postgresSettings } from '../support/dataFolder.ts'
import { until } from '../support/until.ts'

/** A PostgreSQL that can crash, come again, and be copied to a standby. */
export interface PostgresNode {
  port: number
  url(this: void, role: string, database?: string): string
  /** As superuser, over a connection of its own. */
  ask<Row>(this: void, sql: string, values?: unknown[]): Promise<Row[]>
  isRunning(this: void): boolean
  start(this: void): Promise<void>
  /** What `pg_ctl stop -m immediate` does: no good-bye, no checkpoint. */
  crash(this: void): Promise<void>
  /** What `pg_ctl stop -m fast` does: a standby has got everything. */
  stop(this: void): Promise<void>
  /** Makes and starts a standby that streams from this one, by way of a port. */
  standby(this: void, port: number): Promise<PostgresNode>
  promote(this: void): Promise<unknown>
  remove(this: void): void
}

export const password = 'faults'
const settings = {
  ...postgresSettings,
  max_connections: '30',
  max_wal_size: '256MB',
  wal_keep_size: '64MB',
  checkpoint_timeout: '30s',
}

/** Makes a cluster in the folder, and starts it. */
export async function makePostgres(folder: string): Promise<PostgresNode> {
  const { found, reasons } = await findPostgres()
  if (!found) throw new Error(`There is no PostgreSQL here: ${reasons.join(' ')}`)
  const place = await preparePlace(folder, found, () => undefined)
  const cluster = join(place.folder, 'node-1')
  await createCluster(place, cluster, password)
  const node = await nodeOf(place, cluster, join(folder, '..', 'logs'))
  await node.start()
  return node
}

async function nodeOf(place: PostgresPlace, cluster: string, logs: string): Promise<PostgresNode> {
  const port = await freePort()
  let server: WatchedServer | undefined
  atEnd(() => server?.stop())
  const url = (role: string, database = 'sluice') =>
    `postgres://${role}:${password}@127.0.0.1:${port}/${database}`
  const hasEnded = () => until('the server has ended', () => !server?.isRunning())
  const ask = async <Row>(sql: string, values?: unknown[]) =>
    withClient(url('postgres'), async (client) => {
      const { rows } = await client.query(sql, values)
      return rows as Row[]
    })
  const answers = () => withClient(url('postgres', 'postgres'), () => Promise.resolve(true))
  const node: PostgresNode = {
    port,
    url,
    ask,
    isRunning: () => server?.isRunning() ?? false,
    async start() {
      writeConfiguration(place, cluster, { port, database: 'sluice', cronIsThere: false, settings })
      server = await startWatched({
        name: 'PostgreSQL',
        command: join(place.bin, 'postgres'),
        args: ['-D', cluster],
        env: serverEnvironment(),
        user: place.user,
        logFile: join(logs, 'postgres.log'),
        pidFile: `${cluster}.pid`,
        stopSignal: 'SIGINT',
      })
      await until('the server answers', () => {
        if (!server?.isRunning())
          throw new Error(`PostgreSQL does not start:\n${server?.logSince()}`)
        return answers().catch(() => false)
      })
    },
    async crash() {
      process.kill(server!.pid, 'SIGQUIT')
      await hasEnded()
    },
    stop: () => server!.stop(),
    async standby(through) {
      const name = `node-${Number(cluster.split('-').at(-1)) + 1}`
      const copy = join(place.folder, name)
      mkdirSync(copy, { mode: 0o700 })
      if (place.user) chownSync(copy, place.user.uid, place.user.gid)
      const { code, output } = await run(
        join(place.bin, 'pg_basebackup'),
        [
          ...[
            '--pgdata',
            copy,
            '--write-recovery-conf',
            '--checkpoint=fast',
            '--wal-method=stream',
          ],
          ...['--host=127.0.0.1', `--port=${through}`, '--username=postgres'],
        ],
        { user: place.user, env: { ...serverEnvironment(), PGPASSWORD: password } },
      )
      if (code !== 0) throw new Error(`pg_basebackup failed:\n${output}`)
      const standby = await nodeOf(place, copy, logs)
      await standby.start()
      return standby
    },
    promote: () => ask('select pg_promote()'),
    remove: () => rmSync(cluster, { recursive: true, force: true }),
  }
  return node
}
