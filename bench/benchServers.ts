import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { readConfig } from '../cli/config.ts'
import { migrate } from '../cli/migrate.ts'
import { findOrStartKafka, findOrStartPostgres } from '../local/servers.ts'
import { findKafkaJars } from '../local/kafkaJars.ts'
import { projectFolder } from '../cli/projectFolder.ts'

export interface BenchServers {
  /** A connection to a migrated database, as a role, that is closed in the end. */
  client(this: void, role: string): Promise<pg.Client>
  /** For DATABASE_URL. */
  url(this: void, role: string): string
  /** Empty without Kafka. */
  brokers: string[]
}

/** A quarter of the memory as shared buffers, as PostgreSQL's documentation advises, and room for the log between checkpoints. */
export const sizedForServer = {
  shared_buffers: `${Math.floor(totalmem() / 4 / 2 ** 20)}MB`,
  max_wal_size: '12GB',
}

/**
 * Runs `work` with a PostgreSQL of its own, migrated, and if wanted a Kafka; both are gone afterwards. `settings` are
 * PostgreSQL's.
 */
export async function withServers(
  options: { kafka: boolean; settings?: Record<string, string> },
  work: (servers: BenchServers) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  // open to the user that runs PostgreSQL when we are root
  chmodSync(folder, 0o755)
  const undo: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  try {
    // servers of our own, whatever the environment names
    const given = /^(DATABASE_URL|PG[A-Z]+|KAFKA_)/
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !given.test(name)),
    )
    const say = () => undefined
    const local = { dataFolder: folder, env, say }
    const server = await findOrStartPostgres({ ...local, settings: options.settings })
    undo.push(() => server.stop())
    const { password } = new URL(server.urlFor('sluice_owner'))
    const config = { DATABASE_URL: server.urlFor('postgres'), SLUICE_ROLE_PASSWORD: password }
    await migrate(readConfig(config))
    let brokers: string[] = []
    if (options.kafka) {
      const jars = await findKafkaJars({ dataFolder: join(projectFolder, '.sluice'), env, say })
      const kafka = await findOrStartKafka({ ...local, ...(jars.folder && { jars: jars.folder }) })
      undo.push(() => kafka.stop())
      brokers = kafka.brokers
    }
    const client = async (role: string) => {
      const connection = new pg.Client({ connectionString: server.urlFor(role) })
      connection.on('error', () => undefined)
      await connection.connect()
      undo.push(() => connection.end())
      return connection
    }
    await work({ client, url: (role) => server.urlFor(role), brokers })
  } finally {
    for (const step of undo.reverse()) await step()
  }
}

/** The one in the middle. */
export const median = (values: number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
