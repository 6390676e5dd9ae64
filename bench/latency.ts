/**
 * How long events take from the moment they are due to be sent until they can be read, at 5,000 a second for 120 s,
 * everything on this machine: a broker, PostgreSQL, and `sluice ingest` (in bronze), or with `gold` `sluice run` with
 * all models of the shop (in a gold table, where one in 50 events has a row of its own). The producer keeps its schedule
 * whatever happens; a connection of its own asks what is there, each 5 ms. The first 10 s do not count. What the empty
 * question itself takes is printed beside it. `npx tsx bench/latency.ts [bronze|gold] [seconds] [rate]`
 */
import { setTimeout as wait } from 'node:timers/promises'
import { pino } from 'pino'
import { toKafka } from '../generator/toKafka.ts'
import { withServers } from './benchServers.ts'
import { bronzeTrial, goldTrial } from './latencyTrials.ts'
import { percentile, sendOnSchedule } from './openLoop.ts'
import { sessionsOf, startSluice } from './runningSluice.ts'

const layer = process.argv[2] ?? 'bronze'
const seconds = Number(process.argv[3] ?? 120)
const rate = Number(process.argv[4] ?? 5_000)
const count = rate * seconds
const warmUpMs = 10_000
const pollMs = 5

await withServers({ kafka: true }, async ({ client, brokers, url }) => {
  const owner = await client('sluice_owner')
  const reader = await client(layer === 'gold' ? 'grafana_reader' : 'postgres')
  const newTrial = layer === 'gold' ? goldTrial : bronzeTrial
  const trial = await newTrial(owner, reader, { count, rate })
  const sink = await toKafka({ brokers }, trial.topics, pino({ level: 'silent' }))
  const command = layer === 'gold' ? 'run' : 'ingest'
  const sluice = startSluice(command, { url: url('postgres'), brokers })
  while ((await sessionsOf(owner)).length === 0) await wait(50)

  const begin = performance.now()
  const dueAt = (n: number) => begin + (n * 1_000) / rate
  const sending = sendOnSchedule(sink, { begin, rate, count }, trial.event)
  const delays: number[] = []
  const questions: number[] = []
  for (let seen = 0; seen < trial.visible;) {
    const asked = performance.now()
    const due = Math.min(count, Math.floor(((asked - begin) * rate) / 1_000) + 1)
    const found = await trial.look(due)
    const now = performance.now()
    questions.push(now - asked)
    for (const n of found) if (dueAt(n) - begin >= warmUpMs) delays.push(now - dueAt(n))
    seen += found.length
    if (sluice.hasEnded()) throw new Error(`sluice ${command} ended`)
    await wait(pollMs)
  }
  await sending
  await sink.close()
  await sluice.stop()
  const ms = (values: number[]) =>
    [0.5, 0.99, 1].map((share) => Math.round(percentile(values, share))).join(' / ')
  console.log(
    `${rate} events a second for ${seconds} s, due until seen in ${layer}: ` +
      `p50 / p99 / most ${ms(delays)} ms, of ${delays.length} events`,
  )
  console.log(`  of it the question alone: ${ms(questions)} ms`)
})
