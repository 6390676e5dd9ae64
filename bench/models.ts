/**
 * What it costs to keep the ecommerce models current: CPU of PostgreSQL for ticks of 20,000 events, for filling them
 * again and for catching up on all, against batch SQL over the whole table; and one tick against refreshing
 * materialized views of the same gold, as history grows. PostgreSQL has a quarter of the memory. Between the steps the
 * session does the same small work again and again: ratios are to its CPU at that time, since a machine may be faster
 * in one minute than in the next. `npx tsx bench/models.ts [events]`
 */
import type pg from 'pg'
import { exampleViews } from '../cli/viewFolders.ts'
import { generateBatches, generateOptions } from '../generator/index.ts'
import { applyModels } from '../models/apply.ts'
import { cpuOf } from './backendCpu.ts'
import { median, sizedForServer, withServers } from './benchServers.ts'

const count = Number(process.argv[2] ?? 400_000)
const perTick = 20_000

await withServers({ kafka: false, settings: sizedForServer }, async ({ client }) => {
  const owner = await client('sluice_owner')
  // all work in the one process whose CPU is measured, also where pg_cron would tick
  await owner.query(`select ops.drop_job('beat')`)
  await owner.query('set max_parallel_workers_per_gather = 0')
  await owner.query('set max_parallel_maintenance_workers = 0')
  await applyModels(owner, {
    folders: exampleViews(['ecommerce']),
    planOnly: false,
    prune: false,
    opsOnly: false,
  })
  const sources = await sourcesOf(owner)
  const ticks = await phase(owner)
  const comparisons: string[] = []
  let stored = 0
  for (const chunk of chunks()) {
    await storeChunk(owner, sources, chunk)
    stored += chunk.length
    const lastTick = await ticks.take(() => asWorker(owner, 'select ops.tick()'))
    if (stored % (count / 4) < perTick) {
      const refresh = await refreshAll(owner)
      comparisons.push(
        `  ${String(stored).padStart(9)} events  refresh ${refresh.toFixed(2)} s  tick ${lastTick.toFixed(2)} s  ratio ${(refresh / lastTick).toFixed(1)}`,
      )
    }
  }
  await owner.query('select ops.tick()')
  const again = await fillAgain(owner)
  const caughtUp = await catchUp(owner)
  const batches = [await batchSql(owner), await batchSql(owner), await batchSql(owner)]
  const batch = batches.sort((a, b) => a.works() - b.works())[1]!

  console.log(`${stored} events, ${perTick} a tick; CPU of the server's session`)
  const line = (name: string, one: Phase) =>
    console.log(
      `  ${name.padEnd(34)} ${one.seconds().toFixed(2).padStart(7)} s  ratio ${(one.works() / batch.works()).toFixed(2)}  ${Math.round(stored / one.seconds()).toLocaleString('en')} events/s  the same work ${one.yard().toFixed(3)} s`,
    )
  line('batch SQL, median of three', batch)
  line('ticks', ticks)
  line('filled again from bronze', again)
  line('caught up, newest first', caughtUp)
  console.log('refreshing materialized views of the same gold, against the tick at that moment:')
  for (const comparison of comparisons) console.log(comparison)
  const { rows } = await owner.query<{ model: string; seconds: string; share: string }>(
    `select
      model, round(sum(seconds), 2) as seconds, round(100 * sum(seconds) / sum(sum(seconds)) over ()) as share
    from ops.model_runs
    group by model
    order by 2 desc
    limit 8`,
  )
  console.log('which models cost most (ops.model_runs):')
  for (const { model, seconds, share } of rows)
    console.log(`  ${model.padEnd(32)} ${seconds} s  ${share} %`)
})

interface Phase {
  /** Does a step of it; returns its CPU in seconds. */
  take(this: void, step: () => Promise<unknown>): Promise<number>
  /** CPU of all steps. */
  seconds(this: void): number
  /** CPU of the work that is always the same, in the middle. */
  yard(this: void): number
  /** CPU of all steps, each in terms of that work right before and after it. */
  works(this: void): number
}

/** Steps with the same work before and after each. */
async function phase(owner: pg.Client): Promise<Phase> {
  await owner.query(
    `create temp table if not exists yard as
    select jsonb_build_object('id', md5(n::text), 'at', '2026-03-01T10:00:00Z', 'n', n) as document
    from generate_series(1, 1000) as n`,
  )
  const sameWork = () =>
    cpuOf(owner, () =>
      owner.query(
        // small, or it would take the place of what a step finds in the caches
        `select count((document ->> 'id')::uuid), max((document ->> 'at')::timestamptz), sum((document ->> 'n')::numeric)
        from yard
        cross join generate_series(1, 400)`,
      ),
    )
  const steps: number[] = []
  const yards = [await sameWork()]
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
  return {
    async take(step) {
      steps.push(await cpuOf(owner, step))
      yards.push(await sameWork())
      return steps.at(-1)!
    },
    seconds: () => sum(steps),
    yard: () => median(yards),
    works: () => sum(steps.map((step, index) => (2 * step) / (yards[index]! + yards[index + 1]!))),
  }
}

/** What a worker does, in a session as it has: its commits do not wait for the disk. */
async function asWorker<Row extends pg.QueryResultRow>(
  owner: pg.Client,
  call: string,
): Promise<pg.QueryResult<Row>> {
  await owner.query('set synchronous_commit = off')
  const result = await owner.query<Row>(call)
  await owner.query('reset synchronous_commit')
  return result
}

interface Source {
  id: number
  table: string
}

async function sourcesOf(owner: pg.Client): Promise<Map<string, Source>> {
  const { rows } = await owner.query<Source & { topic: string }>(
    'select topic, source_id as id, table_name as table from ops.sources',
  )
  for (const { id } of rows) {
    await owner.query(
      `select ops.open_partitions($1, 1::smallint, '[{"partition": 0, "first_offset": 0, "start_offset": 0, "end_offset": 0}]')`,
      [id],
    )
  }
  return new Map(rows.map((row) => [row.topic, row]))
}

interface Message {
  topic: string
  key: string | null
  value: string
}

function* chunks(): Generator<Message[]> {
  const start = new Date(Date.now() - 3_600_000).toISOString()
  let chunk: Message[] = []
  const options = generateOptions({ domains: 'ecommerce', start, events: count, rate: 5_000 })
  for (const batch of generateBatches(options)) {
    for (const { topic, key, value, isBroken } of batch) {
      if (!isBroken) chunk.push({ topic, key, value: value.toString() })
      if (chunk.length === perTick) {
        yield chunk
        chunk = []
      }
    }
  }
  if (chunk.length > 0) yield chunk
}

/** One batch for each topic, as the ingester stores them. */
async function storeChunk(
  owner: pg.Client,
  sources: Map<string, Source>,
  chunk: Message[],
): Promise<void> {
  await owner.query('begin')
  for (const [topic, { id, table }] of sources) {
    const rows = chunk.filter((message) => message.topic === topic)
    if (rows.length === 0) continue
    await owner.query(
      `insert into bronze.${table} (generation, kafka_partition, kafka_offset, batch_no, kafka_at, kafka_key, payload)
      select 1, 0, next_offset + place - 1, next_batch_no, ops.now(), key, value::jsonb
      from ops.offsets
      cross join unnest($2::text[], $3::text[]) with ordinality as messages (key, value, place)
      where source_id = $1`,
      [id, rows.map((row) => row.key), rows.map((row) => row.value)],
    )
    await owner.query(
      `select ops.advance(jsonb_build_array(jsonb_build_object(
        'source_id', source_id, 'generation', 1, 'partition', 0, 'batch_no', next_batch_no, 'from_offset', next_offset,
        'first_offset', next_offset, 'last_offset', next_offset + $2::int - 1, 'next_offset', next_offset + $2::int,
        'end_offset', next_offset + $2::int, 'rows', $2::int, 'dead_letters', 0, 'bytes', 0,
        'newest_kafka_at', ops.now()
      )))
      from ops.offsets
      where source_id = $1`,
      [id, rows.length],
    )
  }
  await owner.query('commit')
}

interface Definition {
  schema: string
  object: string
  kind: string
  definition: string
  key: string | null
  grain: string | null
}

async function definitions(owner: pg.Client, kinds: string[]): Promise<Definition[]> {
  const { rows } = await owner.query<Definition>(
    `select schema_name as schema, object_name as object, kind, definition, header ->> 'key' as key,
      header ->> 'grain' as grain
    from ops.models
    where kind = any ($1)
    order by schema_name desc, object_name`,
    [kinds],
  )
  return rows
}

/** Materialized views of the incremental models, made once and refreshed each time. */
async function refreshAll(owner: pg.Client): Promise<number> {
  const models = await definitions(owner, ['incremental'])
  await owner.query('create schema if not exists baseline')
  for (const { object, definition } of models) {
    await owner.query(
      `create materialized view if not exists baseline.${object} as ${definition} with no data`,
    )
  }
  return cpuOf(owner, async () => {
    for (const { object } of models)
      await owner.query(`refresh materialized view baseline.${object}`)
  })
}

/** Leaves the tables of all models empty, and their progress at the beginning. */
async function empty(owner: pg.Client): Promise<Definition[]> {
  const models = await definitions(owner, ['event', 'entity', 'incremental'])
  await owner.query('begin')
  for (const { schema, object } of models) {
    const { rows } = await owner.query<{ name: string }>(
      `select pg_class.relname as name from pg_class
      where relnamespace = 'store'::regnamespace and relkind in ('r', 'p') and not relispartition
        and relname ~ $1`,
      [`^${schema}_${object}_v[0-9]+(_keys|_distinct_[0-9]+)?$`],
    )
    for (const { name } of rows) await owner.query(`truncate store.${name}`)
  }
  await owner.query('delete from ops.slices')
  await owner.query('delete from ops.model_progress')
  await owner.query('update ops.model_states set is_live = false, next_slice_no = 1')
  await owner.query('commit')
  await owner.query('vacuum analyze')
  return models
}

/** As a changed model is. */
async function fillAgain(owner: pg.Client): Promise<Phase> {
  const models = await empty(owner)
  const filling = await phase(owner)
  for (const { schema, object } of models) {
    await filling.take(() => owner.query('select ops.rebuild_model($1)', [`${schema}.${object}`]))
  }
  return filling
}

/** As new models do: the newest events first, in steps of about 2 s, and the last ones by a tick. */
async function catchUp(owner: pg.Client): Promise<Phase> {
  await empty(owner)
  const catchingUp = await phase(owner)
  for (let isBehind = true; isBehind;) {
    await catchingUp.take(async () => {
      const { rows } = await asWorker<{ model: string | null }>(
        owner,
        'select ops.catch_up() as model',
      )
      isBehind = rows[0]!.model !== null
    })
  }
  await catchingUp.take(() => asWorker(owner, 'select ops.tick()'))
  return catchingUp
}

/** The same silver and gold as plain SQL would make them once, each unique by its key or its grain. */
async function batchSql(owner: pg.Client): Promise<Phase> {
  await owner.query('drop schema if exists baseline cascade')
  await owner.query('create schema baseline')
  const silver = await definitions(owner, ['event', 'entity'])
  const gold = await definitions(owner, ['incremental'])
  const computing = await phase(owner)
  for (const { object, definition, key } of silver) {
    await computing.take(async () => {
      await owner.query(
        `create table baseline.${object} as select distinct on (${key}) * from (${definition}) as parsed`,
      )
      await owner.query(`create unique index on baseline.${object} (${key})`)
    })
  }
  for (const { object, definition, grain } of gold) {
    const text = definition.replaceAll('silver.', 'baseline.')
    await computing.take(async () => {
      await owner.query(`create table baseline.gold_${object} as ${text}`)
      await owner.query(
        `create unique index on baseline.gold_${object} (${grain}) nulls not distinct`,
      )
    })
  }
  return computing
}
