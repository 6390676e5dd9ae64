import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { UserError } from '../cli/userError.ts'
import { diedAtStart } from './diedAtStart.ts'
import { freePort } from './freePort.ts'
import { kafkaAnswers } from './kafkaAnswers.ts'
import { kafkaVersion } from './kafkaJars.ts'
import { unicodeNames, type Java } from './java.ts'
import { formatStorage, writeProperties } from './kafkaStorage.ts'
import { readState, rememberPort } from './localState.ts'
import { lockDataFolder } from './lock.ts'
import type { LocalKafka, LocalServerOptions } from './servers.ts'
import { shownPath } from './shownPath.ts'
import { waitForSurvivors } from './survivors.ts'
import { startWatched, type WatchedServer } from './watchedServer.ts'

const logging = fileURLToPath(new URL('./log4j2.properties', import.meta.url))
const startTimeoutMs = 120_000

/** Starts a Kafka of our own (one node, KRaft) on 127.0.0.1; its data is kept in `kafka-data`. */
export async function startKafka(
  options: LocalServerOptions & { java: Java & { command: string }; jars: string },
): Promise<LocalKafka> {
  const { dataFolder, say, signal, java, jars } = options
  const release = lockDataFolder(dataFolder)
  let server: WatchedServer | undefined
  try {
    const name = `Kafka ${kafkaVersion()}`
    const pidFile = join(dataFolder, 'kafka.pid')
    const stopSignal = 'SIGTERM'
    await waitForSurvivors({ name, pidFile, stopSignal, say, signal })
    const data = join(dataFolder, 'kafka-data')
    const classpath = join(jars, '*')
    if (!existsSync(data)) {
      say(`Making the storage of ${name} in ${shownPath(data)}.`)
      await formatStorage({ java: java.command, classpath, data, signal })
    }

    const logFile = join(dataFolder, 'logs', 'kafka.log')
    const { ports } = readState(dataFolder)
    let port = await freePort(ports.kafka)
    let controllerPort = await freePort(ports['kafka-controller'])
    for (let attempt = 1; ; attempt += 1) {
      const properties = writeProperties(join(dataFolder, 'kafka.properties'), {
        port,
        controllerPort,
        data,
        settings: options.settings,
      })
      server = await startWatched({
        name,
        command: java.command,
        args: [
          ...['-Xms128m', '-Xmx512m', '-XX:+ExitOnOutOfMemoryError', '-Djava.awt.headless=true'],
          `-Dlog4j2.configurationFile=${logging}`,
          ...['-cp', classpath, 'kafka.Kafka', properties],
        ],
        env: { PATH: options.env.PATH ?? '/usr/bin:/bin', ...unicodeNames },
        logFile,
        pidFile,
        stopSignal,
      })
      if (await isReady(server, `127.0.0.1:${port}`, clusterId(data), logFile, signal)) break
      // Between our look and the server's, somebody else took a port.
      const portTaken = /Address already in use|BindException/.test(server.logSince())
      if (!portTaken || attempt === 3) throw diedAtStart(name, server, logFile, data)
      port = await freePort()
      controllerPort = await freePort()
    }
    rememberPort(dataFolder, 'kafka', port)
    rememberPort(dataFolder, 'kafka-controller', controllerPort)
    const running = server
    return {
      kind: 'maven',
      version: kafkaVersion(),
      brokers: [`127.0.0.1:${port}`],
      description: `${name} (by Maven, on Java ${java.version}) on 127.0.0.1:${port}, data in ${shownPath(data)}`,
      logFile,
      ended: running.ended,
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

/** True when this very cluster answers on the port, false when the server has ended. */
async function isReady(
  server: WatchedServer,
  broker: string,
  cluster: string,
  logFile: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const deadline = Date.now() + startTimeoutMs
  let failure: unknown
  while (server.isRunning()) {
    signal?.throwIfAborted()
    try {
      if ((await kafkaAnswers([broker], 2000)) === cluster) return server.isRunning()
    } catch (error) {
      failure = error
    }
    if (Date.now() > deadline) {
      throw new UserError(
        `Kafka on ${broker} does not answer ${startTimeoutMs / 1000} s after its start. See ${shownPath(logFile)}.`,
        { cause: failure },
      )
    }
    await wait(50, undefined, { signal })
  }
  return false
}

function clusterId(data: string): string {
  const file = join(data, 'meta.properties')
  let text = ''
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    // The same as a file without the line.
  }
  const id = /^cluster\.id=(.+)$/m.exec(text)?.[1]
  if (id !== undefined) return id.trim()
  throw new UserError(
    `${shownPath(file)} names no cluster: the Kafka data is damaged. Delete ${shownPath(data)} to begin with an empty Kafka.`,
  )
}
