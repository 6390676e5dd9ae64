/**
 * How fast events of about 380 bytes go from a real broker into bronze, by `sluice ingest`: one process as it is by
 * default, one with a single connection to PostgreSQL, and several processes. Against psql's `\copy` of the same rows in
 * binary format, in the order in which they came (without any Kafka, and with the time of ingestion left to the table, as
 * ever with a file), and against two consumers of kafkajs: a commit per row, and inserts of 1,000 rows. All into the same
 * table of the same server, made anew and after a checkpoint each time; topics and file are there before the clock starts;
 * the order turns round each time; median. Consumers, ours too, are timed from the moment when they have their partitions
 * to their last commit; psql from its start to its end. With the ingester's own CPU and memory. Linux, with psql.
 * `npx tsx bench/ingest.ts [events] [rounds] [processes]`
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import { median, withServers } from './benchServers.ts'
import { runIngesters, type Ingested } from './ingesters.ts'
import { consume, copyFile, insertRows } from './rivals.ts'
import { fillTopic, shopEvent, writeCopyFile } from './shopEvents.ts'

const count = Number(process.argv[2] ?? 1_000_000)
const rounds = Number(process.argv[3] ?? 5)
const several = Number(process.argv[4] ?? 2)
/** Enough for the rate of a consumer that is so slow. */
const few = Math.ceil(count / 50)

interface Way {
  name: string
  topic: string
  events: number
  run: () => Promise<Figures>
  figures: Figures[]
}
type Figures = Pick<Ingested, 'events' | 'seconds'> & Partial<Ingested>

const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
const file = join(folder, 'events.copy')
try {
  await withServers({ kafka: true }, async ({ client, brokers, url }) => {
    const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING })
    await fillTopic(kafka, 'events', count)
    await fillTopic(kafka, 'few_events', few)
    await groupsAreServed(kafka)
    await writeCopyFile(file, count)
    const owner = await client('sluice_owner')
    const admin = await client('postgres')
    const inserter = await client('sluice_ingest')
    const address = url('sluice_ingest')
    const addSource = (topic: string) => owner.query('select ops.add_source($1)', [topic])
    let groups = 0
    const newGroup = () => `bench-${(groups += 1)}`

    const ingesters = (processes: number, connections: number) => async () => {
      const env = { SLUICE_INGEST_CONNECTIONS: String(connections) }
      const where = { url: address, brokers, groupId: newGroup(), env }
      const begin = () => addSource('events')
      return runIngesters({ ...where, count: processes, events: count, begin })
    }
    const consumer = (topic: string, events: number, rowsAtOnce: number) => async () => {
      await addSource(topic)
      const store = insertRows(inserter, `bronze.${topic}`, rowsAtOnce)
      const seconds = await consume(kafka, { topic, groupId: newGroup(), events, store })
      return { events, seconds }
    }
    const copy = async () => {
      await addSource('events')
      return { events: count, seconds: await copyFile(address, 'bronze.events', file) }
    }
    const all = { topic: 'events', events: count }
    const some = { topic: 'few_events', events: few }
    const ways: Way[] = [
      { ...all, name: '\\copy of a file', run: copy, figures: [] },
      { ...all, name: 'sluice ingest', run: ingesters(1, 2), figures: [] },
      { ...all, name: 'through one connection', run: ingesters(1, 1), figures: [] },
      { ...all, name: `${several} x sluice ingest`, run: ingesters(several, 2), figures: [] },
      { ...all, name: 'kafkajs, 1,000 rows', run: consumer('events', count, 1_000), figures: [] },
      { ...some, name: 'kafkajs, a row', run: consumer('few_events', few, 1), figures: [] },
    ]
    for (let round = 0; round < rounds; round += 1) {
      for (const way of round % 2 === 0 ? ways : ways.toReversed()) {
        await admin.query('checkpoint')
        const figures = await way.run()
        way.figures.push(figures)
        console.error(`round ${round + 1}, ${way.name}: ${figures.seconds.toFixed(1)} s`)
        const { rows } = await owner.query<{ stored: number }>(
          `select count(*)::int as stored from bronze.${way.topic}`,
        )
        if (rows[0]!.stored !== way.events) throw new Error(`${rows[0]!.stored} rows are stored`)
        await owner.query('select ops.drop_source($1, true)', [way.topic])
      }
    }
    print(ways)
  })
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Coordinators of consumer groups begin with the first who asks for one. */
async function groupsAreServed(kafka: Kafka): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  for (let attempt = 1; ; attempt += 1) {
    try {
      await admin.fetchOffsets({ groupId: 'bench-0', topics: ['events'] })
      break
    } catch (error) {
      if (attempt === 50 || !(error as { retriable?: boolean }).retriable) throw error
      await wait(200)
    }
  }
  await admin.disconnect()
}

function print(ways: Way[]): void {
  console.log(`${count} events of about ${shopEvent(0).value.length} bytes, median of ${rounds}`)
  const rate = ({ figures }: Way) => median(figures.map(({ events, seconds }) => events / seconds))
  const [copy, ours, throughOne, oursTogether, multiRow, rowByRow] = ways as [
    Way,
    Way,
    Way,
    Way,
    Way,
    Way,
  ]
  for (const way of ways) {
    const range = way.figures.map(({ events, seconds }) => Math.round(events / seconds / 1000))
    console.log(
      `  ${way.name.padEnd(22)} ${Math.round(rate(way)).toLocaleString('en').padStart(8)} events/s` +
        `  ${(rate(way) / rate(copy)).toFixed(2)} of \\copy  (${Math.min(...range)} to ${Math.max(...range)} thousand)`,
    )
  }
  for (const way of [ours, throughOne, oursTogether]) {
    const cpu = median(way.figures.map(({ cpuSeconds, events }) => (cpuSeconds! / events) * 1e6))
    const memory = Math.max(...way.figures.map((figures) => figures.peakMegabytes!))
    console.log(
      `${way.name}: ${(rate(way) / rate(rowByRow)).toFixed(1)} x a commit per row, ` +
        `${(rate(way) / rate(multiRow)).toFixed(2)} x inserts of 1,000; ` +
        `${cpu.toFixed(1)} s of CPU per million events, at most ${Math.round(memory)} MB resident`,
    )
  }
}
