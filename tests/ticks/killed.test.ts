import type pg from 'pg'
import { beforeEach, expect, test, vi } from 'vitest'
import { watchCommits } from '../ingest/commitSettings.ts'
import type { Project } from '../models/project.ts'
import { sluice, startSluice, type RunningSluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'
import { inexact, moneyProject, pay } from './money.ts'

vi.setConfig({ testTimeout: 180_000 })

let project: Project
let owner: pg.Client
beforeEach(async () => {
  project = await moneyProject()
  owner = project.owner
})

const environment = () => ({ DATABASE_URL: project.database.url('sluice_refresh') })
const startWorker = (): RunningSluice => startSluice(['refresh'], environment())

let paid = 0
/** Stores so many batches of both ways. */
async function payOften(times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) await pay(owner, (paid += 40), 40)
}

const taken = async () =>
  (await project.rows<{ n: number }>('select count(*)::int as n from silver.card_payments'))[0]!.n
const stored = async () =>
  (await project.rows<{ n: number }>('select count(*)::int as n from bronze.cards'))[0]!.n

const isLevel = async () => (await project.rows('select from ops.lagging_models')).length === 0

/** The backend of a worker that is in a tick now; with a condition on pg_stat_activity. */
const ticking = (condition: string) =>
  until(
    'a worker is in a tick',
    async () => {
      const { rows } = await watcher.query<{ pid: number }>(
        `select pid from pg_stat_activity
        where datname = current_database() and usename = 'sluice_refresh' and state = 'active'
          and query ~ 'ops.try_tick' and pid <> pg_backend_pid() and ${condition}`,
      )
      return rows[0]?.pid
    },
    { everyMs: 1 },
  )
let watcher: pg.Client
beforeEach(async () => {
  watcher = await project.database.client('sluice_refresh')
})

async function expectExact(): Promise<void> {
  const total = await stored()
  const events = `select count(*)::int as rows, count(distinct (sluice_source_id, sluice_partition, sluice_offset))::int as events`
  for (const table of ['card_payments', 'transfers']) {
    expect(await project.rows(`${events} from store.silver_${table}_v1`)).toEqual([
      { rows: total, events: total },
    ])
  }
  expect(await project.rows('select * from ops.lagging_models')).toEqual([])
  expect(await inexact(owner)).toEqual([])
}

test('workers that are killed in ticks at any moment leave nothing half, and the next goes on', async () => {
  let before = 0
  for (const moment of ['active', 'active', 'waits', 'waits', 'done']) {
    const worker = startWorker()
    await payOften(5)
    await until('it came further', async () => (await taken()) > before)
    if (moment === 'waits') {
      await owner.query('begin; lock table store.gold_minutes_v1 in share mode')
      const other = await project.database.client()
      await pay(other, (paid += 40), 40)
      await ticking(`wait_event_type = 'Lock'`)
      await worker.kill('SIGKILL')
      await owner.query('rollback')
    } else {
      if (moment === 'active') {
        const storing = payOften(10)
        await ticking('true')
        await worker.kill('SIGKILL')
        await storing
      } else await worker.kill('SIGKILL')
    }
    before = await taken()
  }
  expect(await sluice(['refresh', '--until-caught-up'], environment())).toMatchObject({ code: 0 })
  await expectExact()
})

test('a tick of a worker does not wait for the disk when it commits', async () => {
  const commits = await watchCommits(owner, 'insert on ops.slices')
  const worker = startWorker()
  await payOften(2)
  await until('all is taken', isLevel)
  expect((await worker.kill('SIGTERM')).code).toBe(0)
  expect(new Set(await commits())).toEqual(new Set(['off']))
})

test('of two workers one is killed in a tick, and the other goes on', async () => {
  const workers = [startWorker(), startWorker()]
  await payOften(2)
  await until('all is taken', isLevel)
  await owner.query('begin; lock table store.gold_minutes_v1 in share mode')
  const other = await project.database.client()
  await pay(other, (paid += 40), 40)
  await ticking(`wait_event_type = 'Lock'`)
  await workers[0]!.kill('SIGKILL')
  await owner.query('rollback')
  await payOften(2)
  // three times the 10 s that are promised
  await until('the other took all', isLevel, { timeoutMs: 30_000 })
  expect((await workers[1]!.kill('SIGTERM')).code).toBe(0)
  await expectExact()
})

test('SIGTERM in a tick ends the worker with 0 when the tick is done', async () => {
  const worker = startWorker()
  await payOften(1)
  await until('all is taken', isLevel)
  // as apply does: what a tick waits for without limit
  await owner.query(`begin; select pg_advisory_xact_lock(hashtext('sluice ticks'))`)
  const other = await project.database.client()
  await pay(other, (paid += 40), 40)
  await ticking(`wait_event_type = 'Lock'`)
  const ended = worker.kill('SIGTERM')
  await owner.query('rollback')
  expect(await ended).toMatchObject({ code: 0 })
  // it may have begun before the transfers were stored
  expect(await taken()).toBe(await stored())
  expect(await inexact(owner)).toEqual([])
})
