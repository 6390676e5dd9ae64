import { resolve } from 'node:path'
import { UserError } from '../cli/userError.ts'
import { dockerRuns, startDockerKafka, startDockerPostgres } from './docker.ts'
import { findPostgres } from './findPostgres.ts'
import { givenKafka } from './givenKafka.ts'
import { givenPostgres } from './givenPostgres.ts'
import { findJava, type Java } from './java.ts'
import { startKafka } from './kafka.ts'
import { findKafkaJars } from './kafkaJars.ts'
import { lockDataFolder } from './lock.ts'
import { startPostgres } from './postgres.ts'
import { explainingSystemErrors } from './systemError.ts'

export { giveLocalPasswords } from './passwords.ts'

export interface LocalPostgres {
  kind: 'given' | 'installed' | 'embedded' | 'docker'
  version: string
  /** A superuser's URL on servers of our own; the given URL on a given one. */
  adminUrl: string
  /** The URL for a role (see giveLocalPasswords); on a given server the given URL, whatever the role. */
  urlFor(role: string, database?: string): string
  /** One line for a person: which server, where it listens, where its data is. */
  description: string
  logFile?: string
  /** Of a server that was started as a process: resolves when it has ended. */
  ended?: Promise<void>
  /** Whether pg_cron is loaded for the database, so that `create extension pg_cron` works. */
  hasCron: boolean
  /** Stops it and waits until it is gone. Can be called twice. Leaves a given server alone. */
  stop(): Promise<void>
}

export interface LocalKafka {
  kind: 'given' | 'maven' | 'docker'
  version: string
  brokers: string[]
  description: string
  logFile?: string
  /** Of a server that was started as a process: resolves when it has ended. */
  ended?: Promise<void>
  stop(): Promise<void>
}

export interface LocalServerOptions {
  /** Holds the servers' data, logs, ports and passwords; made when missing. */
  dataFolder: string
  env: NodeJS.ProcessEnv
  /** Called with a line for a person at each step that takes long. */
  say: (line: string) => void
  signal?: AbortSignal
  /** Which PostgreSQL to take where the machine has both. */
  prefer?: 'installed' | 'embedded'
  /** The database to use, made when missing. Default: sluice. */
  database?: string
  /** Further settings of the server: of postgresql.conf, or of Kafka's server.properties. */
  settings?: Record<string, string>
  /** A folder with Kafka's jars, to share them between data folders. Default: SLUICE_KAFKA_JARS. */
  jars?: string
}

/**
 * The PostgreSQL to work with: the one that DATABASE_URL or PGHOST names, else one of our own, started.
 * Throws UserError when the given one cannot be used, or when none can be started.
 */
export async function findOrStartPostgres(options: LocalServerOptions): Promise<LocalPostgres> {
  const given = await givenPostgres(options)
  if (given) return given
  const { found, reasons } = await findPostgres(options.prefer)
  if (found) {
    const dataFolder = resolve(options.dataFolder)
    return explainingSystemErrors(dataFolder, () =>
      startPostgres({ ...options, dataFolder, binaries: found }),
    )
  }
  if (await dockerRuns()) return startDockerPostgres(options)
  throw nothingToUse('PostgreSQL', 'DATABASE_URL=postgres://user@host:5432/database', [
    'Install PostgreSQL 15 or newer, or let npm install the embedded one: `npm ci --include=dev --include=optional`.',
    ...reasons,
  ])
}

/**
 * The Kafka to work with: the one that KAFKA_BROKERS names, else one of our own, started.
 * Throws UserError when the given one cannot be reached, or when none can be started.
 */
export async function findOrStartKafka(options: LocalServerOptions): Promise<LocalKafka> {
  const given = await givenKafka(options)
  if (given) return given
  const java = await findJava(options.env)
  const reasons = [java.reason]
  if (java.command !== undefined) {
    const { command } = java
    const dataFolder = resolve(options.dataFolder)
    const started = await explainingSystemErrors(dataFolder, () =>
      fetchAndStartKafka({ ...options, dataFolder, java: { ...java, command } }, reasons),
    )
    if (started) return started
  }
  if (await dockerRuns()) return startDockerKafka(options)
  throw nothingToUse('Kafka', 'KAFKA_BROKERS=host:9092', [
    'Install a JDK 17 or newer and Maven: Sluice then fetches Kafka itself.',
    ...reasons.filter((reason) => reason !== undefined),
  ])
}

async function fetchAndStartKafka(
  options: LocalServerOptions & { java: Java & { command: string } },
  reasons: (string | undefined)[],
): Promise<LocalKafka | undefined> {
  const release = lockDataFolder(options.dataFolder)
  try {
    const jars = await findKafkaJars(options)
    reasons.push(jars.reason)
    return jars.folder === undefined
      ? undefined
      : await startKafka({ ...options, jars: jars.folder })
  } finally {
    release()
  }
}

/** None of the ways to a server can be gone on this machine. */
export class NothingToUse extends UserError {
  override name = 'NothingToUse'
  /** What was found instead, a sentence each. */
  readonly found: string[]

  constructor(message: string, found: string[]) {
    super(message)
    this.found = found
  }
}

function nothingToUse(what: string, given: string, [install, ...found]: string[]): NothingToUse {
  return new NothingToUse(
    `There is no ${what} to use. One of these three helps:\n` +
      `  1. Give one that runs: ${given}\n` +
      `  2. ${install}\n` +
      `${found.map((reason) => `     Found: ${reason}\n`).join('')}` +
      `  3. Start Docker. Found: no Docker engine that answers.`,
    found.filter((reason) => reason !== undefined),
  )
}
