import type pg from 'pg'
import { beforeEach, expect, test, vi } from 'vitest'
import { storeEvents, tick, type Event } from '../models/bronzeRows.ts'
import { storeMany } from '../models/manyRows.ts'
import { newProject, type Project } from '../models/project.ts'
import { startSluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'
import { inexact } from './money.ts'

vi.setConfig({ testTimeout: 240_000 })

const events = `-- Clicks.
-- kind: event
-- time: at
select payload ->> 'user' as user_id, (payload ->> 'n')::int as n, kafka_at as at
from bronze.clicks
`
const rollup = `-- Users.
-- kind: incremental
-- grain: user_id
select user_id, count(*) as clicks, sum(n) as n, count(distinct n % 100) as kinds, max(at) as last_at
from silver.clicks
group by user_id
`
/** Regrouped; of a user whose first events are not there its select fails. */
const parts = `-- Middles.
-- kind: incremental
-- grain: user_id
select
  user_id,
  percentile_disc(0.5) within group (order by n) as middle,
  count(*)::numeric / count(*) filter (where at < timestamptz '2026-03-01T00:40:00Z') as growth
from silver.clicks
group by user_id
`
const lateFiles = {
  'web/gold/late.sql': rollup,
  'web/gold/late_parts.sql': parts,
  'web/silver/late_clicks.sql': events,
  'web/gold/late_minutes.sql': `-- Minutes.
-- kind: incremental
-- grain: minute_at
select date_trunc('minute', at) as minute_at, count(*) as clicks from silver.late_clicks group by 1
`,
}
const lateModels = ['gold.late', 'gold.late_minutes', 'gold.late_parts', 'silver.late_clicks']
const goldModels = ['gold.users', 'gold.late', 'gold.late_minutes', 'gold.late_parts']

let project: Project
let owner: pg.Client
beforeEach(async () => {
  project = await newProject({
    'web/sources.sql': `-- Topics.\nselect ops.add_source('clicks');\n`,
    'web/silver/clicks.sql': events,
    'web/gold/users.sql': rollup,
  })
  owner = project.owner
  await project.apply()
  // new models are level at once; then ten ticks
  await tick(owner)
  await storeEvents(owner, 'clicks', [click(0)])
  await storeMany(owner, 'clicks', { batches: 40, rows: 5_000, payload: clicks })
  await tick(owner)
  project.write(lateFiles)
  await project.apply()
})

const click = (n: number): Event => ({ payload: { user: `u${n % 1000}`, n: n % 777 } })
/** What `click` gives, as SQL. */
const clicks = `jsonb_build_object('user', 'u' || n % 1000, 'n', n % 777)`
const worker = () => project.database.client('sluice_refresh')
const catchUp = async (client: pg.Client) =>
  (await client.query<{ model: string | null }>('select ops.catch_up() as model')).rows[0]!.model

/** What each late model lacks, and whether it ticks. */
const states = () =>
  project.rows<{ model: string; is_live: boolean; missing: string | null }>(
    `select model, is_live,
      coalesce(
        (select string_agg(missing::text, ' ') from ops.batches_behind as behind
          where behind.model = stored.model and not isempty(missing)),
        (select string_agg(missing::text, ' ') from ops.slices_behind as behind
          where behind.model = stored.model and not isempty(missing))
      ) as missing
    from ops.stored_models as stored
    where model = any ($1)
    order by model`,
    [lateModels],
  )
const stored = async (table: string) =>
  (
    await project.rows<{ n: number; events: number }>(
      `select count(*)::int as n, count(distinct sluice_offset)::int as events from store.silver_${table}_v1`,
    )
  )[0]!

/** All is level and exact: each event is in both tables once, and gold is what its files say. */
async function expectExact(): Promise<void> {
  const [bronze] = await project.rows<{ n: number }>('select count(*)::int as n from bronze.clicks')
  const all = { n: bronze!.n, events: bronze!.n }
  expect(await stored('clicks')).toEqual(all)
  expect(await stored('late_clicks')).toEqual(all)
  expect(await states()).toEqual(
    lateModels.map((model) => ({ model, is_live: true, missing: null })),
  )
  expect(await project.rows('select * from ops.lagging_models')).toEqual([])
  expect(await inexact(owner, goldModels)).toEqual([])
}

test('models that are added over 200,000 events catch up newest first, while live ones stay fresh', async () => {
  const [catcher, ticker] = [await worker(), await worker()]
  expect((await states()).map(({ is_live }) => is_live)).toEqual([false, false, false, false])
  const steps: string[] = []
  let count = 0
  for (let model: string | null = ''; model !== null;) {
    await storeEvents(owner, 'clicks', [click((count += 1)), click(count + 1)])
    await ticker.query('select ops.tick()')
    const behind = await project.rows('select model from ops.lagging_models')
    expect(lateModels).toEqual(expect.arrayContaining(behind.map((row) => row['model'])))
    expect(await inexact(owner, ['gold.users'])).toEqual([])

    const before = await states()
    model = await catchUp(catcher)
    if (model === null) break
    const lacks = (list: typeof before) => list.find((one) => one.model === model)!.missing
    const after = await states()
    // a step may make partitions alone
    if (lacks(after) === lacks(before) && steps.at(-1) !== model) continue
    steps.push(model)
    // what it lacks is the beginning, and it gets shorter with every step
    if (lacks(after)) {
      expect(lacks(after), model).toMatch(/^\{\[1,\d+\)\}$/)
      expect(end(lacks(after)!), model).toBeLessThan(end(lacks(before)!))
    }
  }
  for (const model of ['gold.late_parts', 'silver.late_clicks'])
    expect(steps.filter((step) => step === model).length, model).toBeGreaterThan(1)
  await tick(owner)
  await expectExact()
})

/** The end of the first range of a set. */
const end = (missing: string) => Number(/^\{\[\d+,(\d+)\)/.exec(missing)![1])

test('the first step of a merged model fills its tables with all of 200,000 events', async () => {
  for (let model: string | null = ''; model !== 'gold.late';) model = await catchUp(owner)
  expect((await states())[0]).toEqual({ model: 'gold.late', is_live: false, missing: null })
  expect(await inexact(owner, ['gold.late'])).toEqual([])
  while ((await catchUp(owner)) !== null);
  await tick(owner)
  await expectExact()
})

test('a step may sort and hash with the memory of an index build', async () => {
  const memory = () => project.rows('select current_setting($1) as kb', ['work_mem'])
  const before = await memory()
  await project.rows('begin')
  await catchUp(owner)
  const [within] = await project.rows(
    `select current_setting('work_mem') = (pg_size_bytes(current_setting('maintenance_work_mem')) / 1048576) || 'MB' as is_wide`,
  )
  await project.rows('commit')
  expect(within).toEqual({ is_wide: true })
  expect(await memory()).toEqual(before)
})

test('two sessions catch up side by side, and none does a step of the other', async () => {
  const catchers = [await worker(), await worker(), await worker()]
  await Promise.all(
    catchers.map(async (client) => {
      for (let isDone = false; !isDone;) {
        isDone = (await catchUp(client)) === null
        await client.query('select ops.tick()')
      }
    }),
  )
  await tick(owner)
  await expectExact()
})

test('a step that is killed in the middle leaves nothing, and the next goes on', async () => {
  const [catcher, other] = [await worker(), await worker()]
  expect(await catchUp(catcher)).not.toBeNull()
  const before = await states()
  await owner.query(
    'begin; lock table store.gold_late_v1, store.silver_late_clicks_v1 in share mode',
  )
  const stepping = expect(catchUp(catcher)).rejects.toThrow()
  const pid = await until('it waits', async () => {
    const { rows } = await other.query<{ pid: number }>(
      `select pid from pg_stat_activity
      where datname = current_database() and state = 'active' and wait_event_type = 'Lock'`,
    )
    return rows[0]?.pid
  })
  await other.query('select pg_terminate_backend($1, 30000)', [pid])
  await stepping
  await owner.query('rollback')
  expect(await states()).toEqual(before)
  while ((await catchUp(other)) !== null);
  await tick(owner)
  await expectExact()
})

test('workers that are killed while they catch up leave what the next one needs', async () => {
  const env = { DATABASE_URL: project.database.url('sluice_refresh') }
  const taken = async () => (await stored('late_clicks')).n
  for (const at of [1, 30_000]) {
    const running = startSluice(['refresh'], env)
    await until('it came further', async () => (await taken()) >= at)
    await running.kill('SIGKILL')
    await storeEvents(owner, 'clicks', [click(at)])
  }
  const last = startSluice(['refresh', '--until-caught-up'], env)
  expect((await last.ended).code).toBe(0)
  await expectExact()
})
