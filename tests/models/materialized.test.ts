import { expect, test } from 'vitest'
import { storeEvents, tick } from './bronzeRows.ts'
import { actions, newProject, view, type Project } from './project.ts'

const materialized = (select: string, header = '') =>
  `-- M.\n-- kind: materialized\n-- grain: a\n-- every: 30 seconds\n${header}${select}\n`

const kindOf = async (project: Project, name = 'gold.m') =>
  (await project.rows(`select relkind from pg_class where oid = '${name}'::regclass`))[0]![
    'relkind'
  ]

const jobsOf = (project: Project) =>
  project.rows(
    `select job_name, command, extract(epoch from every)::int as every_s from ops.jobs
    where job_name like 'refresh %' order by 1`,
  )

test('a materialized model has a unique index on its grain and a job', async () => {
  const project = await newProject({ 'shop/gold/m.sql': materialized('select 1 as a, 2 as b') })
  await project.apply()
  expect(await kindOf(project)).toBe('m')
  expect(
    await project.rows(
      `select indisunique, pg_get_indexdef(indexrelid) as definition from pg_index
      where indrelid = 'gold.m'::regclass`,
    ),
  ).toEqual([
    {
      indisunique: true,
      definition: 'CREATE UNIQUE INDEX m_grain_idx ON gold.m USING btree (a)',
    },
  ])
  expect(await jobsOf(project)).toEqual([
    {
      job_name: 'refresh gold.m',
      command: `select ops.refresh_materialized('gold', 'm')`,
      every_s: 30,
    },
  ])
})

test('its job refreshes it', async () => {
  const project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('goods');\n`,
    'shop/gold/m.sql': materialized('select kafka_offset as a from bronze.goods'),
  })
  await project.apply()
  await project.rows(
    `insert into bronze.goods (generation, kafka_partition, kafka_offset, batch_no, kafka_at) values (1, 0, 7, 1, now())`,
  )
  expect(await project.rows('select * from gold.m')).toEqual([])
  const worker = await project.database.client('sluice_refresh')
  const { rows } = await worker.query(`select ops.run_job('refresh gold.m') as outcome`)
  expect(rows).toEqual([{ outcome: 'ok' }])
  expect(await project.rows('select * from gold.m')).toEqual([{ a: '7' }])
})

test('a view becomes materialized and a view again, readers with it', async () => {
  const project = await newProject({
    'shop/gold/m.sql': view('select 1 as a'),
    'shop/gold/top.sql': view('select a from gold.m'),
  })
  await project.apply()
  project.write({ 'shop/gold/m.sql': materialized('select 1 as a') })
  expect(actions(await project.apply())).toEqual(['replace gold.m', 'rebuild gold.top'])
  expect([await kindOf(project), (await jobsOf(project)).length]).toEqual(['m', 1])
  project.write({ 'shop/gold/m.sql': view('select 1 as a') })
  expect(actions(await project.apply())).toEqual(['replace gold.m', 'rebuild gold.top'])
  expect([await kindOf(project), await jobsOf(project)]).toEqual(['v', []])
  expect(await project.rows('select * from gold.top')).toEqual([{ a: 1 }])
})

test('a materialized model that becomes a view while its columns change below leaves no job', async () => {
  const project = await newProject({
    'shop/silver/base.sql': view('select 1 as a'),
    'shop/gold/m.sql': materialized('select a from silver.base'),
  })
  await project.apply()
  project.write({
    'shop/silver/base.sql': view(`select 'one' as a`),
    'shop/gold/m.sql': view('select a from silver.base'),
  })
  await project.apply()
  expect([await kindOf(project), await jobsOf(project)]).toEqual(['v', []])
})

test('a changed interval changes the job and keeps its history', async () => {
  const project = await newProject({ 'shop/gold/m.sql': materialized('select 1 as a') })
  await project.apply()
  await project.rows(`select ops.run_job('refresh gold.m')`)
  project.write({
    'shop/gold/m.sql': materialized('select 1 as a').replace('30 seconds', '2 minutes'),
  })
  await project.apply()
  expect(await jobsOf(project)).toMatchObject([{ every_s: 120 }])
  expect(await project.rows('select job_name from ops.job_runs')).toEqual([
    { job_name: 'refresh gold.m' },
  ])
})

test('a rebuild below keeps comment, index, rights and history', async () => {
  const project = await newProject({
    'shop/silver/base.sql': view('select 1 as a, 2 as secret'),
    'shop/gold/m.sql': materialized('select a, secret from silver.base', '-- private: secret\n'),
  })
  await project.apply()
  await project.rows(`select ops.run_job('refresh gold.m')`)
  project.write({ 'shop/silver/base.sql': view(`select 'one' as a, 2 as secret`) })
  expect(actions(await project.apply())).toEqual(['replace silver.base', 'rebuild gold.m'])
  expect(
    await project.rows(
      `select obj_description('gold.m'::regclass) as comment,
        (select count(*)::int from pg_index where indrelid = 'gold.m'::regclass and indisunique) as indexes,
        has_column_privilege('grafana_reader', 'gold.m', 'a', 'select') as reads_a,
        has_column_privilege('grafana_reader', 'gold.m', 'secret', 'select') as reads_secret,
        (select count(*)::int from ops.job_runs) as runs`,
    ),
  ).toEqual([{ comment: 'M.', indexes: 1, reads_a: true, reads_secret: false, runs: 1 }])
})

test('a new materialized model says how new the newest event in it is', async () => {
  const project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('goods');\n`,
    'shop/silver/goods.sql': view('select kafka_offset as a from bronze.goods'),
  })
  await project.apply()
  await project.rows(
    `insert into ops.offsets (source_id, generation, kafka_partition, next_offset, end_offset, newest_kafka_at)
    select source_id, 1, 0, 5, 5, '2026-03-01T10:00:00Z' from ops.sources`,
  )
  project.write({ 'shop/gold/m.sql': materialized('select a from silver.goods') })
  await project.apply()
  await project.rows(`update ops.offsets set newest_kafka_at = '2026-03-01T10:00:30Z'`)
  const freshness = `select newest_event_at, seconds_behind, is_complete from ops.freshness where model = 'gold.m'`
  expect(await project.rows(freshness)).toEqual([
    {
      newest_event_at: new Date('2026-03-01T10:00:00Z'),
      seconds_behind: '30.000',
      is_complete: true,
    },
  ])
})

const goods = {
  'shop/sources.sql': `-- Topics.\nselect ops.add_source('goods');\n`,
  'shop/silver/goods.sql': `-- Goods.\n-- kind: event\n-- time: at\nselect payload ->> 'id' as id, kafka_at as at from bronze.goods\n`,
}
const counted = materialized('select id as a, count(*) as n from silver.goods group by id').replace(
  '30 seconds',
  '1 day',
)
const good = (id: string, at = '2026-03-01T10:00:00Z') => ({ at, payload: { id } })
const refresh = async (project: Project) =>
  (await project.rows(`select ops.run_job('refresh gold.m') as outcome`))[0]!['outcome']
const isDue = async (project: Project) =>
  (await project.rows(`select from ops.due_jobs() where job_name = 'refresh gold.m'`)).length > 0
const freshness = async (project: Project) =>
  (
    await project.rows(
      `select newest_event_at, seconds_behind::float as seconds_behind, is_complete from ops.freshness where model = 'gold.m'`,
    )
  )[0]

test('over a table that catches up it is not complete, and refreshed as soon as that is level', async () => {
  const project = await newProject({ 'shop/sources.sql': goods['shop/sources.sql'] })
  await project.apply()
  await storeEvents(project.owner, 'goods', [good('g1'), good('g2')])
  project.write({ ...goods, 'shop/gold/m.sql': counted })
  await project.apply()
  expect(await freshness(project)).toMatchObject({ newest_event_at: null, is_complete: false })
  expect(await refresh(project)).toBe('ok')
  expect(await project.rows('select * from gold.m')).toEqual([])
  expect(await freshness(project)).toMatchObject({ newest_event_at: null, is_complete: false })
  expect(await isDue(project)).toBe(false)

  await tick(project.owner)
  expect(await freshness(project)).toMatchObject({ is_complete: false })
  expect(await isDue(project)).toBe(true)
  expect(await refresh(project)).toBe('ok')
  expect(await project.rows('select a, n from gold.m order by a')).toEqual([
    { a: 'g1', n: '1' },
    { a: 'g2', n: '1' },
  ])
  expect(await freshness(project)).toEqual({
    newest_event_at: new Date('2026-03-01T10:00:00Z'),
    seconds_behind: 0,
    is_complete: true,
  })
  expect(await isDue(project)).toBe(false)
})

test('so it is over views and materialized models in between, one after the other', async () => {
  const project = await newProject({
    ...goods,
    'shop/silver/seen.sql': view('select id from silver.goods'),
    'shop/gold/first.sql': materialized('select distinct id as a from silver.seen').replace(
      '30 seconds',
      '1 day',
    ),
    'shop/gold/m.sql': materialized('select a from gold.first').replace('30 seconds', '1 day'),
  })
  await project.apply()
  await storeEvents(project.owner, 'goods', [good('g1')])
  const due = async () =>
    (await project.rows(`select job_name from ops.due_jobs() where job_name like 'refresh %'`)).map(
      ({ job_name }) => job_name,
    )
  const run = (model: string) => project.rows('select ops.run_job($1)', [`refresh ${model}`])
  await run('gold.first')
  await run('gold.m')
  expect(await due()).toEqual([])
  await tick(project.owner)
  expect(await due()).toEqual(['refresh gold.first'])
  await run('gold.first')
  expect(await due()).toEqual(['refresh gold.m'])
  await run('gold.m')
  expect(await due()).toEqual([])
  expect(await project.rows('select * from gold.m')).toEqual([{ a: 'g1' }])
})

test('a refresh over a level table that fails is not tried at once again', async () => {
  const project = await newProject({
    ...goods,
    'shop/gold/m.sql': materialized('select id as a from silver.goods').replace(
      '30 seconds',
      '1 day',
    ),
  })
  await project.apply()
  // the grain is not unique
  await storeEvents(project.owner, 'goods', [good('g1'), good('g1')])
  await refresh(project)
  await tick(project.owner)
  expect(await isDue(project)).toBe(true)
  expect(await refresh(project)).toBe('failed')
  expect(await isDue(project)).toBe(false)
})

test('what the table below lacks is not in it, and it does not say so', async () => {
  const project = await newProject({ ...goods, 'shop/gold/m.sql': counted })
  await project.apply()
  await storeEvents(project.owner, 'goods', [good('g1')])
  await tick(project.owner)
  await storeEvents(project.owner, 'goods', [good('g2', '2026-03-01T10:02:00Z')])
  await refresh(project)
  expect(await project.rows('select a from gold.m')).toEqual([{ a: 'g1' }])
  expect(await freshness(project)).toMatchObject({
    newest_event_at: new Date('2026-03-01T10:00:00Z'),
    seconds_behind: 120,
  })
})
