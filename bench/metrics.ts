/**
 * The four metrics that other tools were measured with, over one silver table without a key: per minute and type, per
 * product, per user, and distinct users per hour (bench/metrics/). Everything is on this machine: a broker, PostgreSQL
 * and one `sluice run`.
 * 1. How fast a backlog of events of 395 bytes goes from Kafka to gold, against psql's `\copy` of the same rows into bronze
 *    alone (binary), and the memory of Sluice's process and of its sessions in the server. Three times, each with servers
 *    that are new, now the one first and now the other; the median of what both give in one round.
 * 2. How long events take from the moment they are due to be sent until they are seen in gold, at 5,000 a second, whatever
 *    happens; after 10 s that do not count. A connection of its own asks for one in 50 of them.
 * Flink kept the same metrics in PostgreSQL at 18,500 events/s with 1.8 GB (p50 0.25 s, p99 0.77 s), Spark at 13,900 with
 * 1.5 GB (5.7 s, 12.8 s), on other hardware. `npx tsx bench/metrics.ts [events] [seconds]`
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import type pg from 'pg'
import { pino } from 'pino'
import { projectFolder } from '../cli/projectFolder.ts'
import { toKafka } from '../generator/toKafka.ts'
import { copyColumns } from '../ingest/encodeCopy.ts'
import { applyModels } from '../models/apply.ts'
import { median, withServers, type BenchServers } from './benchServers.ts'
import { metricEvents, topic } from './metricEvents.ts'
import { freshness } from './metricFreshness.ts'
import { sendOnSchedule } from './openLoop.ts'
import { copyFile } from './rivals.ts'
import { progressOf, startSluice } from './runningSluice.ts'
import { watchMemory } from './watchMemory.ts'

const count = Number(process.argv[2] ?? 1_000_000)
const seconds = Number(process.argv[3] ?? 120)
const sixHours = 6 * 3_600_000
const begin = Date.parse('2026-03-01T10:00:00Z')
const rate = 5_000
const rounds = 3

interface Round {
  gold: number
  copy: number
}

const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
const file = join(folder, 'events.copy')
try {
  const taken: Round[] = []
  for (let round = 0; round < rounds; round += 1) {
    await withServers({ kafka: true }, async (servers) => {
      taken.push(await takeRound(servers, round))
    })
  }
  const middle = (of: (round: Round) => number) => median(taken.map(of))
  console.log(
    `medians of ${rounds}: ${thousands(middle(({ gold }) => gold))} events/s from Kafka to gold,`,
  )
  console.log(`  ${thousands(middle(({ copy }) => copy))} by \\copy into bronze alone,`)
  console.log(
    `  from Kafka to gold: ${middle(({ gold, copy }) => gold / copy).toFixed(2)} of \\copy`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Both sides once; in the last round how fresh gold is as well. */
async function takeRound(servers: BenchServers, round: number): Promise<Round> {
  const owner = await servers.client('sluice_owner')
  await applyModels(owner, {
    folders: [join(projectFolder, 'views/ops'), join(projectFolder, 'bench/metrics')],
    planOnly: false,
    prune: false,
    opsOnly: false,
  })
  const event = metricEvents()
  const sink = await toKafka({ brokers: servers.brokers }, [topic], pino({ level: 'silent' }))
  try {
    const bytes = await produceBacklog(sink, event)
    console.log(`${count} events of ${Math.round(bytes / count)} bytes`)
    // the rows for \copy are those of the first round
    const copyFirst = round % 2 === 1 ? await copyRate(owner, servers) : undefined
    const gold = await backlog(owner, servers)
    if (round === 0) await saveRows(servers)
    const copy = copyFirst ?? (await copyRate(owner, servers))
    console.log(`  \\copy into bronze alone: ${thousands(copy)} events/s`)
    if (round === rounds - 1) {
      console.log(`${rate} events a second for ${seconds} s`)
      await freshness(owner, servers, { rate, seconds }, (begin, userOf) =>
        sendOnSchedule(sink, { begin, rate, count: rate * seconds }, (n) =>
          event(Date.now(), userOf(n)),
        ),
      )
    }
    return { gold, copy }
  } finally {
    await sink.close()
  }
}

/** Returns the bytes of all values. */
async function produceBacklog(
  sink: Awaited<ReturnType<typeof toKafka>>,
  event: ReturnType<typeof metricEvents>,
): Promise<number> {
  let bytes = 0
  for (let at = 0; at < count; at += 1_000) {
    const some = Array.from({ length: Math.min(1_000, count - at) }, (_, index) =>
      event(begin + Math.floor(((at + index) * sixHours) / count)),
    )
    for (const { value } of some) bytes += value.length
    await sink.write(some)
  }
  await sink.finish()
  return bytes
}

/** Events per second from the first batch in bronze until all models are level. */
async function backlog(owner: pg.Client, { client, url, brokers }: BenchServers): Promise<number> {
  await (await client('postgres')).query('checkpoint')
  const run = startSluice('run', { url: url('postgres'), brokers })
  const memory = watchMemory(owner, run.pid)
  let before = 0
  while ((before = (await progressOf(owner)).stored) === 0) {
    if (run.hasEnded()) throw new Error('sluice run ended')
    await wait(20)
  }
  const began = performance.now()
  for (;;) {
    const { stored, isLevel } = await progressOf(owner)
    if (stored >= count && isLevel) break
    await wait(50)
  }
  const perSecond = ((count - before) * 1_000) / (performance.now() - began)
  const most = await memory.end()
  await run.stop()
  const { rows } = await owner.query<{ events: string }>(
    'select sum(events) as events from gold.events_by_minute',
  )
  if (Number(rows[0]!.events) !== count) throw new Error(`gold has ${rows[0]!.events} events`)
  console.log(`  from Kafka to gold: ${thousands(perSecond)} events/s`)
  console.log(
    `  at most ${Math.round(most.process + most.sessions)} MB: ${Math.round(most.process)} of the process, ` +
      `${Math.round(most.sessions)} of its sessions, shared buffers apart`,
  )
  return perSecond
}

/** Saves what bronze holds as a file for `\copy`. */
async function saveRows({ url }: BenchServers): Promise<void> {
  const save = `\\copy (select ${copyColumns} from bronze.shop_events) to '${file}' (format binary)`
  await promisify(execFile)('psql', ['-X', '-c', save, url('postgres')])
}

/** Rows per second that psql copies into a bronze table of its own. */
async function copyRate(owner: pg.Client, { client, url }: BenchServers): Promise<number> {
  await owner.query("select ops.add_source('copied-events')")
  await (await client('postgres')).query('checkpoint')
  const seconds = await copyFile(url('postgres'), 'bronze.copied_events', file)
  await owner.query("select ops.drop_source('copied-events', true)")
  return count / seconds
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString('en')
}
