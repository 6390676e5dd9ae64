import { expect, test } from 'vitest'
import { storeEvents, tick } from '../models/bronzeRows.ts'
import { newProject, view } from '../models/project.ts'
import { advance, batchOf } from './ops.ts'

test('a model is as fresh as the sources it reads, through however many models', async () => {
  const project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('orders');\nselect ops.add_source('clicks');\n`,
    'shop/silver/orders.sql': view('select kafka_offset as n from bronze.orders'),
    'shop/silver/clicks.sql': view('select kafka_offset as n from bronze.clicks'),
    'shop/gold/both.sql': view('select n from silver.orders union all select n from silver.clicks'),
    'shop/gold/top.sql': view('select n from gold.both'),
    'shop/gold/none.sql': view('select 1 as n'),
    'shop/gold/stored.sql':
      '-- S.\n-- kind: materialized\n-- grain: n\n-- every: 1 minute\nselect n from gold.top\n',
  })
  await project.apply()
  const open = async (topic: string, newest: string) => {
    const [source] = await project.rows<{ id: number }>(
      'select source_id as id from ops.sources where topic = $1',
      [topic],
    )
    const id = source!.id
    const partition = [{ partition: 0, first_offset: 0, start_offset: 0, end_offset: 0 }]
    await project.rows('select ops.open_partitions($1, 1::smallint, $2)', [
      id,
      JSON.stringify(partition),
    ])
    await advance(project.owner, [batchOf(id, { newest_kafka_at: newest })])
  }
  await open('orders', '2026-03-01T10:00:00Z')
  await open('clicks', '2026-03-01T10:00:20Z')
  const freshness = async () =>
    Object.fromEntries(
      (
        await project.rows<{ model: string; at: string | null; behind: string; complete: boolean }>(
          `select model, to_char(newest_event_at, 'HH24:MI:SS') as at, seconds_behind as behind, is_complete as complete
          from ops.freshness`,
        )
      ).map(({ model, at, behind, complete }) => [model, `${at} ${behind} ${complete}`]),
    )
  await project.rows(`set timezone = 'UTC'`)
  const views = {
    'silver.orders': '10:00:00 0.000 true',
    'silver.clicks': '10:00:20 0.000 true',
    'gold.both': '10:00:20 0.000 true',
    'gold.top': '10:00:20 0.000 true',
    'gold.none': 'null 0.000 true',
  }
  await project.rows(`select ops.run_job('refresh gold.stored')`)
  expect(await freshness()).toEqual({ ...views, 'gold.stored': '10:00:20 0.000 true' })
  await project.rows(
    `update ops.offsets set newest_kafka_at = newest_kafka_at + interval '1 minute'`,
  )
  expect(await freshness()).toMatchObject({
    'gold.top': '10:01:20 0.000 true',
    'gold.stored': '10:00:20 60.000 true',
  })
  await project.rows(`select ops.run_job('refresh gold.stored')`)
  expect(await freshness()).toMatchObject({ 'gold.stored': '10:01:20 0.000 true' })
})

test('a view is as fresh as the materialized model or the metric that it shows', async () => {
  const counts = (kind: string) => `-- Events of each id.
-- kind: ${kind}
-- grain: id
${kind === 'materialized' ? '-- every: 1 day\n' : ''}select id, count(*) as events from silver.clicks group by id
`
  const project = await newProject({
    'web/sources.sql': `-- Topics.\nselect ops.add_source('clicks');\n`,
    'web/silver/clicks.sql': `-- Clicks.
-- kind: event
-- time: at
select payload ->> 'id' as id, kafka_at as at from bronze.clicks
`,
    'web/gold/daily.sql': counts('materialized'),
    'web/gold/over_daily.sql': view('select id, events from gold.daily'),
    'web/gold/live.sql': counts('incremental'),
    'web/gold/over_live.sql': view('select id, events from gold.live'),
    'web/gold/of_live.sql': counts('materialized')
      .replace('count(*)', 'sum(events)')
      .replace('silver.clicks', 'gold.live'),
    'web/gold/over_both.sql': view(
      'select live.id, of_live.events from gold.live join gold.of_live using (id)',
    ),
  })
  await project.apply()
  await storeEvents(project.owner, 'clicks', [{ payload: { id: 'x' }, at: '2026-03-01T10:00:00Z' }])
  await tick(project.owner)
  await project.rows(`select ops.run_job('refresh gold.daily')`)
  // the metric does not get the next slice
  await project.rows(
    `create function store.refuse() returns trigger language plpgsql
      as $$ begin raise exception 'not today' using errcode = 'P0002'; end $$;
    create trigger refuse before insert or update on store.gold_live_v1
      for each row execute function store.refuse()`,
  )
  await storeEvents(project.owner, 'clicks', [{ payload: { id: 'x' }, at: '2026-03-01T11:00:00Z' }])
  await tick(project.owner)
  await project.rows(`set timezone = 'UTC'`)
  const seen = await project.rows(
    `select model, to_char(newest_event_at, 'HH24:MI') as at, round(seconds_behind) >= 3600 as is_old, is_complete
    from ops.freshness where model not in ('gold.of_live', 'gold.over_both') order by model`,
  )
  expect(seen).toEqual([
    { model: 'gold.daily', at: '10:00', is_old: true, is_complete: true },
    { model: 'gold.live', at: '10:00', is_old: false, is_complete: false },
    { model: 'gold.over_daily', at: '10:00', is_old: true, is_complete: true },
    { model: 'gold.over_live', at: '10:00', is_old: false, is_complete: false },
    { model: 'silver.clicks', at: '11:00', is_old: false, is_complete: true },
  ])
  // read by two ways, what waits counts once
  expect(
    await project.rows(
      `select model, slices_behind::int as slices from ops.freshness where slices_behind > 0 order by model`,
    ),
  ).toEqual(
    ['gold.live', 'gold.of_live', 'gold.over_both', 'gold.over_live'].map((model) => ({
      model,
      slices: 1,
    })),
  )
})

test('model status lists relations with their versions, without routines and sources', async () => {
  const project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('orders');\n`,
    'shop/gold/a.sql': view('select 1 as n'),
    'shop/gold/f.sql':
      '-- F.\n-- kind: routine\ncreate function gold.f() returns int language sql return 1;\n',
  })
  await project.apply()
  project.write({ 'shop/gold/a.sql': view('select 2 as n') })
  await project.apply()
  expect(
    await project.rows(
      `select model, kind, version, error from ops.model_status where model not like 'ops.%'`,
    ),
  ).toEqual([{ model: 'gold.a', kind: 'view', version: 2, error: null }])
})
