import type pg from 'pg'
import { beforeEach, expect, test } from 'vitest'
import { lettersOf, storeEvents, tick } from '../models/bronzeRows.ts'
import { actions, view, type Project } from '../models/project.ts'
import { goldModels, inexact, moneyFiles, moneyProject, pay, payments } from './money.ts'

let project: Project
let owner: pg.Client
beforeEach(async () => {
  project = await moneyProject()
  owner = project.owner
  project.write({ 'bank/gold/top.sql': view('select account, balance from gold.accounts') })
  await project.apply()
  await tick(owner)
  for (let n = 0; n < 4; n += 1) {
    await pay(owner, n * 50, 50)
    await tick(owner)
  }
})

/** The versions of tables, by model, and what of them is in schema store. */
const versions = async () =>
  Object.fromEntries(
    (
      await project.rows<{ model: string; version: number }>(
        'select model, store_version as version from ops.models where store_version is not null',
      )
    ).map(({ model, version }) => [model, version]),
  )
const tables = async (model: string) =>
  (
    await project.rows<{ name: string }>(
      `select relname as name from pg_class
      where relnamespace = 'store'::regnamespace and relkind in ('r', 'p') and not relispartition and relname like $1
      union all
      select proname from pg_proc where pronamespace = 'store'::regnamespace and proname like $1
      order by 1`,
      [`${model.replace('.', '_')}\\_v%`],
    )
  ).map(({ name }) => name)
const first = {
  'gold.accounts': 1,
  'gold.minutes': 1,
  'gold.ways': 1,
  'silver.card_payments': 1,
  'silver.payments': 1,
  'silver.transfers': 1,
}
const change = (path: string, from: string, to: string) => {
  const text = moneyFiles[path]!
  expect(text).toContain(from)
  project.write({ [path]: text.replaceAll(from, to) })
}

test('a changed incremental model gets a new table, filled, and the old one is gone', async () => {
  change('bank/gold/accounts.sql', 'sum(amount) as balance', 'sum(amount * 2) as balance')
  expect(actions(await project.apply())).toEqual(['replace gold.accounts'])
  expect(await versions()).toEqual({ ...first, 'gold.accounts': 2 })
  expect(await tables('gold.accounts')).toEqual([
    'gold_accounts_v2',
    'gold_accounts_v2_apply',
    'gold_accounts_v2_distinct_1',
    'gold_accounts_v2_fill',
  ])
  expect(await inexact(owner)).toEqual([])
  expect(await project.rows('select * from ops.lagging_models')).toEqual([])
  await pay(owner, 200, 50)
  await tick(owner)
  expect(await inexact(owner)).toEqual([])
})

test('a changed event model takes the models that read it along', async () => {
  change('bank/silver/payments.sql', '::int as amount', '::int * 10 as amount')
  expect(await project.apply()).toMatchObject([
    { model: 'silver.payments', action: 'replace', reason: 'its file changed' },
    {
      model: 'gold.accounts',
      action: 'rebuild',
      reason: 'the table of silver.payments below it was made anew',
    },
    { model: 'gold.minutes', action: 'rebuild' },
  ])
  expect(await versions()).toEqual({
    ...first,
    'silver.payments': 2,
    'gold.accounts': 2,
    'gold.minutes': 2,
  })
  expect(await tables('silver.payments')).toEqual([
    'silver_payments_v2',
    'silver_payments_v2_check',
    'silver_payments_v2_fill',
    'silver_payments_v2_parse',
    'silver_payments_v2_take',
  ])
  expect(
    await project.rows(
      `select count(*)::int as n, count(*) filter (where amount % 10 <> 0)::int as small from silver.payments`,
    ),
  ).toEqual([{ n: 180, small: 0 }])
  expect(await inexact(owner)).toEqual([])
  await pay(owner, 200, 50)
  await tick(owner)
  expect(await inexact(owner)).toEqual([])
})

test('an event model whose columns change takes views and gold along', async () => {
  change('bank/silver/payments.sql', '::int as amount', '::numeric(10, 2) as amount')
  await project.apply()
  expect(await inexact(owner)).toEqual([])
  expect(await project.rows('select * from gold.top order by 1')).toEqual(
    await project.rows('select account, balance from gold.accounts order by 1'),
  )
  await pay(owner, 200, 50)
  await tick(owner)
  expect(await inexact(owner)).toEqual([])
})

test.each([
  ['the description', '-- Payments.', '-- Payments, large and small.'],
  ['who may read it', '-- time: at', '-- time: at\n-- private: amount'],
  ['the layout of its text', 'as amount,', 'as amount, -- in cents\n\n'],
])('a change of %s keeps the table', async (_, from, to) => {
  change('bank/silver/payments.sql', from, to)
  const rows = `select xmin::text, * from store.silver_payments_v1 order by sluice_source_id, sluice_offset`
  const before = await project.rows(rows)
  expect(actions(await project.apply())).toEqual(['replace silver.payments'])
  expect(await versions()).toEqual(first)
  expect(await project.rows(rows)).toEqual(before)
  await pay(owner, 200, 50)
  await tick(owner)
  expect(await inexact(owner)).toEqual([])
})

test('a changed comment is that of the view, and a column that became private is hidden', async () => {
  change('bank/silver/payments.sql', '-- Payments.', '-- Payments, large and small.')
  await project.apply()
  expect(await project.rows(`select obj_description('silver.payments'::regclass) as c`)).toEqual([
    { c: 'Payments, large and small.' },
  ])
  change('bank/gold/accounts.sql', '-- grain: account', '-- grain: account\n-- private: balance')
  await project.apply()
  const grafana = await project.database.client('grafana_reader')
  await expect(grafana.query('select balance from gold.accounts')).rejects.toMatchObject({
    code: '42501',
  })
})

test('dead letters are found anew: those of a mended model are taken, others stay', async () => {
  await storeEvents(owner, 'cards', [
    { payload: { id: 'words', account: 'a1', amount: 'ten' } },
    { payload: { id: 'halves', account: 'a1', amount: '1.5' } },
    ...payments(300, 3),
  ])
  await tick(owner)
  expect(await lettersOf(owner, 'silver.payments')).toEqual(['0/100 22P02', '0/101 22P02'])
  change('bank/silver/payments.sql', '::int as amount', '::numeric as amount')
  await project.apply()
  expect(await lettersOf(owner, 'silver.payments')).toEqual(['0/100 22P02'])
  // the model of cards alone was not changed
  expect(await lettersOf(owner, 'silver.card_payments')).toEqual(['0/100 22P02', '0/101 22P02'])
  expect(
    await project.rows(`select amount from silver.payments where payment_id = 'halves'`),
  ).toEqual([{ amount: '1.5' }])
  expect(await inexact(owner)).toEqual([])

  change('bank/silver/payments.sql', `(payload ->> 'amount')::int`, `length(payload ->> 'amount')`)
  await project.apply()
  expect(await lettersOf(owner, 'silver.payments')).toEqual([])
  change('bank/silver/payments.sql', `kafka_at as at`, `(payload ->> 'at')::timestamptz as at`)
  await project.apply()
  expect(await project.rows('select count(*)::int as n from silver.payments')).toEqual([{ n: 0 }])
  expect(await lettersOf(owner, 'silver.payments')).toHaveLength(205)
})

test('a model that cannot be filled is an error at its file, and the old one stays and ticks', async () => {
  change('bank/gold/accounts.sql', 'sum(amount)', 'sum(amount * 1000000000)')
  expect(await project.complaint()).toMatch(
    /^bank\/gold\/accounts\.sql:4:1: It can't be filled from what is stored: integer out of range \(22003\)\n/,
  )
  expect(await versions()).toEqual(first)
  await pay(owner, 200, 50)
  await tick(owner)
  expect(await project.rows('select model from ops.models where error is not null')).toEqual([])
  expect(await inexact(owner)).toEqual([])
})

test('plan tells of the rebuild, and changes nothing', async () => {
  change('bank/silver/payments.sql', '::int as amount', '::int * 10 as amount')
  const before = await tables('silver.payments')
  const planned = await project.plan()
  expect(await versions()).toEqual(first)
  expect(await tables('silver.payments')).toEqual(before)
  expect(await inexact(owner)).toEqual([])
  expect(planned).toEqual(await project.apply())
})

test('ticks wait while a model is rebuilt, and lose nothing', async () => {
  const ticker = await project.database.client('sluice_refresh')
  const other = await project.database.client()
  change('bank/silver/payments.sql', '::int as amount', '::int * 10 as amount')
  let isApplied = false
  const ticking = (async () => {
    for (let n = 200; !isApplied; n += 10) {
      await pay(other, n, 10)
      await ticker.query('select ops.tick()')
    }
  })()
  await project.apply()
  isApplied = true
  await ticking
  await tick(owner)
  expect(await inexact(owner)).toEqual([])
  expect(await project.rows('select * from ops.lagging_models')).toEqual([])
})

test('a model that is pruned leaves nothing behind', async () => {
  project.write({ 'bank/gold/accounts.sql': null, 'bank/gold/top.sql': null })
  await project.apply({ prune: true })
  expect(await tables('gold.accounts')).toEqual([])
  expect(
    await project.rows(
      `select model from ops.model_states where model = 'gold.accounts'
      union all select model from ops.model_inputs where model = 'gold.accounts'
      union all select model from ops.model_progress where model = 'gold.accounts'`,
    ),
  ).toEqual([])
  await pay(owner, 200, 50)
  await tick(owner)
  expect(await inexact(owner, goldModels.slice(1))).toEqual([])
})

test('an incremental model becomes a view and an incremental model again', async () => {
  const text = moneyFiles['bank/gold/accounts.sql']!
  project.write({
    'bank/gold/accounts.sql': text
      .replace('kind: incremental', 'kind: view')
      .replace('-- grain: account\n', ''),
  })
  await project.apply()
  expect(await tables('gold.accounts')).toEqual([])
  await pay(owner, 200, 50)
  await tick(owner)
  const shown = await project.rows('select * from gold.accounts order by 1')
  project.write({ 'bank/gold/accounts.sql': text })
  await project.apply()
  await tick(owner)
  expect(await project.rows('select * from gold.accounts order by 1')).toEqual(shown)
  expect(await inexact(owner)).toEqual([])
})
