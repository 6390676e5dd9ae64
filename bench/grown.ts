/**
 * What ingesting an event costs when much is stored: CPU seconds per million events of the ingester and of PostgreSQL,
 * a million at a time, until 30 million are in bronze. They come through a broker and `sluice ingest`, as ever: it is the
 * same topic each time, read again from its beginning as a new generation (`ops.reset_source`). Half a minute to fill
 * the topic, some 10 s a step, 20 GB of disk; it ends early when less than 10 GB are free.
 * `npx tsx bench/grown.ts [steps] [events per step]`
 */
import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import type pg from 'pg'
import { withServers } from './benchServers.ts'
import { cpuBetween, readCpu } from './cpuFigures.ts'
import { startSluice } from './runningSluice.ts'
import { fillTopic } from './shopEvents.ts'

const steps = Number(process.argv[2] ?? 30)
const perStep = Number(process.argv[3] ?? 1_000_000)
const leastFree = 10e9

const settings = { shared_buffers: '1GB', max_wal_size: '4GB' }

await withServers({ kafka: true, settings }, async ({ client, brokers, url }) => {
  const owner = await client('sluice_owner')
  await fillTopic(new Kafka({ brokers, logLevel: logLevel.NOTHING }), 'events', perStep)
  await owner.query(`select ops.add_source('events')`)
  await owner.query(`select ops.pause_source('events')`)
  const ingester = startSluice('ingest', { url: url('sluice_ingest'), brokers })
  const costs: { ingester: number; server: number }[] = []
  try {
    for (let step = 1; step <= steps && hasRoom(); step += 1) {
      // there is no worker
      const read = () => readCpu(owner, { ingester, worker: ingester })
      const before = await read()
      const began = performance.now()
      await owner.query(
        step === 1 ? `select ops.resume_source('events')` : `select ops.reset_source('events')`,
      )
      while ((await storedRows(owner)) < step * perStep) await wait(20)
      const seconds = (performance.now() - began) / 1000
      const used = cpuBetween(before, await read())
      const millions = perStep / 1e6
      costs.push({ ingester: used.ingester / millions, server: used.server / millions })
      console.error(
        `${((step - 1) * millions).toFixed(1)} million stored: ${Math.round(perStep / seconds)} events/s; ` +
          `ingester ${costs.at(-1)!.ingester.toFixed(1)}, server ${costs.at(-1)!.server.toFixed(1)} s`,
      )
    }
  } finally {
    await ingester.stop()
  }
  print(costs)
})

function hasRoom(): boolean {
  const { bavail, bsize } = statfsSync(tmpdir())
  return bavail * bsize >= leastFree
}

async function storedRows(owner: pg.Client): Promise<number> {
  const { rows } = await owner.query<{ stored: string }>(
    'select coalesce(sum(stored_rows), 0) as stored from ops.offsets',
  )
  return Number(rows[0]!.stored)
}

/** Means of three steps each. The first step is left out: the process warms up in it. */
function print(costs: { ingester: number; server: number }[]): void {
  const mean = (part: typeof costs, name: 'ingester' | 'server') =>
    part.reduce((sum, cost) => sum + cost[name], 0) / part.length
  const [early, late] = [costs.slice(1, 4), costs.slice(-3)]
  console.log(
    `CPU seconds per million events, with 1 to 4 and with ${costs.length - 3} to ${costs.length} million stored`,
  )
  for (const name of ['ingester', 'server'] as const) {
    const [first, last] = [mean(early, name), mean(late, name)]
    console.log(
      `  ${name.padEnd(9)} ${first.toFixed(2)}  ${last.toFixed(2)}  ratio ${(last / first).toFixed(2)}`,
    )
  }
}
