// What is wrong with a server is one message for a person, on stderr, with exit code 1.
import { beforeAll, expect, test } from 'vitest'
import type { Role } from '../../cli/database.ts'
import { withClient } from '../../local/postgresDatabase.ts'
import { view, viewsFolder } from '../models/project.ts'
import { atEnd } from '../support/cleanUp.ts'
import { testDatabase, testPostgres, type TestDatabase } from '../support/database.ts'
import { sluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'

let database: TestDatabase
/** A database of the same server, where the roles exist, with nothing in it. */
let bare: (role: Role) => string
beforeAll(async () => {
  database = await testDatabase('migrated')
  const name = `${database.name}_bare`
  bare = (role) => database.url(role).replace(database.name, name)
  const { address, password } = testPostgres()
  const asTests = (sql: string) =>
    withClient(`postgres://sluice_tests:${password}@${address}/postgres`, (client) =>
      client.query(sql),
    )
  await asTests(`create database ${name} template template0`)
  atEnd(() => asTests(`drop database ${name}`))
})

async function complaint(args: string[], url: string): Promise<string> {
  const { code, stdout, stderr } = await sluice(args, {
    DATABASE_URL: url,
    KAFKA_BROKERS: '127.0.0.1:1',
  })
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).not.toMatch(/^\s+at /m)
  expect(stderr).not.toContain(testPostgres().password)
  return stderr
}

test.each(['migrate', 'ingest', 'status'])('%s with nobody listening', async (command) => {
  const message = await complaint([command], 'postgres://somebody:secret@127.0.0.1:1/sluice')
  expect(message).toBe(
    'PostgreSQL at 127.0.0.1:1, database sluice, user somebody: connect ECONNREFUSED 127.0.0.1:1. Nothing listens there. Is the server running? See DATABASE_URL.\n',
  )
})

test('a host that is not known', async () => {
  const message = await complaint(['migrate'], 'postgres://somebody@no-such-host.invalid/sluice')
  expect(message).toMatch(/^PostgreSQL at no-such-host\.invalid:5432, .*See DATABASE_URL.*\n$/)
})

test('a wrong password', async () => {
  const url = database.url('sluice_owner').replace(testPostgres().password, 'wrong')
  expect(await complaint(['apply'], url)).toMatch(
    /^PostgreSQL at .*, user sluice_owner: password authentication failed .* The password is wrong\. See DATABASE_URL\.\n$/,
  )
})

test('a database that does not exist', async () => {
  const url = database.url('sluice_owner').replace(database.name, 'nothing_here')
  expect(await complaint(['apply'], url)).toMatch(
    /database "nothing_here" does not exist\. Create it: createdb nothing_here\n$/,
  )
})

test('a user who may not act as the role', async () => {
  const url = database.url('analyst')
  expect(await complaint(['apply'], url)).toMatch(/grant sluice_owner to analyst\.\n$/)
})

test('a database that was never migrated, for apply', async () => {
  expect(await complaint(['apply'], bare('sluice_owner'))).toMatch(
    /has no Sluice in it yet\. Run `sluice migrate` first\.\n$/,
  )
})

test.each([
  ['ingest', 'sluice_ingest'],
  ['refresh', 'sluice_refresh'],
  ['status', 'sluice_owner'],
] as const)('a database that was never migrated, for %s', async (command, role) => {
  expect(await complaint([command], bare(role))).toMatch(
    /has no Sluice in it yet\. Run `sluice up` first\.\n$/,
  )
})

test.each(['sluice_ingest', 'analyst'] as const)(
  'a migration by %s, who has no right to',
  async (role) => {
    expect(await complaint(['migrate'], bare(role))).toMatch(
      new RegExp(`^User ${role} may not migrate database `),
    )
  },
)

test('a connection that an administrator ends in the middle', async () => {
  const url = database.url('sluice_owner')
  const message = await withClient(url, async (holder) => {
    await holder.query('begin')
    await holder.query('lock table ops.models in access exclusive mode')
    const ended = complaint(['apply'], url)
    await until('apply waits for the lock', async () => {
      // which a transaction else sees as it was at first
      await holder.query('select pg_stat_clear_snapshot()')
      const { rowCount } = await holder.query(
        `select pg_terminate_backend(pid)
        from pg_stat_activity
        where application_name = 'sluice apply' and wait_event_type = 'Lock'`,
      )
      return rowCount === 1
    })
    return ended
  })
  expect(message).toMatch(
    /^The connection was lost: terminating connection due to administrator command\. .* run this once more\.\n$/,
  )
})

test('mistakes in models', async () => {
  const folder = viewsFolder({ 'shop/gold/a.sql': view('select nothing') })
  const environment = { DATABASE_URL: database.url(), SLUICE_VIEWS: folder }
  const { code, stdout, stderr } = await sluice(['apply'], environment)
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(
    /shop\/gold\/a\.sql:3:8: column "nothing" does not exist\n[^]*1 problem; nothing was changed\.\n$/,
  )
})
