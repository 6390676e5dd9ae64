import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { opsDatabase } from './ops.ts'

const ops = opsDatabase()

const putJob = (name: string, command: string, every = '1 minute') =>
  ops.rows('select ops.put_job($1, $2, $3::interval)', [name, command, every])
const runJob = async (name: string) =>
  (await ops.rows('select ops.run_job($1) as outcome', [name]))[0]!['outcome']
const jobOf = async (name: string) =>
  (await ops.rows('select * from ops.jobs where job_name = $1', [name]))[0]!
const isDue = async (name: string) =>
  (await ops.rows('select from ops.due_jobs() where job_name = $1', [name])).length === 1

test('a job that succeeds is recorded, with its times', async () => {
  await putJob('good', 'select pg_sleep(0.01)')
  expect(await runJob('good')).toBe('ok')
  expect(await jobOf('good')).toMatchObject({ last_is_ok: true, last_message: null })
  expect(
    await ops.rows(
      `select is_ok, message, ended_at > started_at as took_time from ops.job_runs where job_name = 'good'`,
    ),
  ).toEqual([{ is_ok: true, message: null, took_time: true }])
})

test('a job that fails is recorded with message and SQLSTATE, and leaves nothing behind', async () => {
  await ops.rows('create table store.traces (n int)')
  await putJob('bad', 'do $$ begin insert into store.traces values (1); perform 1 / 0; end $$')
  expect(await runJob('bad')).toBe('failed')
  expect(await jobOf('bad')).toMatchObject({
    last_is_ok: false,
    last_message: 'division by zero (22012)',
  })
  expect(await ops.rows('select from store.traces')).toEqual([])
})

test('a job that is mended is well again, and its history keeps both runs', async () => {
  await putJob('mended', 'select 1 / 0')
  await runJob('mended')
  await putJob('mended', 'select 1')
  expect(await runJob('mended')).toBe('ok')
  expect(await jobOf('mended')).toMatchObject({ last_is_ok: true, last_message: null })
  expect(
    await ops.rows(`select is_ok from ops.job_runs where job_name = 'mended' order by run_id`),
  ).toEqual([{ is_ok: false }, { is_ok: true }])
})

test('a job that runs already is busy, and runs once', async () => {
  await ops.rows('create table store.runs (n int)')
  await putJob('long', 'insert into store.runs values (1)')
  const [one, two] = [await ops.database.client(), await ops.database.client()]
  await one.query('begin')
  await one.query(`select ops.run_job('long')`)
  const { rows } = await two.query(`select ops.run_job('long') as outcome`)
  expect(rows).toEqual([{ outcome: 'busy' }])
  await one.query('commit')
  expect(await ops.rows('select from store.runs')).toHaveLength(1)
  expect(await runJob('long')).toBe('ok')
})

test('a job that runs is shown so, is not overdue, and is not due', async () => {
  await putJob('endless', 'select 1')
  await ops.rows(
    `update ops.jobs set last_started_at = now() - interval '1 hour', last_ended_at = now() - interval '1 hour' where job_name = 'endless'`,
  )
  const status = async () => [
    ...(await ops.rows(
      `select is_running, is_overdue from ops.job_status where job_name = 'endless'`,
    )),
    { isDue: await isDue('endless') },
  ]
  const one = await ops.database.client()
  expect(await status()).toEqual([{ is_running: false, is_overdue: true }, { isDue: true }])
  await one.query('begin')
  await one.query(`select ops.run_job('endless')`)
  expect(await status()).toEqual([{ is_running: true, is_overdue: false }, { isDue: false }])
  await one.query('rollback')
  expect(await status()).toEqual([{ is_running: false, is_overdue: true }, { isDue: true }])
})

test('a worker that comes late to a due job does not run it again', async () => {
  await putJob('once', 'select 1')
  const runDue = () => ops.rows(`select ops.run_due_job('once') as outcome`)
  expect(await runDue()).toEqual([{ outcome: 'ok' }])
  expect(await runDue()).toEqual([{ outcome: 'busy' }])
  expect(await ops.rows(`select from ops.job_runs where job_name = 'once'`)).toHaveLength(1)
})

test('two jobs run at once', async () => {
  await putJob('left', 'select 1')
  await putJob('right', 'select 1')
  const one = await ops.database.client()
  await one.query('begin')
  await one.query(`select ops.run_job('left')`)
  expect(await runJob('right')).toBe('ok')
  await one.query('commit')
})

test('an unknown job is SL014', async () => {
  await expect(runJob('nothing')).rejects.toMatchObject({
    code: 'SL014',
    message: 'Job "nothing" is unknown',
    hint: 'See ops.jobs.',
  })
})

test('a job is due when it never ran, not just after it ran, and again after its interval', async () => {
  await putJob('turns', 'select 1', '1 second')
  expect(await isDue('turns')).toBe(true)
  await runJob('turns')
  expect(await isDue('turns')).toBe(false)
  await until('it is due again', () => isDue('turns'))
})

test('jobs are due in the order of their turns', async () => {
  await ops.rows('delete from ops.jobs')
  for (const [name, started] of [
    ['a', '1 hour'],
    ['b', '3 hours'],
    ['c', '2 hours'],
  ]) {
    await putJob(name!, 'select 1')
    await ops.rows(
      'update ops.jobs set last_started_at = now() - $2::interval where job_name = $1',
      [name, started],
    )
  }
  expect(await ops.rows('select job_name from ops.due_jobs()')).toEqual(
    ['b', 'c', 'a'].map((job_name) => ({ job_name })),
  )
})

test('a job that ran while the clock was ahead is due, and overdue when nobody runs it', async () => {
  await putJob('ahead', 'select 1')
  const status = async () =>
    (await ops.rows(`select is_overdue from ops.job_status where job_name = 'ahead'`))[0]![
      'is_overdue'
    ]
  await runJob('ahead')
  await ops.rows(
    `update ops.jobs
    set created_at = now() - interval '1 hour', last_started_at = now() + interval '1 year', last_ended_at = now() + interval '1 year'
    where job_name = 'ahead'`,
  )
  expect([await isDue('ahead'), await status()]).toEqual([true, true])
  await runJob('ahead')
  expect([await isDue('ahead'), await status()]).toEqual([false, false])
})

test("a job of pg_cron's is the worker's only when it has missed its turn for long", async () => {
  await putJob('by-cron', 'select 1', '5 minutes')
  const startedBefore = (ago: string) =>
    ops.rows(
      `update ops.jobs set runner = 'pg_cron', last_started_at = now() - $1::interval where job_name = 'by-cron'`,
      [ago],
    )
  await startedBefore('10 minutes')
  expect(await isDue('by-cron')).toBe(false)
  await startedBefore('12 minutes')
  expect(await isDue('by-cron')).toBe(true)
})

test('putting a job again changes what differs and keeps its history', async () => {
  await putJob('changing', 'select 1')
  await runJob('changing')
  await putJob('changing', 'select 2', '2 minutes')
  expect(await jobOf('changing')).toMatchObject({ command: 'select 2', last_is_ok: true })
  expect(await ops.rows(`select from ops.job_runs where job_name = 'changing'`)).toHaveLength(1)
})

test('putting the same job again writes nothing', async () => {
  await putJob('same', 'select 1')
  const before = await ops.rows(`select xmin from ops.jobs where job_name = 'same'`)
  await putJob('same', 'select 1')
  expect(await ops.rows(`select xmin from ops.jobs where job_name = 'same'`)).toEqual(before)
})

test('a dropped job takes its history along', async () => {
  await putJob('ending', 'select 1')
  await runJob('ending')
  await ops.rows(`select ops.drop_job('ending')`)
  expect(await ops.rows(`select from ops.job_runs where job_name = 'ending'`)).toEqual([])
})

test('an interval below a second is refused', async () => {
  await expect(putJob('fast', 'select 1', '0.5 seconds')).rejects.toMatchObject({
    constraint: 'every_is_at_least_a_second',
  })
})

test('old runs are forgotten, newer ones kept', async () => {
  await putJob('old', 'select 1')
  await ops.rows(
    `insert into ops.job_runs (job_name, started_at, ended_at, is_ok)
    select 'old', now() - ago, now() - ago, true
    from unnest(array['6 days', '8 days', '20 days']::interval[]) as ago`,
  )
  expect(await ops.rows('select ops.forget_job_runs() as n')).toEqual([{ n: '2' }])
  expect(await ops.rows(`select from ops.job_runs where job_name = 'old'`)).toHaveLength(1)
})
