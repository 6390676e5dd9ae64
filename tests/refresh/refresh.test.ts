import { beforeEach, expect, test } from 'vitest'
import type pg from 'pg'
import { testDatabase, type TestDatabase } from '../support/database.ts'
import { sluice, startSluice, type RunningSluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'

let database: TestDatabase
let owner: pg.Client
beforeEach(async () => {
  database = await testDatabase('migrated')
  owner = await database.client('sluice_owner')
  await owner.query(
    'create table store.traces (job text, at timestamptz default clock_timestamp())',
  )
})

const environment = () => ({ DATABASE_URL: database.url('sluice_refresh') })
const startWorker = (): RunningSluice => startSluice(['refresh'], environment())
const putJob = (name: string, command: string, every = '1 second') =>
  owner.query('select ops.put_job($1, $2, $3::interval)', [name, command, every])
const trace = (name: string) => `insert into store.traces (job) values ('${name}')`
const traces = async (name: string) =>
  (await owner.query('select from store.traces where job = $1', [name])).rows.length
const problems = async (subject: string) =>
  (
    await owner.query<{ problem: string }>('select problem from ops.health where subject = $1', [
      subject,
    ])
  ).rows

test('a job runs again and again, and one that is declared meanwhile runs too', async () => {
  const worker = startWorker()
  await putJob('first', trace('first'))
  await until('the job ran twice', async () => (await traces('first')) >= 2)
  await putJob('second', trace('second'))
  await until('the second job ran', async () => (await traces('second')) >= 1)
  expect((await worker.kill('SIGTERM')).code).toBe(0)
})

test('a job that fails is recorded and shows in ops.health, and others go on', async () => {
  await putJob('broken', 'select 1 / 0')
  await putJob('healthy', trace('healthy'))
  const worker = startWorker()
  await until('it is in ops.health', async () => (await problems('broken')).length > 0)
  expect(await problems('broken')).toEqual([{ problem: 'job failed' }])
  await until('the other one ran', async () => (await traces('healthy')) >= 1)
  await putJob('broken', trace('broken'))
  await until('it is mended', async () => (await problems('broken')).length === 0)
  expect(worker.isRunning()).toBe(true)
  expect(worker.stderr()).toContain('job failed; see ops.health')
})

/** Calls a function on the session that runs a job now; false where none does. */
const strike = async (job: string, end: 'pg_cancel_backend' | 'pg_terminate_backend') => {
  same ??= await database.client('sluice_refresh')
  const { rows } = await same.query(
    `select ${end}(activity.pid)
    from pg_stat_activity as activity
    join pg_locks on pg_locks.pid = activity.pid
    where activity.usename = 'sluice_refresh' and activity.datname = current_database()
      and locktype = 'advisory' and objid::bigint = hashtext($1)::bigint & 4294967295`,
    [job],
  )
  return rows.length > 0
}
let same: pg.Client | undefined
beforeEach(() => {
  same = undefined
})

test.each([
  ['cancelled', 'pg_cancel_backend', 'canceling statement due to user request (57014)'],
  [
    'ended with its session',
    'pg_terminate_backend',
    'error: terminating connection due to administrator command',
  ],
] as const)(
  'a job that is %s each time is recorded as failed, and keeps no other waiting',
  async (_, end, message) => {
    // the longest due comes first
    await putJob('doomed', 'select pg_sleep(60)')
    await putJob('healthy', trace('healthy'))
    const worker = startWorker()
    await until('it is in ops.health, and the other one ran', async () => {
      await strike('doomed', end)
      return (await problems('doomed')).length > 0 && (await traces('healthy')) >= 2
    })
    const runs = await owner.query(
      `select distinct is_ok, message from ops.job_runs where job_name = 'doomed'`,
    )
    expect(runs.rows).toEqual([{ is_ok: false, message }])
    await putJob('doomed', trace('doomed'))
    await until('it is mended', async () => {
      await strike('doomed', end)
      return (await problems('doomed')).length === 0
    })
    expect((await worker.kill('SIGTERM')).code).toBe(0)
  },
)

test('a job whose session is ended once is run again, and recorded once', async () => {
  await putJob('unlucky', `do $$ begin perform pg_sleep(1); ${trace('unlucky')}; end $$`, '1 day')
  const worker = startWorker()
  await until('its session is ended', () => strike('unlucky', 'pg_terminate_backend'))
  await until('it ran', async () => (await traces('unlucky')) === 1)
  expect((await worker.kill('SIGTERM')).code).toBe(0)
  const runs = await owner.query(`select is_ok from ops.job_runs where job_name = 'unlucky'`)
  expect(runs.rows).toEqual([{ is_ok: true }])
})

test('a job that takes long keeps no other waiting, and each runs once in its turn', async () => {
  // it goes on until the other one has run twice
  await putJob(
    'long',
    `do $$ begin
      while (select count(*) from ops.job_runs where job_name = 'tiny') < 2 loop perform pg_sleep(0.05); end loop;
      ${trace('long')};
    end $$`,
    '1 day',
  )
  await putJob('tiny', trace('tiny'))
  const worker = startWorker()
  await until('the long job is done', async () => (await traces('long')) === 1)
  expect((await worker.kill('SIGTERM')).code).toBe(0)
  const { rows } = await owner.query(
    `select job_name from ops.job_runs join ops.jobs using (job_name)
    where every > interval '1 minute' group by job_name having count(*) > 1`,
  )
  expect(rows).toEqual([])
})

test('a second worker is harmless: no job runs twice at once', async () => {
  // a run that meets another one of its kind fails
  await putJob(
    'alone',
    `do $$ begin
      if (select count(*) from pg_locks where locktype = 'advisory' and objid = 4711) > 0 then
        raise exception 'two at once';
      end if;
      perform pg_advisory_xact_lock(4711);
      perform pg_sleep(0.3);
      ${trace('alone')};
    end $$`,
  )
  const workers = [startWorker(), startWorker()]
  await until('it ran four times', async () => (await traces('alone')) >= 4)
  const { rows } = await owner.query(
    `select from ops.job_runs where job_name = 'alone' and not is_ok`,
  )
  expect(rows).toEqual([])
  const ended = await Promise.all(workers.map((worker) => worker.kill('SIGTERM')))
  expect(ended.map(({ code }) => code)).toEqual([0, 0])
})

test('a worker that lost its connection goes on with a new one', async () => {
  await putJob('lasting', trace('lasting'))
  const worker = startWorker()
  await until('it ran', async () => (await traces('lasting')) >= 1)
  const same = await database.client('sluice_refresh')
  await same.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
    where usename = 'sluice_refresh' and application_name = 'sluice refresh' and datname = current_database()`,
  )
  const before = await traces('lasting')
  await until('it ran again', async () => (await traces('lasting')) > before)
  expect(worker.isRunning()).toBe(true)
})

test('SIGTERM while a job runs ends with 0, and the job is finished', async () => {
  await putJob('slow', `do $$ begin perform pg_sleep(1); ${trace('slow')}; end $$`, '1 day')
  const worker = startWorker()
  await until('the job runs', async () => {
    // the lock of this very job: others may be due before it
    const lock = `select from pg_locks where locktype = 'advisory' and database =
      (select oid from pg_database where datname = current_database())
      and objid::bigint = hashtext('slow')::bigint & 4294967295`
    return (await owner.query(lock)).rows.length > 0
  })
  const { code, stderr } = await worker.kill('SIGTERM')
  expect(code).toBe(0)
  expect(stderr).not.toMatch(/^\s+at /m)
  expect(await traces('slow')).toBe(1)
})

test('--until-caught-up runs every job once, due or not, and ends', async () => {
  await putJob('daily', trace('daily'), '1 day')
  await owner.query(`update ops.jobs set last_started_at = now()`)
  expect(await sluice(['refresh', '--until-caught-up'], environment())).toMatchObject({ code: 0 })
  expect(await traces('daily')).toBe(1)
})
