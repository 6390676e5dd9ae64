import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { kafkaVersion } from '../../local/kafkaJars.ts'
import type { ProcessId } from '../../local/processes.ts'
import type { LocalServerOptions } from '../../local/servers.ts'

/** A new data folder outside the project, and what goes with it. */
export function newDataFolder(): { folder: string; remove(this: void): void } {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'))
  // Open to the user that runs PostgreSQL when we are root.
  chmodSync(folder, 0o755)
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Options without any server given by the environment; what is said is kept in `said`. */
export function optionsFor(
  dataFolder: string,
  more: Partial<LocalServerOptions> = {},
): LocalServerOptions & { said: string[] } {
  const said: string[] = []
  return {
    dataFolder,
    env: { PATH: process.env.PATH, JAVA_HOME: process.env.JAVA_HOME, HOME: process.env.HOME },
    say: (line) => said.push(line),
    jars: sharedJars(),
    said,
    ...more,
  }
}

/** The jars that the project has already, so that each test need not fetch them. */
export function sharedJars(): string | undefined {
  const ofProject = resolve('.sluice', `kafka-${kafkaVersion()}`, 'lib')
  return process.env.SLUICE_KAFKA_JARS ?? (existsSync(ofProject) ? ofProject : undefined)
}

/** The processes of a server that was started in a data folder: its watcher and itself. */
export function processesOf(dataFolder: string, server: 'postgres' | 'kafka'): ProcessId[] {
  const file = readdirSync(dataFolder).find(
    (name) => /^[a-z]+(-[0-9]+)?\.pid$/.test(name) && name.startsWith(server),
  )
  if (file === undefined) throw new Error(`No ${server} was started in ${dataFolder}.`)
  return JSON.parse(readFileSync(join(dataFolder, file), 'utf8')) as ProcessId[]
}
