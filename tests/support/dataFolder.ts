import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectFolder } from '../../cli/projectFolder.ts'
import { findKafkaJars, kafkaVersion } from '../../local/kafkaJars.ts'
import type { LocalServerOptions } from '../../local/servers.ts'

/** A new data folder outside the project. */
export function newDataFolder(): { folder: string; remove(this: void): void } {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-tests-'))
  // Open to the user that runs PostgreSQL when we are root.
  chmodSync(folder, 0o755)
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

const say = (line: string) => console.log(line)

/** The environment of servers and commands that tests start: it names no server. */
export function bareEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'JAVA_HOME', 'LANG', 'TMPDIR', 'SLUICE_KAFKA_JARS']
  return Object.fromEntries(
    names.map((name) => [name, process.env[name]]).filter(([, value]) => value !== undefined),
  ) as Record<string, string>
}

/** What servers of tests have in common: the jars that the project fetched once, and no word for each step. */
export async function serverOptions(dataFolder: string): Promise<LocalServerOptions> {
  const env = bareEnvironment()
  return { dataFolder, env, say: () => undefined, jars: await projectJars(env) }
}

/**
 * Faster than it is safe: nothing here must survive a power cut. A killed client or server loses nothing by it.
 */
export const postgresSettings = {
  fsync: 'off',
  full_page_writes: 'off',
  wal_compression: 'off',
  max_connections: '200',
  shared_buffers: '128MB',
}

/** Kafka's jars below the project's .sluice/, fetched when missing, once. Undefined where Maven can't fetch them. */
function projectJars(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  fetched ??= fetchJars(env)
  return fetched
}

let fetched: Promise<string | undefined> | undefined

async function fetchJars(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const dataFolder = join(projectFolder, '.sluice')
  const folder = join(dataFolder, `kafka-${kafkaVersion()}`, 'lib')
  try {
    return (await findKafkaJars({ dataFolder, env, say })).folder
  } catch (error) {
    // Another run may have put them there in the meantime.
    if (existsSync(folder)) return folder
    throw error
  }
}
