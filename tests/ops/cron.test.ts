// pg_cron works in one database of a server, which a superuser names: so this file has a server of its own.
import { beforeAll, describe, expect, inject, test } from 'vitest'
import type pg from 'pg'
import { changeModels } from '../../cli/apply.ts'
import { readConfig } from '../../cli/config.ts'
import { migrate } from '../../cli/migrate.ts'
import { withClient } from '../../local/postgresDatabase.ts'
import { findOrStartPostgres } from '../../local/servers.ts'
import { view, viewsFolder } from '../models/project.ts'
import { atEnd } from '../support/cleanUp.ts'
import { newDataFolder, postgresSettings, serverOptions } from '../support/dataFolder.ts'
import { until } from '../support/until.ts'
import { connected } from './cronServer.ts'

const hasCron = inject('postgresKind') === 'installed'

describe.runIf(hasCron)('with pg_cron', () => {
  let owner: pg.Client
  let url: string
  let adminUrl: string

  beforeAll(async () => {
    const { folder, remove } = newDataFolder()
    atEnd(remove)
    const server = await findOrStartPostgres({
      ...(await serverOptions(folder)),
      prefer: 'installed',
      settings: postgresSettings,
    })
    atEnd(() => server.stop())
    expect(server.hasCron).toBe(true)
    adminUrl = server.adminUrl
    await migrate(readConfig({ DATABASE_URL: adminUrl, SLUICE_ROLE_PASSWORD: 'cron' }))
    const { host, pathname } = new URL(server.adminUrl)
    url = `postgres://sluice_owner:cron@${host}${pathname}`
    owner = await connected(url)
  })

  const cronJobs = async () =>
    (
      await owner.query<{ jobname: string; schedule: string; command: string }>(
        `select jobname, schedule, command, username from cron.job order by 1`,
      )
    ).rows
  const cronJob = async (name: string) =>
    (await cronJobs()).find(({ jobname }) => jobname === `sluice: ${name}`)
  const schedule = async (every: string) =>
    (
      await owner.query<{ s: string | null }>('select ops.cron_schedule($1::interval) as s', [
        every,
      ])
    ).rows[0]!.s

  test('the standing jobs are entries of pg_cron, run as sluice_owner', async () => {
    expect(await cronJobs()).toEqual(
      [
        ['beat', '*/1 * * * *'],
        ['drop expired partitions', '0 */1 * * *'],
        ['forget old job runs', '0 */1 * * *'],
        ['forget old model runs', '0 */1 * * *'],
        ['make bronze partitions', '0 */1 * * *'],
        ['make event partitions', '0 */1 * * *'],
      ].map(([name, schedule]) => ({
        jobname: `sluice: ${name}`,
        schedule,
        command: `select ops.run_job('${name}')`,
        username: 'sluice_owner',
      })),
    )
  })

  test.each([
    ['1 minute', '*/1 * * * *'],
    ['5 minutes', '*/5 * * * *'],
    ['30 minutes', '*/30 * * * *'],
    ['1 hour', '0 */1 * * *'],
    ['12 hours', '0 */12 * * *'],
    ['1 day', '0 */24 * * *'],
    ['7 minutes', null],
    ['90 seconds', null],
    ['90 minutes', null],
    ['5 hours', null],
    ['2 days', null],
    ['1 month', null],
  ])('every %s is %j in its syntax', async (every, expected) => {
    expect(await schedule(every)).toBe(expected)
  })

  test('seconds are for the worker before version 1.5', async () => {
    const { rows } = await owner.query<{ has: boolean }>(
      `select extversion !~ '^1\\.[0-4]\\M' as has from pg_extension where extname = 'pg_cron'`,
    )
    expect(await schedule('10 seconds')).toBe(rows[0]!.has ? '10 seconds' : null)
  })

  test.each(['1 minute', '20 minutes', '1 hour', '8 hours', '1 day'])(
    'pg_cron takes the schedule of every %s',
    async (every) => {
      await owner.query('select ops.put_job($1, $2, $3::interval)', [
        `every ${every}`,
        'select 1',
        every,
      ])
      expect(await cronJob(`every ${every}`)).toMatchObject({ schedule: await schedule(every) })
      await owner.query('select ops.drop_job($1)', [`every ${every}`])
      expect(await cronJob(`every ${every}`)).toBeUndefined()
    },
  )

  test('a job that becomes too odd for pg_cron goes to the worker, and comes back', async () => {
    const put = (every: string) => owner.query(`select ops.put_job('odd', 'select 1', '${every}')`)
    const runner = async () =>
      (await owner.query<{ runner: string }>(`select runner from ops.jobs where job_name = 'odd'`))
        .rows
    await put('2 minutes')
    expect([await runner(), (await cronJob('odd'))?.schedule]).toEqual([
      [{ runner: 'pg_cron' }],
      '*/2 * * * *',
    ])
    await put('7 minutes')
    expect([await runner(), await cronJob('odd')]).toEqual([[{ runner: 'worker' }], undefined])
    await put('2 minutes')
    expect(await cronJob('odd')).toBeDefined()
    await owner.query(`select ops.drop_job('odd')`)
  })

  test('a materialized model brings its entry, and takes it along', async () => {
    const text = '-- M.\n-- kind: materialized\n-- grain: a\n-- every: 1 minute\nselect 1 as a\n'
    const folder = viewsFolder({ 'shop/gold/m.sql': text })
    const config = readConfig({ DATABASE_URL: url, SLUICE_VIEWS: folder })
    await changeModels(config, { planOnly: false, prune: false })
    expect(await cronJob('refresh gold.m')).toMatchObject({ schedule: '*/1 * * * *' })
    const other = viewsFolder({ 'shop/gold/other.sql': view('select 1 as a') })
    await changeModels(
      { ...config, viewFolders: [config.viewFolders[0]!, other] },
      { planOnly: false, prune: true },
    )
    expect(await cronJob('refresh gold.m')).toBeUndefined()
  })

  test('migrating again leaves the entries as they are', async () => {
    const ids = async () =>
      (await owner.query<{ jobid: string }>('select jobid, jobname from cron.job order by 1')).rows
    const before = await ids()
    await owner.query('select ops.put_standing_jobs()')
    expect(await ids()).toEqual(before)
  })

  test('pg_cron runs a job by itself, in read committed and without a limit of time, whatever the database says', async () => {
    await withClient(adminUrl, async (admin) => {
      await admin.query(`alter database sluice set default_transaction_isolation = 'serializable'`)
      await admin.query(`alter database sluice set statement_timeout = '1s'`)
    })
    await owner.query(
      `select ops.put_job('by itself', 'select pg_sleep(2), ops.tick()', '1 minute')`,
    )
    await until(
      'pg_cron has run it',
      async () =>
        (await owner.query(`select from ops.jobs where job_name = 'by itself' and last_is_ok`)).rows
          .length === 1,
      { timeoutMs: 75_000, everyMs: 200 },
    )
  }, 90_000)
})
