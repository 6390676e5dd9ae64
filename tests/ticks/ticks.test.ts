import type pg from 'pg'
import { beforeEach, expect, test } from 'vitest'
import { storeEvents, tick } from '../models/bronzeRows.ts'
import { storeMany } from '../models/manyRows.ts'
import type { Project } from '../models/project.ts'
import { until } from '../support/until.ts'
import { inexact, moneyFiles, moneyProject, pay, payment, payments } from './money.ts'

let project: Project
let owner: pg.Client
beforeEach(async () => {
  project = await moneyProject()
  owner = project.owner
  // new models are level at once, and tick from then on
  await tick(owner)
})

const worker = () => project.database.client('sluice_refresh')
const tickOnce = async (client: pg.Client, group: string | null = null) =>
  Number((await client.query<{ n: string }>('select ops.tick($1) as n', [group])).rows[0]!.n)

/** Rows of a table, and how many events they are of. */
const countOf = (table: string) =>
  project.rows(`select count(*)::int as rows, count(distinct (sluice_source_id, sluice_partition, sluice_offset))::int as events
    from store.silver_${table}_v1`)
const live = async () =>
  (
    await project.rows<{ model: string }>(
      'select model from ops.stored_models where is_live order by 1',
    )
  ).map(({ model }) => model)
const allModels = [
  'gold.accounts',
  'gold.minutes',
  'gold.ways',
  'silver.card_payments',
  'silver.payments',
  'silver.transfers',
]

/** The backend of a session that waits for a lock now. */
const waiting = (client: pg.Client) =>
  until('it waits for a lock', async () => {
    const { rows } = await client.query<{ pid: number }>(
      `select pid from pg_stat_activity
      where datname = current_database() and usename = 'sluice_refresh' and state = 'active'
        and wait_event_type = 'Lock'`,
    )
    return rows[0]?.pid
  })

test('sessions that tick at once, while batches of two sources are stored, lose and double nothing', async () => {
  const tickers = await Promise.all([worker(), worker(), worker()])
  let isStored = false
  const loops = tickers.map(async (client) => {
    let events = 0
    for (let isLast = false; !isLast;) {
      isLast = isStored
      events += await tickOnce(client)
    }
    return events
  })
  for (let n = 0; n < 60; n += 1) await pay(owner, n * 40, 40)
  isStored = true
  const taken = await Promise.all(loops)
  await tick(owner)
  expect(taken.reduce((sum, events) => sum + events)).toBe(2_400)
  expect(await countOf('card_payments')).toEqual([{ rows: 1_200, events: 1_200 }])
  expect(await countOf('transfers')).toEqual([{ rows: 1_200, events: 1_200 }])
  expect(await countOf('payments')).toEqual([{ rows: 2_160, events: 2_160 }])
  expect(await inexact(owner)).toEqual([])
  expect(await live()).toEqual(allModels)
})

test('models that share a source, also through others, are one group; others tick beside it', async () => {
  project.write({
    'bank/sources.sql': `${moneyFiles['bank/sources.sql']}select ops.add_source('visits');\n`,
    'bank/silver/visits.sql': `-- Visits.\n-- kind: event\n-- time: at\nselect kafka_at as at from bronze.visits\n`,
  })
  await project.apply()
  await tick(owner)
  const groups = await project.rows(
    `select tick_group, array_agg(model order by model) as models from ops.stored_models group by 1 order by 1`,
  )
  expect(groups).toEqual([
    { tick_group: 'cards', models: allModels },
    { tick_group: 'visits', models: ['silver.visits'] },
  ])
  await pay(owner, 0, 20)
  await storeEvents(owner, 'visits', [{ payload: {} }])
  await tickOnce(owner, 'visits')
  await storeEvents(owner, 'visits', [{ payload: {} }])
  const [one, other] = [await worker(), await worker()]
  await one.query('begin')
  expect(await tickOnce(one, 'cards')).toBe(20)
  // passed over without waiting, as the other session has not committed
  expect(await tickOnce(other, 'cards')).toBe(0)
  expect(await tickOnce(other)).toBe(2)
  await one.query('commit')
  expect(await tickOnce(other)).toBe(0)
  expect(await inexact(owner)).toEqual([])
})

test('a tick learns nothing of tables that another group is filling at the moment', async () => {
  project.write({
    'bank/sources.sql': `${moneyFiles['bank/sources.sql']}select ops.add_source('visits');\n`,
    'bank/silver/visits.sql': `-- Visits.\n-- kind: event\n-- time: at\nselect kafka_at as at from bronze.visits\n`,
  })
  await project.apply()
  await storeEvents(owner, 'visits', [{ payload: {}, at: '2026-03-01T00:00:00Z' }])
  while ((await tickOnce(owner)) > 0);
  await storeMany(owner, 'visits', { batches: 1, rows: 20_000, payload: `'{}'` })
  const [filling, other] = [await worker(), await worker()]
  // as a tick has filled the table before it looks at it itself
  await owner.query('begin')
  await owner.query(
    `insert into store.silver_visits_v1 (slice_no, at)
    select 99, '2026-03-02Z' from generate_series(1, 20000)`,
  )
  await tickOnce(other, 'cards')
  await owner.query('rollback')
  const young = `select relname, reltuples::int as rows from pg_class
    where relname ~ '^silver_visits_v1_' and relkind = 'r' and relpages > 0`
  expect(await project.rows(young)).toEqual([])
  await tickOnce(filling)
  const [figures] = await project.rows<{ rows: number }>(young)
  expect(figures!.rows).toBeGreaterThan(19_000)
})

test('a tick that finds nothing to take learns nothing of tables: looking at all of them takes its time', async () => {
  await project.apply()
  while ((await tickOnce(owner)) > 0);
  await project.rows(
    `create table store.gold_accounts_v1_young as select n from generate_series(1, 20000) as n`,
  )
  const isKnown = () =>
    project.rows(
      `select reltuples > 0 as is_known from pg_class where relname = 'gold_accounts_v1_young'`,
    )
  expect(await tickOnce(owner)).toBe(0)
  expect(await isKnown()).toEqual([{ is_known: false }])
  await storeEvents(owner, 'cards', payments(0, 5))
  await tickOnce(owner)
  expect(await isKnown()).toEqual([{ is_known: true }])
})

test('a new model over a topic whose events are a batch each is level within a few ticks', async () => {
  await project.apply()
  const events = payments(0, 3_000).map((event, batch) => ({ ...event, partition: 0, batch }))
  await storeEvents(owner, 'cards', events)
  while ((await tickOnce(owner)) > 0);
  project.write({
    'bank/silver/late.sql': `-- Late.\n-- kind: event\n-- time: at\nselect kafka_at as at from bronze.cards\n`,
  })
  await project.apply()
  for (let left = 3; left > 0; left -= 1) await tickOnce(owner)
  expect(await project.rows('select count(*)::int as n from silver.late')).toEqual([{ n: 3_000 }])
  expect(await live()).toContain('silver.late')
})

test('two models of a group agree in every snapshot', async () => {
  const [ticker, reader] = [await worker(), await worker()]
  let isStored = false
  const ticking = (async () => {
    for (let isLast = false; !isLast;) {
      isLast = isStored
      await tickOnce(ticker)
    }
  })()
  const seen = new Set<string>()
  const reading = (async () => {
    do {
      const { rows } = await reader.query<Record<'accounts' | 'minutes' | 'ways' | 'raw', string>>(
        `select
          (select coalesce(sum(payments), 0) from gold.accounts) as accounts,
          (select coalesce(sum(payments), 0) from gold.minutes) as minutes,
          (select coalesce(sum(payments), 0) from gold.ways) as ways,
          (select count(*) from silver.card_payments) + (select count(*) from silver.transfers) as raw`,
      )
      const { accounts, minutes } = rows[0]!
      expect(accounts).toBe(minutes)
      expect(rows[0]!.ways).toBe(rows[0]!.raw)
      seen.add(accounts)
    } while (!isStored)
  })()
  let failure: unknown
  for (const loop of [ticking, reading]) loop.catch((error: unknown) => (failure = error))
  for (let n = 0; n < 15; n += 1) {
    await pay(owner, n * 40, 40)
    await until(
      'the reader sees it, or something failed',
      () => seen.size > n || failure !== undefined,
    )
  }
  isStored = true
  await Promise.all([ticking, reading])
})

test('a tick asks for read committed', async () => {
  const client = await worker()
  await client.query('begin isolation level repeatable read')
  await expect(tickOnce(client)).rejects.toMatchObject({ code: 'SL030' })
})

const fragile = `-- Fragile.
-- kind: incremental
-- grain: account
select account, sum(amount * 1000000000) as amount from silver.payments group by account
`

test('a model that fails on its data is detached alone, and comes back when it is mended', async () => {
  project.write({ 'bank/gold/fragile.sql': fragile })
  await project.apply()
  const pennies = (from: number) =>
    payments(from, 5).map((event) => ({ ...event, payload: { ...event.payload, amount: 1 } }))
  await storeEvents(owner, 'cards', pennies(0))
  await tick(owner)
  expect(await live()).toContain('gold.fragile')

  await storeEvents(owner, 'cards', [
    { ...payment(100), payload: { id: 'x', account: 'a0', amount: 3 } },
  ])
  await tick(owner)
  const state = () =>
    project.rows(
      `select is_live, failed_at is not null as has_failed, error from ops.stored_models where model = 'gold.fragile'`,
    )
  const failed = { is_live: false, has_failed: true, error: 'integer out of range (22003)' }
  expect(await state()).toEqual([failed])
  expect(await live()).toEqual(allModels)
  expect(await inexact(owner)).toEqual([])

  // others go on; a try too early, and one that fails again, change nothing
  await storeEvents(owner, 'cards', pennies(20))
  await tick(owner)
  const tryAgain = () =>
    project.rows(`update ops.model_states set retry_at = now() where model = 'gold.fragile'`)
  await tryAgain()
  await tick(owner)
  expect(await state()).toEqual([failed])
  expect(await inexact(owner)).toEqual([])
  expect(await inexact(owner, ['gold.accounts'])).toEqual([])

  await project.rows(`update store.silver_payments_v1 set amount = 2 where payment_id = 'x'`)
  await tick(owner)
  expect(await state()).toEqual([failed])
  await tryAgain()
  await tick(owner)
  expect(await state()).toEqual([{ is_live: true, has_failed: false, error: null }])
  expect(await inexact(owner, ['gold.fragile'])).toEqual([])
})

test('a model that failed while the clock was ahead is tried again, one that is held out by hand is not', async () => {
  project.write({ 'bank/gold/fragile.sql': fragile })
  await project.apply()
  await storeEvents(owner, 'cards', [
    { ...payment(100), payload: { id: 'x', account: 'a0', amount: 3 } },
  ])
  await tick(owner)
  expect(await live()).toEqual(allModels)
  await project.rows(`update store.silver_payments_v1 set amount = 2 where payment_id = 'x'`)
  const retryAt = (time: string) =>
    project.rows(`update ops.model_states set retry_at = $1 where model = 'gold.fragile'`, [time])
  await retryAt('infinity')
  await tick(owner)
  expect(await live()).toEqual(allModels)
  await retryAt(new Date(Date.now() + 365 * 86_400_000).toISOString())
  await tick(owner)
  expect(await live()).toContain('gold.fragile')
})

test('a tick that is cancelled in the middle leaves nothing, and all is exact when it is repeated', async () => {
  await pay(owner, 0, 100)
  await tick(owner)
  await pay(owner, 100, 100)
  const [ticker, other] = [await worker(), await worker()]
  for (const blocked of [
    'store.gold_accounts_v1',
    'store.silver_transfers_v1',
    'store.gold_ways_v1',
  ]) {
    await owner.query(`begin; lock table ${blocked} in share mode`)
    const ticking = expect(tickOnce(ticker), blocked).rejects.toMatchObject({ code: '57014' })
    const pid = await waiting(other)
    await other.query('select pg_cancel_backend($1)', [pid])
    await ticking
    await owner.query('rollback')
    expect(await countOf('card_payments')).toEqual([{ rows: 50, events: 50 }])
    expect(await live()).toEqual(allModels)
    expect(await inexact(owner)).toEqual([])
  }
  expect(await project.rows(`select model from ops.models where error is not null`)).toEqual([])
  expect(await tickOnce(ticker)).toBe(100)
  expect(await countOf('card_payments')).toEqual([{ rows: 100, events: 100 }])
  expect(await inexact(owner)).toEqual([])
})

test('a tick that gives up waiting for a lock detaches no model', async () => {
  await pay(owner, 0, 20)
  const ticker = await worker()
  await ticker.query(`set lock_timeout = '50ms'`)
  await owner.query('begin; lock table store.gold_minutes_v1 in share mode')
  await expect(tickOnce(ticker)).rejects.toMatchObject({ code: '55P03' })
  await owner.query('rollback')
  expect(await live()).toEqual(allModels)
  expect(await tickOnce(ticker)).toBe(20)
  expect(await inexact(owner)).toEqual([])
})

test('a session that is ended in the middle of a tick leaves nothing, and another one goes on', async () => {
  await pay(owner, 0, 20)
  const [ticker, other] = [await worker(), await worker()]
  await owner.query('begin; lock table store.gold_ways_v1 in share mode')
  const ticking = expect(tickOnce(ticker)).rejects.toThrow()
  // it tells that it ends before it lets its locks go
  await other.query('select pg_terminate_backend($1, 30000)', [await waiting(other)])
  await ticking
  await owner.query('rollback')
  expect(await countOf('card_payments')).toEqual([{ rows: 0, events: 0 }])
  expect(await tickOnce(other)).toBe(20)
  expect(await inexact(owner)).toEqual([])
})

test('a tick that lacks a partition makes it, and the next one takes the events', async () => {
  const at = '2025-12-31T23:59:59Z'
  await storeEvents(owner, 'cards', [{ ...payment(0), at }, payment(1)])
  const ticker = await worker()
  expect(await tickOnce(ticker)).toBeGreaterThan(0)
  expect(await countOf('card_payments')).toEqual([{ rows: 0, events: 0 }])
  await tick(ticker)
  expect(await countOf('card_payments')).toEqual([{ rows: 2, events: 2 }])
  expect(await live()).toEqual(allModels)
  expect(await inexact(owner)).toEqual([])
})

test('a tick takes about 100,000 events, the next one the rest', async () => {
  await storeEvents(owner, 'cards', [payment(0)])
  await tick(owner)
  const payload = `jsonb_build_object('id', 'p' || n, 'account', 'a' || n % 7, 'amount', n % 13)`
  await storeMany(owner, 'cards', { batches: 5, rows: 30_000, payload })
  const ticker = await worker()
  expect([await tickOnce(ticker), await tickOnce(ticker), await tickOnce(ticker)]).toEqual([
    120_000, 30_000, 0,
  ])
  expect(await inexact(owner)).toEqual([])
})
