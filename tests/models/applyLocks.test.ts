// Readers that stay in their transaction, and plan or apply of the model that they read.
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import type pg from 'pg'
import { projectFolder } from '../../cli/projectFolder.ts'
import { applyModels } from '../../models/apply.ts'
import { countOf, counts, groupedProject, startWorker } from '../ticks/groups.ts'
import { until } from '../support/until.ts'
import { storeEvents } from './bronzeRows.ts'
import { actions, view, type Project } from './project.ts'

let project: Project
let reader: pg.Client
beforeEach(async () => {
  project = await groupedProject()
  reader = await project.database.client('analyst')
  await reader.query('begin; select * from gold.a_counts')
})

const file = 'shop/gold/a_counts.sql'
const changed = counts('a').replace('count(*) as events', 'count(*) + 0 as events')
const widened = counts('a').replace(
  'count(*) as events',
  'count(*) as events, max(at) as newest_at',
)

const waitsForTicks = (watcher: pg.Client) =>
  until('it waits for the tick', async () => {
    const { rows } = await watcher.query(
      `select from pg_locks where locktype = 'advisory' and mode = 'ExclusiveLock' and not granted
        and database = (select oid from pg_database where datname = current_database())`,
    )
    return rows.length > 0
  })

test('a plan waits for no reader of a model whose columns stay', async () => {
  project.write({ [file]: changed })
  expect(actions(await project.plan())).toEqual(['replace gold.a_counts'])
  expect((await reader.query('select id, events::int from gold.a_counts')).rows).toEqual([
    { id: 'x', events: 1 },
  ])
})

test.each(['plan', 'apply'] as const)(
  'while %s waits for a reader, ticks and other readers go on; it is done when the reader has ended',
  async (what) => {
    project.write({ [file]: widened })
    const worker = startWorker(project)
    const other = await project.database.client('analyst')
    let isDone = false
    const changing = project[what]().finally(() => (isDone = true))
    for (let round = 2; round < 5; round += 1) {
      const watcher = await project.database.client()
      for (const name of ['a', 'b']) await storeEvents(watcher, name, [{ payload: { id: 'x' } }])
      await until('all is taken', async () => {
        const { rows } = await other.query<{ n: string }>(
          'select min(events) as n from (select events from gold.a_counts union all select events from gold.b_counts) as events',
        )
        return Number(rows[0]!.n) === round
      })
    }
    expect(isDone).toBe(false)
    await reader.query('commit')
    expect(actions(await changing)).toEqual(['replace gold.a_counts'])
    expect((await worker.kill('SIGTERM')).code).toBe(0)
    expect(await countOf(project, 'a')).toBe(4)
  },
)

test('an apply that waits in vain names who holds the model, and changes nothing', async () => {
  project.write({ [file]: widened })
  const { rows } = await reader.query<{ pid: number }>('select pg_backend_pid() as pid')
  const options = { planOnly: false, prune: false, opsOnly: false, patienceMs: 1_000 }
  const folders = [join(projectFolder, 'views/ops'), project.folder]
  const applying = applyModels(project.owner, { ...options, folders })
  await expect(applying).rejects.toThrow(
    `gold.a_counts can't be locked: tried for 1 s. Nothing was changed.
Locks are held by
  pid ${rows[0]!.pid}, user analyst
Run this again when they have ended, or end them: select pg_terminate_backend(${rows[0]!.pid});`,
  )
  await reader.query('commit')
  expect(actions(await project.apply())).toEqual(['replace gold.a_counts'])
})

test('a new model is planned while a tick is at work, and made once it is done', async () => {
  const ticking = await project.database.client()
  await ticking.query(`begin; select pg_advisory_xact_lock_shared(hashtext('sluice ticks'))`)
  project.write({ 'shop/gold/a_new.sql': counts('a') })
  expect(actions(await project.plan())).toEqual(['create gold.a_new'])
  let isDone = false
  const applying = project.apply().finally(() => (isDone = true))
  await waitsForTicks(ticking)
  expect(isDone).toBe(false)
  await ticking.query('commit')
  expect(actions(await applying)).toEqual(['create gold.a_new'])
})

test('a changed model is as it was until the tick at work is done', async () => {
  const shown = 'shop/gold/a_shown.sql'
  project.write({ [shown]: view('select id from gold.a_counts') })
  await project.apply()
  const ticking = await project.database.client()
  await ticking.query(`begin; select pg_advisory_xact_lock_shared(hashtext('sluice ticks'))`)
  project.write({ [shown]: view('select id, events from gold.a_counts') })
  const applying = project.apply()
  await waitsForTicks(ticking)
  const { rows } = await ticking.query(
    `select relation::regclass from pg_locks
    where locktype = 'relation' and mode = 'AccessExclusiveLock' and pid <> pg_backend_pid()
      and database = (select oid from pg_database where datname = current_database())`,
  )
  expect(rows).toEqual([])
  await ticking.query('commit')
  expect(actions(await applying)).toEqual(['replace gold.a_shown'])
})

test('ticks go on while a new materialized model is computed', async () => {
  project.write({
    'shop/gold/long.sql': `-- What takes long.
-- kind: materialized
-- grain: n
-- every: 1 hour
select count(*) as n from generate_series(1, 1000000) as a cross join generate_series(1, 1000000) as b
`,
  })
  const { rows } = await project.owner.query<{ pid: number }>('select pg_backend_pid() as pid')
  const cancelled = expect(project.apply()).rejects.toThrow('canceling statement')
  const other = await project.database.client()
  await until('it is computed', async () => {
    const { rows: computing } = await other.query(
      `select from pg_stat_activity where pid = $1 and query like '%create materialized view%'`,
      [rows[0]!.pid],
    )
    return computing.length > 0
  })
  await storeEvents(other, 'a', [{ payload: { id: 'x' } }])
  await other.query('select ops.tick()')
  const counted = await other.query('select events::int from gold.a_counts')
  expect(counted.rows).toEqual([{ events: 2 }])
  await other.query('select pg_cancel_backend($1)', [rows[0]!.pid])
  await cancelled
})
