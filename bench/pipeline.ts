/**
 * How many events a second go from Kafka to gold, everything on this machine: a broker, PostgreSQL and one
 * `sluice run` with the ecommerce models. The topic is full before the clock starts, so that nothing else limits it.
 * `npx tsx bench/pipeline.ts [events]`
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pino } from 'pino'
import { projectFolder } from '../cli/projectFolder.ts'
import { generateOptions } from '../generator/index.ts'
import { runGenerator } from '../generator/run.ts'
import { applyModels } from '../models/apply.ts'
import { withServers } from './benchServers.ts'

const count = Number(process.argv[2] ?? 500_000)

await withServers({ kafka: true }, async ({ client, brokers, url }) => {
  const owner = await client('sluice_owner')
  await applyModels(owner, {
    folders: [join(projectFolder, 'views')],
    planOnly: false,
    prune: false,
    opsOnly: false,
  })
  const start = new Date(Date.now() - 3_600_000).toISOString()
  const options = generateOptions({ start, events: count, rate: 5_000 })
  await runGenerator({
    options,
    sink: 'kafka',
    kafka: { brokers },
    isPaced: false,
    logger: pino({ level: 'silent' }),
  })
  const run = spawn('node', [join(projectFolder, 'cli/sluice.mjs'), 'run'], {
    env: {
      ...process.env,
      DATABASE_URL: url('postgres'),
      KAFKA_BROKERS: brokers.join(','),
      SLUICE_LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const figures = async () => {
    const { rows } = await owner.query<{ stored: string; level: boolean }>(`
      select
        (select coalesce(sum(stored_rows + dead_letters), 0) from ops.source_status) as stored,
        not exists (select from ops.lagging_models) as level`)
    return { stored: Number(rows[0]!.stored), isLevel: rows[0]!.level }
  }
  // from the first stored event on, without the start of the process
  while ((await figures()).stored === 0) {
    if (run.exitCode !== null) throw new Error('sluice run ended')
    await wait(50)
  }
  const began = performance.now()
  let storedAfter = 0
  for (;;) {
    const { stored, isLevel } = await figures()
    if (stored >= count && storedAfter === 0) storedAfter = performance.now() - began
    if (stored >= count && isLevel) break
    await wait(100)
  }
  const seconds = (performance.now() - began) / 1000
  run.kill('SIGTERM')
  await once(run, 'exit')
  console.log(
    `${count} events: in bronze after ${(storedAfter / 1000).toFixed(1)} s, in gold after ${seconds.toFixed(1)} s: ` +
      `${Math.round(count / seconds).toLocaleString('en')} events/s from Kafka to gold`,
  )
  const { rows } = await owner.query<{ model: string; seconds: string; share: string }>(
    `select
      model, round(sum(seconds), 2) as seconds, round(100 * sum(seconds) / sum(sum(seconds)) over ()) as share
    from ops.model_runs
    group by model
    order by 2 desc
    limit 8`,
  )
  console.log('which models cost most (ops.model_runs):')
  for (const row of rows) console.log(`  ${row.model.padEnd(32)} ${row.seconds} s  ${row.share} %`)
})
