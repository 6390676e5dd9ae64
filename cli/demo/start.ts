import { createHmac } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { startGrafana, type LocalGrafana } from '../../local/grafana.ts'
import { readState } from '../../local/localState.ts'
import {
  findOrStartKafka,
  findOrStartPostgres,
  giveLocalPasswords,
  type LocalKafka,
  type LocalPostgres,
} from '../../local/servers.ts'
import { shownPath } from '../../local/shownPath.ts'
import { changeModels } from '../apply.ts'
import type { Config } from '../config.ts'
import type { Role } from '../database.ts'
import { migrate } from '../migrate.ts'
import { projectFolder } from '../projectFolder.ts'
import { exampleViews } from '../viewFolders.ts'
import { endlessKafkaSettings, kafkaOrNone } from './kafkaOrNone.ts'

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
  /** Which of the example domains run; undefined: all of them, and the models are those of the settings. */
  domains: string[] | undefined
  dataFolder: string
  /** Whether events are made for ever, so that Kafka must not keep them all. */
  isEndless: boolean
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
  const [{ postgres, grafana }, kafka] = await all([
    begin(findOrStartPostgres(local)).then((started) => prepare(options, started)),
    options.withKafka
      ? kafkaOrNone(
          begin(
            findOrStartKafka({ ...local, settings: options.isEndless ? endlessKafkaSettings : {} }),
          ),
          say,
        )
      : Promise.resolve(undefined),
  ])
  const filesFolder = kafka ? undefined : resolve(dataFolder, 'events')
  if (filesFolder) {
    mkdirSync(filesFolder, { recursive: true })
    say(`Events go through files in ${shownPath(filesFolder)}`)
  }

  return {
    postgres,
    kafka,
    filesFolder,
    grafana,
    configFor: (role) => ({
      ...configAt(config, postgres.urlFor(role)),
      KAFKA_BROKERS: kafka?.brokers,
      SLUICE_FILES: filesFolder,
    }),
    environmentFor: (role) => ({
      DATABASE_URL: postgres.urlFor(role),
      KAFKA_BROKERS: kafka?.brokers.join(',') ?? '',
      SLUICE_FILES: filesFolder ?? '',
      // the hashes of one data folder are the same from one start to the next
      SLUICE_REDACT_KEY: config.SLUICE_REDACT_KEY ?? redactKey(dataFolder),
      SLUICE_REDACT_KEY_FILE: '',
      // several commands can't serve one port
      SLUICE_HTTP_PORT: '',
    }),
  }
}

/** Brings the database up to date; whoever reads it can begin beside. */
async function prepare(
  options: StartOptions,
  postgres: LocalPostgres,
): Promise<Pick<Stack, 'postgres' | 'grafana'>> {
  const { config, domains, say } = options
  const { migrations } = await migrate(configAt(config, postgres.adminUrl))
  await giveLocalPasswords(postgres)
  const [changes, grafana] = await all([
    changeModels(
      {
        ...configAt(config, postgres.urlFor('sluice_owner')),
        viewFolders: domains ? exampleViews(domains) : config.viewFolders,
      },
      { planOnly: false, prune: false },
    ),
    options.withGrafana ? beginGrafana(options, postgres) : Promise.resolve(undefined),
  ])
  const made = changes.filter((change) => change.action !== 'gone').length
  say(`Migrated (${migrations.length} new migrations), applied (${made} changed models).`)
  return { postgres, grafana }
}

const configAt = (config: Config, url: string): Config => ({
  ...config,
  DATABASE_URL: url,
  hasDatabase: true,
})

const redactKey = (dataFolder: string) =>
  createHmac('sha256', readState(dataFolder).rolePassword).update('redact').digest('hex')

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
