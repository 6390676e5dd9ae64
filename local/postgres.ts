import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { UserError } from '../cli/userError.ts'
import type { PostgresBinaries } from './findPostgres.ts'
import { diedAtStart } from './diedAtStart.ts'
import { freePort } from './freePort.ts'
import { readState, rememberPort } from './localState.ts'
import { lockDataFolder } from './lock.ts'
import { createCluster, serverEnvironment, writeConfiguration } from './postgresCluster.ts'
import { preparePlace, type PostgresPlace } from './postgresPlace.ts'
import { hasCronLibrary, prepareDatabase } from './postgresDatabase.ts'
import type { LocalPostgres, LocalServerOptions } from './servers.ts'
import { shownPath } from './shownPath.ts'
import { waitForSurvivors } from './survivors.ts'
import { startWatched, type WatchedServer } from './watchedServer.ts'

/** Starts a PostgreSQL of our own on 127.0.0.1 from its binaries; its data is kept in `postgres-<major>`. */
export async function startPostgres(
  options: LocalServerOptions & { binaries: PostgresBinaries },
): Promise<LocalPostgres> {
  const { dataFolder, say, signal, database = 'sluice', binaries } = options
  const release = lockDataFolder(dataFolder)
  let server: WatchedServer | undefined
  try {
    const name = `PostgreSQL ${binaries.version}`
    const id = `postgres-${binaries.major}`
    const pidFile = join(dataFolder, `${id}.pid`)
    const stopSignal = 'SIGINT' // fast: ends the sessions, writes a checkpoint
    await waitForSurvivors({ name, pidFile, stopSignal, say, signal })
    const state = readState(dataFolder)
    const place = await preparePlace(dataFolder, binaries, say)
    const cluster = join(place.folder, id)
    if (!existsSync(cluster)) {
      say(`Making a database cluster for ${name} in ${shownPath(cluster)}.`)
      await createCluster(place, cluster, state.adminPassword, signal)
    }

    const cronIsThere = hasCronLibrary(place.bin)
    const logFile = join(dataFolder, 'logs', `${id}.log`)
    const start = async (port: number) => {
      writeConfiguration(place, cluster, {
        port,
        database,
        cronIsThere,
        settings: options.settings,
      })
      const command = join(place.bin, 'postgres')
      const env = serverEnvironment()
      const { user } = place
      const args = ['-D', cluster]
      return startWatched({ name, command, args, env, user, logFile, pidFile, stopSignal })
    }
    const url = (role: string, password: string, port: number, name: string) =>
      `postgres://${encodeURIComponent(role)}:${password}@127.0.0.1:${port}/${encodeURIComponent(name)}`

    let port = await freePort(state.ports[id])
    for (let attempt = 1; ; attempt += 1) {
      server = await start(port)
      if (
        await isReady(server, url('postgres', state.adminPassword, port, 'postgres'), place, signal)
      )
        break
      // Between our look and the server's, somebody else took the port.
      const portTaken = /Address already in use/.test(server.logSince())
      if (!portTaken || attempt === 3) throw diedAtStart(name, server, logFile, cluster)
      port = await freePort()
    }
    rememberPort(dataFolder, id, port)
    const running = server
    const adminUrl = url('postgres', state.adminPassword, port, database)
    const hasCron = await prepareDatabase(adminUrl, database)
    return {
      kind: binaries.kind,
      version: binaries.version,
      adminUrl,
      urlFor: (role, name = database) =>
        url(role, role === 'postgres' ? state.adminPassword : state.rolePassword, port, name),
      description: `${name} (${binaries.kind}, ${describe(binaries)}) on 127.0.0.1:${port}, data in ${shownPath(cluster)}`,
      logFile,
      ended: running.ended,
      hasCron,
      async stop() {
        await running.stop()
        release()
      },
    }
  } catch (error) {
    await server?.stop()
    release()
    throw error
  }
}

function describe(binaries: PostgresBinaries): string {
  return binaries.kind === 'installed' ? binaries.bin : 'from npm'
}

/** True when it answers, false when it has ended. Recovery after a crash may take long: as long as it runs, we wait. */
async function isReady(
  server: WatchedServer,
  url: string,
  place: PostgresPlace,
  signal?: AbortSignal,
): Promise<boolean> {
  while (server.isRunning()) {
    signal?.throwIfAborted()
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
    client.on('error', () => undefined)
    try {
      await client.connect()
      return server.isRunning()
    } catch (error) {
      // Unless another server has just taken the port: then ours is about to end.
      const isOurs = server.logSince().includes('ready to accept connections')
      const isWrongPassword = (error as { code?: string }).code === '28P01'
      if (isOurs && isWrongPassword) throw passwordLost(place, error)
    } finally {
      await client.end().catch(() => undefined)
    }
    await wait(30, undefined, { signal })
  }
  return false
}

function passwordLost(place: PostgresPlace, cause: unknown): UserError {
  return new UserError(
    `The password in local.json is not the one of the PostgreSQL data in ${shownPath(place.folder)}.\n` +
      `Restore local.json, or delete the postgres-… folder there to begin with an empty database.`,
    { cause },
  )
}
