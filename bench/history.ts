/**
 * What an event costs when little is stored, and when much is: CPU seconds per million events from Kafka to gold, by
 * process, with 1 and with 30 million events stored. Events are the generator's, a step of them (a million) for each day
 * of the past weeks, out of a million users and 20,000 products, of whom each day brings more for the first time. They
 * come through a broker, `sluice ingest` and `sluice refresh`, run as users do. The models are some of the shop's, merged
 * and regrouped by a key, and those of bench/history/, regrouped by hour and within a reach. The first day is a Sunday, and
 * four weeks lie between the first and the last days that are measured: some users look at pages without a pause from
 * Monday to Friday, and the longer a visit has gone on, the more there is to compute anew.
 * Each step is in Kafka before its clock starts, and is deleted there when it is stored; bronze is kept. It ends early when
 * less than 10 GB of disk are free: 31 steps take half an hour and about 40 GB. PostgreSQL has a quarter of the memory as
 * shared buffers, as its documentation advises, and room for the log between checkpoints.
 * `npx tsx bench/history.ts [steps after the first] [events per step]`
 */
import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import type pg from 'pg'
import { pino } from 'pino'
import { generateOptions } from '../generator/index.ts'
import { runGenerator } from '../generator/run.ts'
import { sizedForServer, withServers } from './benchServers.ts'
import { cpuBetween, readCpu } from './cpuFigures.ts'
import { applyShop } from './historyModels.ts'
import { lineOf, printHistory, type Step } from './historyReport.ts'
import { progressOf, startSluice } from './runningSluice.ts'

const steps = Number(process.argv[2] ?? 31)
const perStep = Number(process.argv[3] ?? 1_000_000)
const dayMs = 86_400_000
const leastFree = 10e9
const lastStart = Math.floor(Date.now() / dayMs) - steps - 2
// the first day of 1970 was a Thursday
const firstDay = (lastStart - ((lastStart + 4) % 7)) * dayMs

const bigTopics = ['page-views', 'cart', 'searches', 'purchases'].map((name) => `ecommerce-${name}`)

await withServers({ kafka: true, settings: sizedForServer }, async ({ client, brokers, url }) => {
  const owner = await client('sluice_owner')
  await applyShop(owner)
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING })
  const where = { url: url('postgres'), brokers }
  const running = { ingester: startSluice('ingest', where), worker: startSluice('refresh', where) }
  const taken: Step[] = []
  const rows: Record<string, number>[] = []
  try {
    for (let no = 0; no <= steps && hasRoom(); no += 1) {
      await owner.query('select ops.pause_source(topic) from ops.sources')
      // an ingester looks once a second
      await wait(2_000)
      await produceDay(no, brokers)
      const step = await takeDay(owner, running)
      taken.push(step)
      console.error(lineOf(step))
      if (no === 0) rows.push(await rowCounts(owner))
      await deleteFromKafka(kafka)
    }
    rows.push(await rowCounts(owner))
  } finally {
    await Promise.all([running.ingester.stop(), running.worker.stop()])
  }
  printHistory(taken, rows[0]!, rows[1]!)
})

function hasRoom(): boolean {
  const { bavail, bsize } = statfsSync(tmpdir())
  if (bavail * bsize >= leastFree) return true
  console.error('Ended early: the disk is nearly full.')
  return false
}

async function produceDay(no: number, brokers: string[]): Promise<void> {
  const options = generateOptions({
    domains: 'ecommerce',
    start: firstDay + no * dayMs,
    events: perStep,
    rate: perStep / (dayMs / 1_000),
    users: 999_999,
    products: 20_000,
  })
  const logger = pino({ level: 'silent' })
  await runGenerator({ options, sink: 'kafka', kafka: { brokers }, isPaced: false, logger })
}

/** Lets what was produced in, and waits until all models have it. */
async function takeDay(owner: pg.Client, running: Parameters<typeof readCpu>[1]): Promise<Step> {
  const before = await progressOf(owner)
  const models = await modelSeconds(owner)
  const cpu = await readCpu(owner, running)
  const began = performance.now()
  await owner.query('select ops.resume_source(topic) from ops.sources')
  for (;;) {
    await wait(500)
    const { stored, isLevel } = await progressOf(owner)
    const events = stored - before.stored
    if (events >= perStep && isLevel) {
      const seconds = (performance.now() - began) / 1_000
      const after = await readCpu(owner, running)
      const took = Object.entries(await modelSeconds(owner)).map(
        ([model, sum]) => [model, sum - (models[model] ?? 0)] as const,
      )
      return {
        before: before.stored,
        events,
        seconds,
        cpu: cpuBetween(cpu, after),
        models: Object.fromEntries(took),
      }
    }
    if (running.ingester.hasEnded() || running.worker.hasEnded()) throw new Error('sluice ended')
  }
}

async function modelSeconds(owner: pg.Client): Promise<Record<string, number>> {
  const { rows } = await owner.query<{ model: string; seconds: number }>(
    'select model, sum(seconds)::float as seconds from ops.model_runs group by 1 order by 1',
  )
  return Object.fromEntries(rows.map(({ model, seconds }) => [model, seconds]))
}

/** Rows of every table that models keep, side tables of distinct values included. */
async function rowCounts(owner: pg.Client): Promise<Record<string, number>> {
  const { rows: tables } = await owner.query<{ name: string }>(
    `select relname as name
    from pg_class
    where relnamespace = 'store'::regnamespace
      and relkind in ('r', 'p')
      and not relispartition
    order by relname`,
  )
  const counts: Record<string, number> = {}
  for (const { name } of tables) {
    const { rows } = await owner.query<{ rows: number }>(
      `select count(*)::float as rows from store.${name}`,
    )
    counts[name] = rows[0]!.rows
  }
  return counts
}

/** Frees the disk: nobody reads them again. Whole segments go. */
async function deleteFromKafka(kafka: Kafka): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  for (const topic of bigTopics) {
    const ends = await admin.fetchTopicOffsets(topic)
    const partitions = ends.map(({ partition, offset }) => ({ partition, offset }))
    await admin.deleteTopicRecords({ topic, partitions })
  }
  await admin.disconnect()
}
