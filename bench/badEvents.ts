/**
 * What bad events cost an event model: CPU of ticks in which 0.1 % of the events fail a cast, against ticks without any.
 * From PostgreSQL 16 on they are passed over in one reading. `npx tsx bench/badEvents.ts [events per tick]`; for another
 * server its programs come first in PATH.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { engineViews } from '../cli/viewFolders.ts'
import { applyModels } from '../models/apply.ts'
import { cpuOf } from './backendCpu.ts'
import { median, withServers } from './benchServers.ts'

const perTick = Number(process.argv[2] ?? 20_000)
const rounds = 11

const views = mkdtempSync(join(tmpdir(), 'sluice-views-'))
process.on('exit', () => rmSync(views, { recursive: true, force: true }))
mkdirSync(join(views, 'shop/silver'), { recursive: true })
writeFileSync(join(views, 'shop/sources.sql'), `-- Views.\nselect ops.add_source('views');\n`)
writeFileSync(
  join(views, 'shop/silver/views.sql'),
  `-- Views.
-- kind: event
-- key: event_id
-- time: viewed_at
select
  (payload ->> 'event_id')::uuid as event_id,
  payload ->> 'user_id' as user_id,
  (payload ->> 'session_id')::uuid as session_id,
  payload ->> 'product_id' as product_id,
  (payload ->> 'seconds')::numeric as seconds,
  (payload ->> 'event_time')::timestamptz as viewed_at
from bronze.views
`,
)

await withServers({ kafka: false }, async ({ client }) => {
  const owner = await client('sluice_owner')
  await owner.query('set max_parallel_workers_per_gather = 0')
  await applyModels(owner, {
    folders: [engineViews, views],
    planOnly: false,
    prune: false,
    opsOnly: false,
  })
  await owner.query(
    `select ops.open_partitions(source_id, 1::smallint, '[{"partition": 0, "first_offset": 0, "start_offset": 0, "end_offset": 0}]')
    from ops.sources`,
  )
  const seconds = { clean: [] as number[], bad: [] as number[] }
  for (let round = 0; round <= rounds; round++) {
    for (const [kind, share] of [
      ['clean', 0],
      ['bad', 0.001],
    ] as const) {
      await storeBatch(owner, share)
      const spent = await cpuOf(owner, () => owner.query('select ops.tick()'))
      // the first of each warms up
      if (round > 0) seconds[kind].push(spent)
    }
  }
  const { rows } = await owner.query<{ version: string; letters: string }>(
    `select current_setting('server_version') as version, count(*) as letters from ops.dead_letters`,
  )
  const [clean, bad] = [median(seconds.clean), median(seconds.bad)]
  console.log(
    `PostgreSQL ${rows[0]!.version}, ${perTick} events a tick, ${rows[0]!.letters} dead letters`,
  )
  console.log(`  none bad    ${clean.toFixed(3)} s a tick (median of ${rounds})`)
  console.log(`  0.1 % bad   ${bad.toFixed(3)} s  ratio ${(bad / clean).toFixed(2)}`)
})

async function storeBatch(owner: pg.Client, share: number): Promise<void> {
  await owner.query('begin')
  await owner.query(
    `insert into bronze.views (generation, kafka_partition, kafka_offset, batch_no, kafka_at, kafka_key, payload)
    select 1, 0, next_offset + place, next_batch_no, ops.now(), 'u',
      jsonb_build_object(
        'event_id', case when random() < $2 then 'none' else gen_random_uuid()::text end,
        'user_id', 'user-' || (random() * 5000)::int,
        'session_id', gen_random_uuid(),
        'product_id', 'product-' || (random() * 300)::int,
        'seconds', round((random() * 300)::numeric, 1),
        'referrer', 'https://shop.example/search?q=shoes',
        'event_time', to_char(ops.now() - random() * interval '1 hour', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
      )
    from ops.offsets
    cross join generate_series(0, $1::int - 1) as place`,
    [perTick, share],
  )
  await owner.query(
    `select ops.advance(jsonb_build_array(jsonb_build_object(
      'source_id', source_id, 'generation', 1, 'partition', 0, 'batch_no', next_batch_no, 'from_offset', next_offset,
      'first_offset', next_offset, 'last_offset', next_offset + $1::int - 1, 'next_offset', next_offset + $1::int,
      'end_offset', next_offset + $1::int, 'rows', $1::int, 'dead_letters', 0, 'bytes', 0,
      'newest_kafka_at', ops.now()
    )))
    from ops.offsets`,
    [perTick],
  )
  await owner.query('commit')
}
