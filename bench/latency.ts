/**
 * How long events take from the moment they are due to be sent until they can be read, at 5,000 a second for 120 s,
 * everything on this machine: a broker, PostgreSQL, and `sluice ingest` (in bronze), or with `gold` `sluice run` with
 * all models of the shop (in a gold table, where one in 50 events has a row of its own). The producer keeps its schedule
 * whatever happens; a connection of its own asks what is there, each 5 ms. The first 10 s do not count. What the empty
 * question itself takes is printed beside it. With `backfill` a million events are in gold before, and two models of
 * bench/history/ are new when the 10 s are over: what is due while they catch up counts.
 * `npx tsx bench/latency.ts [bronze|gold|backfill] [seconds] [rate] [all]`, with `all` of all five domains.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { pino } from 'pino'
import { domainNames } from '../generator/index.ts'
import { toKafka } from '../generator/toKafka.ts'
import { catchUp, storeHistory } from './backfill.ts'
import { withServers } from './benchServers.ts'
import { bronzeTrial, goldTrial } from './latencyTrials.ts'
import { percentile, sendOnSchedule } from './openLoop.ts'
import { sessionsOf, startSluice } from './runningSluice.ts'

const layer = process.argv[2] ?? 'bronze'
const seconds = Number(process.argv[3] ?? 120)
const rate = Number(process.argv[4] ?? 5_000)
const domains = process.argv[5] === 'all' ? [...domainNames] : ['ecommerce']
const count = rate * seconds
const warmUpMs = 10_000
const pollMs = 5

await withServers({ kafka: true }, async ({ client, brokers, url }) => {
  const owner = await client('sluice_owner')
  const reader = await client(layer === 'bronze' ? 'postgres' : 'grafana_reader')
  const newTrial = layer === 'bronze' ? bronzeTrial : goldTrial
  const trial = await newTrial(owner, reader, { domains, count, rate })
  const sink = await toKafka({ brokers }, trial.topics, pino({ level: 'silent' }))
  const command = layer === 'bronze' ? 'ingest' : 'run'
  const where = { url: url('postgres'), brokers }
  const sluice = startSluice(command, where)
  while ((await sessionsOf(owner)).length === 0) await wait(50)
  if (layer === 'backfill') await storeHistory(owner, brokers)

  const begin = performance.now()
  const dueAt = (n: number) => begin + (n * 1_000) / rate
  const sending = sendOnSchedule(sink, { begin, rate, count }, trial.event)
  const counted =
    layer === 'backfill'
      ? wait(warmUpMs).then(() => catchUp(owner, where))
      : Promise.resolve({ from: begin + warmUpMs, to: Infinity })
  const seenAt = new Map<number, number>()
  const questions: number[] = []
  for (let seen = 0; seen < trial.visible;) {
    const asked = performance.now()
    const due = Math.min(count, Math.floor(((asked - begin) * rate) / 1_000) + 1)
    const found = await trial.look(due)
    const now = performance.now()
    questions.push(now - asked)
    for (const n of found) seenAt.set(dueAt(n), now)
    seen += found.length
    if (sluice.hasEnded()) throw new Error(`sluice ${command} ended`)
    await wait(pollMs)
  }
  await sending
  await sink.close()
  const { from, to } = await counted
  await sluice.stop()
  const delays = [...seenAt].filter(([due]) => due >= from && due < to).map(([due, at]) => at - due)
  const ms = (values: number[]) =>
    [0.5, 0.99, 1].map((share) => Math.round(percentile(values, share))).join(' / ')
  console.log(
    `${rate} events a second for ${seconds} s, due until seen in ${layer === 'bronze' ? layer : 'gold'}: ` +
      `p50 / p99 / most ${ms(delays)} ms, of ${delays.length} events`,
  )
  if (layer === 'backfill')
    console.log(`  models caught up in ${((to - from) / 1_000).toFixed(1)} s beside that`)
  console.log(`  of it the question alone: ${ms(questions)} ms`)
})
