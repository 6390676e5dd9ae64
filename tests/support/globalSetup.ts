import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { findOrStartKafka, findOrStartPostgres } from '../../local/servers.ts'
import { compile } from './compiled.ts'
import { newDataFolder, postgresSettings, serverOptions } from './dataFolder.ts'
import { installPostgres } from './installPostgres.ts'
import type { PostgresKind, ProvidedPostgres } from './provided.ts'
import { makeTemplates } from './templates.ts'

/**
 * For all test files: starts one Kafka and a PostgreSQL for each project that runs, and compiles the command line. Stops
 * the servers at the end.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await installPostgres()
  const { folder, remove } = newDataFolder()
  const stops: (() => Promise<void>)[] = []
  const stopAll = async () => {
    await Promise.allSettled(stops.map((stop) => stop()))
    remove()
  }
  const kinds = project.vitest.projects.map(({ name }) => name as PostgresKind)
  const compiled = join(folder, 'compiled')
  project.provide('compiled', compiled)
  const tasks = [
    startKafka(project, folder, stops),
    compile(compiled),
    ...kinds.map((kind) => startPostgres(kind, folder, stops)),
  ] as const
  // All of them, so that none is still starting when we stop what was started.
  const results = await Promise.allSettled(tasks)
  const failure = results.find((result) => result.status === 'rejected')
  if (failure) {
    await stopAll()
    throw failure.reason
  }
  const [, , ...servers] = await Promise.all(tasks)
  project.provide(
    'postgres',
    Object.fromEntries(kinds.map((kind, index) => [kind, servers[index]])) as Record<
      PostgresKind,
      ProvidedPostgres | undefined
    >,
  )
  return stopAll
}

async function startKafka(
  project: TestProject,
  folder: string,
  stops: (() => Promise<void>)[],
): Promise<undefined> {
  const kafka = await findOrStartKafka(await serverOptions(folder))
  stops.push(() => kafka.stop())
  project.provide('brokers', kafka.brokers)
}

async function startPostgres(
  kind: PostgresKind,
  folder: string,
  stops: (() => Promise<void>)[],
): Promise<ProvidedPostgres> {
  const dataFolder = join(folder, kind)
  mkdirSync(dataFolder, { mode: 0o755 })
  const server = await findOrStartPostgres({
    ...(await serverOptions(dataFolder)),
    prefer: kind,
    settings: postgresSettings,
  })
  stops.push(() => server.stop())
  if (server.kind !== kind) {
    console.log(
      `There is no ${kind} PostgreSQL: its tests run on PostgreSQL ${server.version} (${server.kind}).`,
    )
  }
  return makeTemplates(server)
}
