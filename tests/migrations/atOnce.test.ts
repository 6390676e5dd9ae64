import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { roles } from '../../cli/database.ts'
import { projectFolder } from '../../cli/projectFolder.ts'
import { withClient } from '../../local/postgresDatabase.ts'
import { ownPostgres } from '../support/ownPostgres.ts'
import { sluice, sluiceOk } from '../support/sluice.ts'
import { fingerprint } from './fingerprint.ts'

const migrations = join(projectFolder, 'migrations')
const names = readdirSync(migrations)
  .filter((file) => file.endsWith('.sql'))
  .map((file) => file.replace('.sql', ''))
  .sort()
const server = await ownPostgres()

describe('twenty processes that migrate an empty server at once', () => {
  let ended: Awaited<ReturnType<typeof sluice>>[]

  beforeAll(async () => {
    const env = { DATABASE_URL: server.adminUrl, SLUICE_ROLE_PASSWORD: 'one for all' }
    ended = await Promise.all(Array.from({ length: 20 }, () => sluice(['migrate'], env)))
  })

  test('all succeed', () => {
    expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      ended.map(() => ({ code: 0, stderr: '' })),
    )
  })

  test('run each migration once', () => {
    const lines = ended.flatMap(({ stdout }) => stdout.split('\n'))
    const ran = lines.filter((line) => line.startsWith('migrated ')).sort()
    expect(ran).toEqual(names.map((name) => `migrated ${name}`))
  })

  test('leave roles that can log in with the password given, none of them a superuser', async () => {
    for (const role of roles) {
      const url = new URL(server.adminUrl)
      url.username = role
      url.password = encodeURIComponent('one for all')
      const { rows } = await withClient(url.href, (client) =>
        client.query(
          'select current_user as role, rolsuper from pg_roles where rolname = current_user',
        ),
      )
      expect(rows).toEqual([{ role, rolsuper: false }])
    }
  })

  test.runIf(server.hasCron)('schedule each standing job once, by pg_cron', async () => {
    const { rows } = await withClient(server.adminUrl, (client) =>
      client.query<{ wanted: string[]; scheduled: string[] }>(
        `select
          (select array_agg('sluice: ' || job_name order by job_name) from ops.jobs) as wanted,
          (select array_agg(jobname::text order by jobname) from cron.job) as scheduled`,
      ),
    )
    expect(rows[0]!.wanted.length).toBeGreaterThan(2)
    expect(rows[0]!.scheduled).toEqual(rows[0]!.wanted)
  })

  test('a run after them changes nothing, and says so', async () => {
    const look = () => withClient(server.adminUrl, fingerprint)
    const before = await look()
    expect(await sluiceOk(['migrate'], { DATABASE_URL: server.adminUrl })).toBe(
      'Nothing to do: the database is up to date.\n',
    )
    expect(await look()).toEqual(before)
  })
})
