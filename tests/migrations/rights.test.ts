import { beforeAll, describe, expect, test } from 'vitest'
import { withClient } from '../../local/postgresDatabase.ts'
import type { LocalPostgres } from '../../local/servers.ts'
import { testDatabase } from '../support/database.ts'
import { ownPostgres } from '../support/ownPostgres.ts'
import { sluice, sluiceOk } from '../support/sluice.ts'

describe.each(['installed', 'embedded'] as const)('on the %s PostgreSQL', (kind) => {
  let server: LocalPostgres
  const urlOf = (role: string, database: string) => {
    const url = new URL(server.urlFor('postgres', database))
    url.username = role
    url.password = 'secret'
    return url.href
  }

  beforeAll(async () => {
    server = await ownPostgres({}, kind)
    await withClient(server.adminUrl, async (admin) => {
      await admin.query(`create role manager login createrole password 'secret'`)
      await admin.query(`create role stranger login password 'secret'`)
      await admin.query('create database managed owner manager')
      await admin.query('create database foreign_one')
    })
  })

  test('a role without rights gets one message, which says what it lacks, and nothing is left behind', async () => {
    const { code, stdout, stderr } = await sluice(['migrate'], {
      DATABASE_URL: urlOf('stranger', 'foreign_one'),
    })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/stranger.*foreign_one.*permission denied.*createrole/s)
    expect(stderr).not.toMatch(/^\s+at /m)
    const { rows } = await withClient(server.urlFor('postgres', 'foreign_one'), (admin) =>
      admin.query(
        `select
          (select count(*)::int from pg_namespace where nspname in ('ops', 'bronze', 'silver', 'gold', 'store')) as schemas,
          (select count(*)::int from pg_roles where rolname like 'sluice%') as roles`,
      ),
    )
    expect(rows).toEqual([{ schemas: 0, roles: 0 }])
  })

  test('the owner of a database who may create roles migrates and applies, without being a superuser', async () => {
    const env = { DATABASE_URL: urlOf('manager', 'managed') }
    await sluiceOk(['up'], env)
    const { rows } = await withClient(env.DATABASE_URL, (client) =>
      client.query<{ models: number }>(
        `select count(*)::int as models
        from pg_views
        where schemaname = 'gold' and viewowner = 'sluice_owner'`,
      ),
    )
    expect(rows[0]!.models).toBeGreaterThan(5)
    expect(await sluiceOk(['migrate'], env)).toBe('Nothing to do: the database is up to date.\n')
  })
})

test('a database that is not there is one message that says how to make it', async () => {
  const database = await testDatabase('migrated')
  const url = new URL(database.url())
  url.pathname = '/nowhere'
  const { code, stderr } = await sluice(['migrate'], { DATABASE_URL: url.href })
  expect(code).toBe(1)
  expect(stderr).toMatch(/nowhere.*createdb nowhere/s)
  expect(stderr).not.toMatch(/^\s+at /m)
})
