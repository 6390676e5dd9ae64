/**
 * How many events a second go from Kafka to gold, everything on this machine: a broker, PostgreSQL and one
 * `sluice run` with the models of a domain, or of several (`all`), whose share of the events is the same. The topics are
 * full before the clock starts, so that nothing else limits it.
 * `npx tsx bench/pipeline.ts [events] [domains, with commas]`
 */
import { setTimeout as wait } from 'node:timers/promises'
import { pino } from 'pino'
import { exampleViews } from '../cli/viewFolders.ts'
import { domainNames, generateOptions } from '../generator/index.ts'
import { runGenerator } from '../generator/run.ts'
import { applyModels } from '../models/apply.ts'
import { withServers } from './benchServers.ts'
import { progressOf, startSluice } from './runningSluice.ts'

const count = Number(process.argv[2] ?? 500_000)
const chosen = process.argv[3] ?? 'ecommerce'
const domains = chosen === 'all' ? [...domainNames] : chosen.split(',')

await withServers({ kafka: true }, async ({ client, brokers, url }) => {
  const owner = await client('sluice_owner')
  await applyModels(owner, {
    folders: exampleViews(domains),
    planOnly: false,
    prune: false,
    opsOnly: false,
  })
  const start = new Date(Date.now() - 3_600_000).toISOString()
  const options = generateOptions({ domains, start, events: count, rate: 5_000 })
  await runGenerator({
    options,
    sink: 'kafka',
    kafka: { brokers },
    isPaced: false,
    logger: pino({ level: 'silent' }),
  })
  const run = startSluice('run', { url: url('postgres'), brokers })
  // from the first stored events on, which do not count: without the start of the process
  let before = 0
  while ((before = (await progressOf(owner)).stored) === 0) {
    if (run.hasEnded()) throw new Error('sluice run ended')
    await wait(50)
  }
  const began = performance.now()
  let storedAfter = 0
  for (;;) {
    const { stored, isLevel } = await progressOf(owner)
    if (stored >= count && storedAfter === 0) storedAfter = performance.now() - began
    if (stored >= count && isLevel) break
    await wait(100)
  }
  const seconds = (performance.now() - began) / 1000
  await run.stop()
  console.log(
    `${count} events of ${domains.join(', ')}: in bronze after ${(storedAfter / 1000).toFixed(1)} s, in gold after ${seconds.toFixed(1)} s: ` +
      `${Math.round((count - before) / seconds).toLocaleString('en')} events/s from Kafka to gold`,
  )
  const { rows } = await owner.query<{ model: string; seconds: string; share: string }>(
    `select
      model, round(sum(seconds), 2) as seconds, round(100 * sum(seconds) / sum(sum(seconds)) over ()) as share
    from ops.model_runs
    group by model
    order by 2 desc
    limit ${8 + 4 * (domains.length - 1)}`,
  )
  console.log('which models cost most (ops.model_runs):')
  for (const row of rows) console.log(`  ${row.model.padEnd(32)} ${row.seconds} s  ${row.share} %`)
})
