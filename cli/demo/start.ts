import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { startGrafana, type LocalGrafana } from '../../local/grafana.ts'
import {
  findOrStartKafka,
  findOrStartPostgres,
  giveLocalPasswords,
  NothingToUse,
  type LocalKafka,
  type LocalPostgres,
} from '../../local/servers.ts'
import { shownPath } from '../../local/shownPath.ts'
import { changeModels } from '../apply.ts'
import type { Config } from '../config.ts'
import type { Role } from '../database.ts'
import { migrate } from '../migrate.ts'
import { projectFolder } from '../projectFolder.ts'

export interface Stack {
  postgres: LocalPostgres
  /** Undefined where events go through files. */
  kafka: LocalKafka | undefined
  /** Where those are. */
  filesFolder: string | undefined
  grafana: LocalGrafana | undefined
  /** Our settings, with the database as one of its roles sees it. */
  configFor(role: Role): Config
  /** The same for a process of its own. */
  environmentFor(role: Role): NodeJS.ProcessEnv
}

export interface StartOptions {
  config: Config
  dataFolder: string
  withGrafana: boolean
  /** Whether events go through Kafka, where one can be had; else through files. */
  withKafka: boolean
  say: (line: string) => void
  signal: AbortSignal
  /** Called with what must be stopped, as soon as it runs. */
  onStarted: (stop: () => Promise<void>) => void
}

/** Finds or starts the servers, and brings the database up to date. */
export async function startStack(options: StartOptions): Promise<Stack> {
  const { config, dataFolder, say, signal, onStarted } = options
  const local = { dataFolder, env: process.env, say, signal }
  const begin = async <T extends { description: string; stop(): Promise<void> }>(
    server: Promise<T>,
  ) => {
    const started = await server
    onStarted(() => started.stop())
    say(started.description)
    return started
  }
  const [postgres, kafka] = await all([
    begin(findOrStartPostgres(local)),
    options.withKafka
      ? kafkaOrNone(begin(findOrStartKafka(local)), say)
      : Promise.resolve(undefined),
  ])
  const filesFolder = kafka ? undefined : resolve(dataFolder, 'events')
  if (filesFolder) {
    mkdirSync(filesFolder, { recursive: true })
    say(`Events go through files in ${shownPath(filesFolder)}`)
  }

  const configAt = (url: string): Config => ({
    ...config,
    DATABASE_URL: url,
    hasDatabase: true,
    KAFKA_BROKERS: kafka?.brokers,
    SLUICE_FILES: filesFolder,
  })
  const { migrations } = await migrate(configAt(postgres.adminUrl))
  await giveLocalPasswords(postgres)
  const configFor = (role: Role) => configAt(postgres.urlFor(role))
  const changes = await changeModels(configFor('sluice_owner'), { planOnly: false, prune: false })
  const made = changes.filter((change) => change.action !== 'gone').length
  say(`Migrated (${migrations.length} new migrations), applied (${made} changed models).`)

  return {
    postgres,
    kafka,
    filesFolder,
    grafana: options.withGrafana ? await beginGrafana(options, postgres) : undefined,
    configFor,
    environmentFor: (role) => ({
      DATABASE_URL: postgres.urlFor(role),
      KAFKA_BROKERS: kafka?.brokers.join(',') ?? '',
      SLUICE_FILES: filesFolder ?? '',
      // several commands can't serve one port
      SLUICE_HTTP_PORT: '',
    }),
  }
}

/** Without a JDK and Maven there is none, which is no reason to show nothing. */
async function kafkaOrNone(
  starting: Promise<LocalKafka>,
  say: (line: string) => void,
): Promise<LocalKafka | undefined> {
  try {
    return await starting
  } catch (error) {
    if (!(error instanceof NothingToUse)) throw error
    say(`There is no Kafka to use. Found: ${error.found.join(' ')}`)
    return undefined
  }
}

async function beginGrafana(
  options: StartOptions,
  postgres: LocalPostgres,
): Promise<LocalGrafana | undefined> {
  const grafana = await startGrafana({
    dataFolder: options.dataFolder,
    env: process.env,
    settingsFolder: join(projectFolder, 'grafana'),
    databaseUrl: postgres.urlFor('grafana_reader'),
    signal: options.signal,
  })
  if (grafana) options.onStarted(() => grafana.stop())
  return grafana
}

/** Like Promise.all, but waits for every one before it fails, so that nothing is left starting. */
async function all<A, B>(both: [Promise<A>, Promise<B>]): Promise<[A, B]> {
  const results = await Promise.allSettled(both)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
  return Promise.all(both)
}
