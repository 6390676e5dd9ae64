import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import type { Role } from '../../cli/database.ts'
import { withClient } from '../../local/postgresDatabase.ts'
import { atEnd } from './cleanUp.ts'
import type { ProvidedPostgres } from './provided.ts'
import { copyDatabase, testsRole } from './templates.ts'

/** The roles of the migrations, and the one that owns the databases of tests and sees all sessions. */
export type TestRole = Role | typeof testsRole

/** A database of one test file, on the PostgreSQL of the project. */
export interface TestDatabase {
  name: string
  /** For DATABASE_URL. Default: sluice_owner. */
  url(role?: TestRole): string
  /** A new connection, which ends with the test file. Default: as sluice_owner. */
  client(role?: TestRole): Promise<pg.Client>
  /** Ends its connections and drops it, before the test file ends. Called a second time, does nothing. */
  drop(): Promise<void>
}

/**
 * A new database: `migrated` has the engine and no model, `applied` the models of views/ too. It is dropped when the
 * test file ends. No role that reaches it is a superuser.
 */
export async function testDatabase(
  template: 'migrated' | 'applied' = 'migrated',
): Promise<TestDatabase> {
  const { address, password } = testPostgres()
  const name = `test_${randomBytes(6).toString('hex')}`
  const url = (role: string, database: string) =>
    `postgres://${role}:${password}@${address}/${database}`
  const asTests = <Result>(work: (client: pg.Client) => Promise<Result>) =>
    withClient(url(testsRole, 'postgres'), work)

  await asTests((client) => copyDatabase(client, template, name))
  const clients: pg.Client[] = []
  const database: TestDatabase = {
    name,
    url: (role = 'sluice_owner') => url(role, name),
    async client(role = 'sluice_owner') {
      const client = new pg.Client({ connectionString: url(role, name) })
      client.on('error', () => undefined)
      await client.connect()
      clients.push(client)
      return client
    },
    async drop() {
      await Promise.all(clients.splice(0).map((client) => client.end()))
      // Without force: a process that a test left behind shall be noticed.
      await asTests((client) => client.query(`drop database if exists ${name}`))
    },
  }
  atEnd(() => database.drop())
  return database
}

/** The PostgreSQL that this project's tests run on. */
export function testPostgres(): ProvidedPostgres {
  const kind = inject('postgresKind')
  const found = inject('postgres')[kind]
  if (!found) throw new Error(`No PostgreSQL was started for the project "${kind}".`)
  return found
}
