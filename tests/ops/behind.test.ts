// What waits for a model is told by how long it has, whatever Kafka's times say.
import type pg from 'pg'
import { beforeEach, expect, test } from 'vitest'
import { storeEvents, tick } from '../models/bronzeRows.ts'
import { newProject, type Project } from '../models/project.ts'

const files = {
  'shop/sources.sql': `-- Topics.\nselect ops.add_source('sales');\n`,
  'shop/silver/sales.sql': `-- Sales.
-- kind: event
-- time: at
select (payload ->> 'n')::int as n, kafka_at as at from bronze.sales
`,
  'shop/gold/total.sql': `-- Total.
-- kind: incremental
-- grain: at
select at, sum(n) as n from silver.sales group by at
`,
  'shop/gold/largest.sql': `-- Largest.
-- kind: view
select max(n) as n from gold.total
`,
}

let project: Project
beforeEach(async () => {
  project = await newProject(files)
  await project.apply()
})

/** Stores one event; its Kafka time is this one, and it came so long ago. */
const store = async (at: string, secondsAgo: number) =>
  storeEvents(project.owner, 'sales', [
    { at, payload: { n: 1 }, stored: new Date(Date.now() - secondsAgo * 1000).toISOString() },
  ])
const freshness = async () =>
  Object.fromEntries(
    (
      await project.rows<{ model: string; behind: string; slices: string; complete: boolean }>(
        `select model, floor(seconds_behind / 100) * 100 as behind, slices_behind as slices, is_complete as complete
        from ops.freshness`,
      )
    ).map(({ model, behind, slices, complete }) => [model, `${slices} ${behind} ${complete}`]),
  )
const health = async () =>
  (
    await project.rows<Record<string, string>>('select * from ops.health order by problem, subject')
  ).map(
    ({ problem, subject, message }) =>
      `${problem} ${subject}: ${message!.replace(/\d\d s$/, '… s')}`,
  )
/** A worker's session, that holds what workers hold and does nothing. */
async function idleWorker(): Promise<pg.Client> {
  const worker = await project.database.client('sluice_refresh')
  await worker.query(`select pg_advisory_lock_shared(hashtext('sluice worker'))`)
  return worker
}

test('a metric and a view above it are as far behind as what they are made of', async () => {
  await store('2026-03-01T10:00:00Z', 1000)
  await tick(project.owner)
  await store('2026-03-01T10:00:01Z', 700)
  await store('2026-03-01T10:00:02Z', 500)
  expect(await freshness()).toEqual({
    'silver.sales': '2 700 true',
    'gold.total': '2 700 true',
    'gold.largest': '2 700 true',
  })
  await tick(project.owner)
  expect(await freshness()).toEqual({
    'silver.sales': '0 0 true',
    'gold.total': '0 0 true',
    'gold.largest': '0 0 true',
  })
})

test('an event whose Kafka time is of the far future hides nothing', async () => {
  await store('2099-01-01T00:00:00Z', 1000)
  await tick(project.owner)
  await store('2026-03-01T10:00:00Z', 300)
  expect(await freshness()).toMatchObject({
    'silver.sales': '1 300 true',
    'gold.total': '1 300 true',
  })
})

test('a live model that never held an event is behind by what waits', async () => {
  await tick(project.owner)
  await store('2026-03-01T10:00:00Z', 300)
  expect(await freshness()).toMatchObject({ 'silver.sales': '1 300 true' })
  expect(
    await project.rows(
      `select newest_event_at from ops.freshness where model in ('silver.sales', 'gold.total')`,
    ),
  ).toEqual([{ newest_event_at: null }, { newest_event_at: null }])
})

test('the oldest of replays, which count downwards, tells how long they wait', async () => {
  await store('2026-03-01T10:00:00Z', 1000)
  await tick(project.owner)
  await project.rows(
    `insert into ops.batches
    select source_id, 1, 0, -replay_no, 'replay', 0, 0, 0, 1, 0, 0, 0, null, now() - 100 * interval '1 second' * (4 - replay_no)
    from ops.sources
    cross join generate_series(1, 2) as replay_no`,
  )
  await project.rows('update ops.offsets set lowest_batch_no = -2')
  expect(await freshness()).toMatchObject({ 'silver.sales': '2 300 true' })
})

test('nothing ticks, and something waits: one row of ops.health says so, until a worker is there', async () => {
  await tick(project.owner)
  await store('2026-03-01T10:00:00Z', 50)
  expect(await health()).toEqual([])
  await store('2026-03-01T10:00:00Z', 10)
  await project.rows(`update ops.batches set stored_at = stored_at - interval '60 seconds'`)
  expect(await health()).toEqual([
    'no worker ops.tick: Nothing ticks: 2 models lack what is stored, the oldest of it for 1… s',
  ])
  const worker = await idleWorker()
  const behind = '2 batches or slices wait for it or for what it reads, the oldest for 1… s'
  expect(await health()).toEqual([
    `model behind gold.total: ${behind}`,
    `model behind silver.sales: ${behind}`,
  ])
  await tick(project.owner)
  expect(await health()).toEqual([])
  await worker.end()
  expect(await health()).toEqual([])
})

test('where pg_cron ticks a model is behind after three minutes', async () => {
  await project.rows(`select ops.put_job('beat', 'select ops.beat()', '1 minute')`)
  const beaten = () =>
    project.rows(
      `update ops.jobs set runner = 'pg_cron', last_ended_at = now() where job_name = 'beat'`,
    )
  await beaten()
  await tick(project.owner)
  await store('2026-03-01T10:00:00Z', 120)
  expect(await health()).toEqual([])
  await project.rows(`update ops.batches set stored_at = stored_at - interval '90 seconds'`)
  expect((await health()).map((problem) => problem.split(':')[0])).toEqual([
    'model behind gold.total',
    'model behind silver.sales',
  ])
  await project.rows(
    `update ops.jobs set last_ended_at = now() - interval '4 minutes' where job_name = 'beat'`,
  )
  const problems = async () => (await health()).map((problem) => problem.split(':')[0])
  expect(await problems()).toContain('no worker ops.tick')
  // a beat ends when its longest step does
  const beating = await project.database.client()
  await beating.query(
    `begin; select pg_advisory_xact_lock(hashtext('sluice job'), hashtext('beat'))`,
  )
  expect(await problems()).not.toContain('no worker ops.tick')
  await beating.query('rollback')
})

test('a new model that does not come on is told, and not one that catches up', async () => {
  await store('2026-03-01T10:00:00Z', 1000)
  expect(await freshness()).toMatchObject({ 'silver.sales': '1 0 false' })
  await project.rows(`update ops.models set applied_at = applied_at - interval '250 seconds'`)
  expect((await health()).map((problem) => problem.split(':')[0])).toEqual(['no worker ops.tick'])
  await idleWorker()
  expect(await health()).toEqual([])
  await project.rows(`update ops.models set applied_at = applied_at - interval '100 seconds'`)
  expect((await health()).map((problem) => problem.split(':')[0])).toContain(
    'model behind silver.sales',
  )
  await project.rows(
    `insert into ops.model_runs select model, version, date_trunc('minute', now()), 1, 1, 0, 1, 1
    from ops.stored_models where model = 'silver.sales'`,
  )
  expect(await health()).toEqual([])
})
