import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { storeEvents, tick, type Event } from './bronzeRows.ts'
import { actions, newProject, type Project } from './project.ts'

const rows = 20_000
const event = (id: number): Event => ({
  payload: { id, user: `u${id % 100}`, at: new Date(Date.UTC(2026, id % 3, 1) + id).toISOString() },
})

/** A silver table of some 22 MB, in three partitions, and gold that counts it. */
async function projectWithLargeTable(): Promise<Project> {
  const project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('sales');\n`,
    'shop/silver/sales.sql': `-- Sales.
-- kind: event
-- key: id
-- time: sold_at
select
  (payload ->> 'id')::int as id,
  payload ->> 'user' as user_id,
  repeat('x', 1000) as filler,
  (payload ->> 'at')::timestamptz as sold_at
from bronze.sales
`,
    'shop/gold/sales_count.sql': `-- How many.
-- kind: incremental
-- grain: day_at
select date_trunc('day', sold_at) as day_at, count(*) as sales from silver.sales group by 1
`,
  })
  await project.apply()
  const events = Array.from({ length: rows }, (_, id) => event(id))
  await storeEvents(project.owner, 'sales', events)
  await tick(project.owner)
  return project
}

const sessions = `-- The middle of ids, by user.
-- kind: incremental
-- grain: user_id
select user_id, percentile_disc(0.5) within group (order by id) as middle from silver.sales group by user_id
`

const indexesByUser = (project: Project) =>
  project.rows<{ name: string; is_valid: boolean; parent: string | null }>(
    `select indexrelid::regclass::text as name, indisvalid as is_valid, inhparent::regclass::text as parent
    from pg_index
    left join pg_inherits on inhrelid = indexrelid
    where pg_get_indexdef(indexrelid) like '%(user_id)'
      and indrelid in (select relid from pg_partition_tree('store.silver_sales_v1'))
    order by name`,
  )

/** On the table as a whole, whose parts are those of all partitions. */
async function expectOneIndex(project: Project): Promise<void> {
  const indexes = await indexesByUser(project)
  expect(indexes.every((index) => index.is_valid)).toBe(true)
  const parents = indexes.map((index) => index.parent)
  expect(parents.filter((parent) => parent === null)).toHaveLength(1)
  expect(new Set(parents)).toEqual(new Set([null, 'store.silver_sales_v1_user_id_idx']))
  const tables = await project.rows(`select from pg_partition_tree('store.silver_sales_v1')`)
  expect(indexes).toHaveLength(tables.length)
}

test('ticks go on while an index that a new model needs is made on a large table', async () => {
  const project = await projectWithLargeTable()
  project.write({ 'shop/gold/middles.sql': sessions })

  // a plain create index would wait for this transaction, and ticks for it
  const writer = await project.database.client('sluice_owner')
  await writer.query('begin')
  await writer.query(`delete from store.silver_sales_v1 where id = -1`)
  let isDone = false
  const applying = project.apply().then((changes) => {
    isDone = true
    return changes
  })
  const admin = await project.database.client()
  for (let waiting = 0; waiting === 0; await wait(50)) {
    const { rows: waits } = await admin.query(
      `select from pg_stat_activity
      where datname = current_database() and query like 'create index concurrently%' and wait_event_type = 'Lock'`,
    )
    waiting = waits.length
  }
  const store = await project.database.client('sluice_owner')
  await storeEvents(store, 'sales', [event(rows)])
  const refresher = await project.database.client('sluice_refresh')
  await refresher.query(`set statement_timeout = '10s'`)
  await refresher.query('select ops.tick()')
  const counted = await store.query('select sum(sales)::int as sales from gold.sales_count')
  expect(counted.rows).toEqual([{ sales: rows + 1 }])
  expect(isDone).toBe(false)

  await writer.query('rollback')
  expect(actions(await applying)).toEqual(['create gold.middles'])
  await expectOneIndex(project)
  await tick(project.owner)
  const middles = await project.rows('select count(*)::int as users from gold.middles')
  expect(middles).toEqual([{ users: 100 }])
})

test('what a build left that was interrupted is made again', async () => {
  const project = await projectWithLargeTable()
  project.write({ 'shop/gold/middles.sql': sessions })
  const [first] = await project.rows<{ partition: string }>(
    `select relname as partition
    from pg_partition_tree('store.silver_sales_v1') as tree
    join pg_class on pg_class.oid = relid
    where isleaf
    order by 1`,
  )
  const writer = await project.database.client('sluice_owner')
  await writer.query('begin')
  await writer.query('delete from store.silver_sales_v1 where id = -1')
  await project.owner.query(`set statement_timeout = '200ms'`)
  await expect(
    project.owner.query(
      `create index concurrently ${first!.partition}_user_id_idx on store.${first!.partition} (user_id)`,
    ),
  ).rejects.toThrow('statement timeout')
  await project.owner.query('reset statement_timeout')
  await writer.query('rollback')
  expect((await indexesByUser(project)).map((index) => index.is_valid)).toEqual([false])

  await project.apply()
  await expectOneIndex(project)
})

test('plan makes no index on a large table', async () => {
  const project = await projectWithLargeTable()
  project.write({ 'shop/gold/middles.sql': sessions })
  const writer = await project.database.client('sluice_owner')
  await writer.query('begin')
  await writer.query('delete from store.silver_sales_v1 where id = -1')
  await project.owner.query(`set statement_timeout = '10s'`)
  expect(actions(await project.plan())).toEqual(['create gold.middles'])
  await writer.query('rollback')
  expect(await indexesByUser(project)).toEqual([])
})

test('a partition whose index PostgreSQL named itself gets no second one', async () => {
  const project = await projectWithLargeTable()
  // as the parts of a long name are, which PostgreSQL cuts in its own way
  await project.owner.query(
    'create index silver_sales_v1_user_id_idx on store.silver_sales_v1 (user_id)',
  )
  const parts = (await indexesByUser(project)).filter((index) => index.parent !== null)
  for (const [number, { name }] of parts.entries()) {
    await project.owner.query(`alter index ${name} rename to part_${number}`)
  }
  project.write({ 'shop/gold/middles.sql': sessions })
  await project.apply()
  await expectOneIndex(project)
})
