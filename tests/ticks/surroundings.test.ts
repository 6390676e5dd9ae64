// What hinders ticks from outside: locks that others hold, a session that may not have more.
import type pg from 'pg'
import { expect, test } from 'vitest'
import { changeModels } from '../../cli/apply.ts'
import { readConfig } from '../../cli/config.ts'
import { migrate } from '../../cli/migrate.ts'
import { withClient } from '../../local/postgresDatabase.ts'
import { storeEvents, tick } from '../models/bronzeRows.ts'
import { viewsFolder } from '../models/project.ts'
import { connected } from '../ops/cronServer.ts'
import { ownPostgres } from '../support/ownPostgres.ts'
import { startSluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'
import { countOf, counts, event, groupedProject, groups, startWorker } from './groups.ts'

const problems = (client: pg.Client) =>
  client
    .query<{ problem: string; subject: string; message: string }>(
      `select problem, subject, message from ops.health where problem in ('ticks fail', 'model failed') order by subject`,
    )
    .then(({ rows }) => rows)

test('groups that wait for a lock hold up no other; they are shown, and go on when it is free', async () => {
  const project = await groupedProject()
  const worker = startWorker(project)
  const holder = await project.database.client()
  await holder.query(
    'begin; lock table store.gold_a_counts_v1, store.gold_b_counts_v1 in share mode',
  )
  for (const name of groups) await storeEvents(project.owner, name, [{ payload: { id: 'x' } }])
  for (const name of ['c', 'd'])
    await until(`${name} is level`, async () => (await countOf(project, name)) === 2)
  await until('both are shown', async () => (await problems(project.owner)).length === 2)
  expect(await problems(project.owner)).toEqual(
    ['a', 'b'].map((name) => ({
      problem: 'ticks fail',
      subject: name,
      message: `gold.${name}_counts: canceling statement due to lock timeout (55P03)`,
    })),
  )
  expect(await project.rows('select model from ops.stored_models where not is_live')).toEqual([])
  await holder.query('rollback')
  for (const name of ['a', 'b'])
    await until(`${name} is level`, async () => (await countOf(project, name)) === 2)
  await until('none is shown', async () => (await problems(project.owner)).length === 0)
  expect((await worker.kill('SIGTERM')).code).toBe(0)
})

test('what hinders ticks where no model is at work is shown, too', async () => {
  const project = await groupedProject()
  const worker = startWorker(project)
  const holder = await project.database.client()
  // as one that gives a model its dead letters again
  await holder.query(`begin; select ops.lock_model('silver.a')`)
  await until('it is shown', async () => (await problems(project.owner)).length > 0)
  expect(await problems(project.owner)).toEqual([
    {
      problem: 'ticks fail',
      subject: 'a',
      message: 'canceling statement due to lock timeout (55P03)',
    },
  ])
  await holder.query('rollback')
  await until('none is shown', async () => (await problems(project.owner)).length === 0)
  expect((await worker.kill('SIGTERM')).code).toBe(0)
})

test('the heart-beat of pg_cron goes on with the other groups, too', async () => {
  const project = await groupedProject()
  for (const name of groups) await storeEvents(project.owner, name, [{ payload: { id: 'x' } }])
  const holder = await project.database.client()
  await holder.query('begin; lock table store.gold_a_counts_v1 in share mode')
  expect(await project.rows(`select ops.beat()::int as events`)).toEqual([{ events: 3 }])
  expect(await project.rows('select subject, model from ops.tick_faults')).toEqual([
    { subject: 'a', model: 'gold.a_counts' },
  ])
  await holder.query('rollback')
  expect(await project.rows(`select ops.beat()::int as events`)).toEqual([{ events: 1 }])
  expect(await project.rows('select subject from ops.tick_faults')).toEqual([])
})

test('a model that needs more temporary files than a session may have is detached alone, and comes back', async () => {
  const server = await ownPostgres()
  const url = server.urlFor('postgres')
  const folder = viewsFolder({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('a');\n`,
    'shop/silver/a.sql': event('a'),
    'shop/gold/a_counts.sql': counts('a'),
    'shop/gold/middles.sql': `-- The word in the middle of each hour.
-- kind: incremental
-- grain: hour_at
select date_trunc('hour', at, 'UTC') as hour_at, percentile_disc(0.5) within group (order by word) as word
from silver.a
group by 1
`,
  })
  await migrate(readConfig({ DATABASE_URL: url }))
  await changeModels(readConfig({ DATABASE_URL: url, SLUICE_VIEWS: folder }), {
    planOnly: false,
    prune: false,
  })
  const owner = await connected(url)
  // pg_cron, where it is, would tick while no worker runs
  await owner.query('set role sluice_owner')
  await owner.query(`select ops.drop_job(job_name) from ops.jobs where job_name = 'beat'`)
  await storeEvents(owner, 'a', [{ payload: { id: 'x', word: 'x' } }])
  await tick(owner)
  await withClient(url, async (admin) => {
    await admin.query(`alter database sluice set temp_file_limit = '1MB'`)
    await admin.query(`alter database sluice set work_mem = '64kB'`)
  })

  const worker = startSluice(['refresh'], { DATABASE_URL: url })
  const words = Array.from({ length: 20_000 }, (_, n) => ({
    payload: { id: 'x', word: `${'y'.repeat(200)}${(n * 7919) % 20_011}` },
  }))
  await storeEvents(owner, 'a', words)
  const count = async () =>
    Number((await owner.query<{ n: string }>('select events as n from gold.a_counts')).rows[0]!.n)
  await until('the others took all', async () => (await count()) === 20_001)
  const live = await owner.query(
    `select model, is_live, error from ops.stored_models where not is_live or error is not null`,
  )
  const message = expect.stringMatching(/^temporary file size exceeds .* \(53400\)$/) as string
  expect(live.rows).toEqual([{ model: 'gold.middles', is_live: false, error: message }])
  expect(await problems(owner)).toEqual([
    { problem: 'model failed', subject: 'gold.middles', message },
  ])

  // tried again it holds up nobody, and is out at once
  await owner.query('update ops.model_states set retry_at = now()')
  await storeEvents(owner, 'a', [{ payload: { id: 'x', word: 'x' } }])
  await until('the others took it', async () => (await count()) === 20_002)
  expect(worker.stderr().match(/fault; trying again/g)).toHaveLength(3)
  expect(await problems(owner)).toHaveLength(1)

  await withClient(url, (admin) => admin.query('alter database sluice reset temp_file_limit'))
  expect((await worker.kill('SIGTERM')).code).toBe(0)
  await owner.query('update ops.model_states set retry_at = now()')
  const next = startSluice(['refresh'], { DATABASE_URL: url })
  await until('it is live', async () => (await problems(owner)).length === 0)
  expect(await next.kill('SIGTERM')).toMatchObject({ code: 0, signal: null })
})
