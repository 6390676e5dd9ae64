import pg from 'pg'
import { changeModels } from '../../cli/apply.ts'
import { readConfig } from '../../cli/config.ts'
import { migrate } from '../../cli/migrate.ts'
import { withClient } from '../../local/postgresDatabase.ts'
import type { LocalPostgres } from '../../local/servers.ts'
import type { ProvidedPostgres } from './provided.ts'

/** Makes and drops the databases of tests. It is no superuser. */
export const testsRole = 'sluice_tests' as const

/**
 * Makes the two databases that test databases are copied from: `migrated` (structure and engine, no model) and
 * `applied` (with the models of views/). It is the last that a superuser does on this server.
 */
export async function makeTemplates(server: LocalPostgres): Promise<ProvidedPostgres> {
  const { host, password } = parseUrl(server.urlFor(testsRole))
  const config = (role: string, database: string) =>
    readConfig({ DATABASE_URL: server.urlFor(role, database), SLUICE_ROLE_PASSWORD: password })

  await withClient(server.urlFor('postgres', 'postgres'), async (admin) => {
    await admin.query(
      `create role ${testsRole} login createdb password ${pg.escapeLiteral(password)}`,
    )
    // Else it would not see what kind of session each is.
    await admin.query(`grant pg_read_all_stats to ${testsRole}`)
    await admin.query(`create database migrated owner ${testsRole} template template0`)
  })
  await migrate(config('postgres', 'migrated'))
  await withClient(server.urlFor(testsRole, 'postgres'), (tests) =>
    copyDatabase(tests, 'migrated', 'applied'),
  )
  await changeModels(config('sluice_owner', 'applied'), { planOnly: false, prune: false })
  return { version: server.version, address: host, password }
}

function parseUrl(url: string): { host: string; password: string } {
  const { host, password } = new URL(url)
  return { host, password: decodeURIComponent(password) }
}

/** Copies a database. Rights on the database itself are not copied by PostgreSQL, so they are given as in migrations/. */
export async function copyDatabase(client: pg.Client, from: string, to: string): Promise<void> {
  // by files: page by page it would go through the log
  await client.query(`create database ${to} template ${from} strategy file_copy`)
  await client.query(`grant create, connect on database ${to} to sluice_owner`)
}
