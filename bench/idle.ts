/**
 * What an ingester costs that has nothing to do: the share of one core, over 20 s (or as many as are given), and the
 * ratio to an idle consumer of kafkajs in the same run. Kafka and PostgreSQL are started for it, as processes of
 * their own; they are not measured. One topic with 12 partitions, all stored.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import pg from 'pg'
import { pino } from 'pino'
import { ingest } from '../ingest/ingest.ts'
import { projectFolder } from '../cli/projectFolder.ts'
import { findOrStartKafka, findOrStartPostgres } from '../local/servers.ts'
import { run } from '../local/run.ts'
import { newDataFolder, serverOptions } from '../tests/support/dataFolder.ts'

const seconds = Number(process.argv[2] ?? 20)
const topic = 'idle'

const { folder, remove } = newDataFolder()
const options = await serverOptions(folder)
const [server, postgres] = await Promise.all([
  findOrStartKafka(options),
  findOrStartPostgres(options),
])
try {
  const kafka = new Kafka({ brokers: server.brokers, logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 12 }], waitForLeaders: true })
  await admin.disconnect()
  const sluice = [join(projectFolder, 'cli/sluice.mjs'), 'migrate']
  const env = { ...options.env, DATABASE_URL: postgres.adminUrl }
  const { code, output } = await run(process.execPath, sluice, { env })
  if (code !== 0) throw new Error(output)
  const client = await connect()
  await client.query('select ops.add_source($1)', [topic])
  await client.end()

  // first, for what the ingester mends in kafkajs is mended for all of the process
  const baseline = await idleConsumer(kafka)
  const own = await idleIngester()
  print('consumer of kafkajs', baseline)
  print('ingester', own, baseline)
} finally {
  await Promise.all([server.stop(), postgres.stop()])
  remove()
}

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: postgres.adminUrl })
  await client.connect()
  return client
}

async function idleConsumer(kafka: Kafka): Promise<number> {
  const consumer = kafka.consumer({ groupId: 'baseline', maxWaitTimeInMs: 200 })
  await consumer.connect()
  await consumer.subscribe({ topic })
  const joined = new Promise((resolve) => consumer.on('consumer.group_join', resolve))
  await consumer.run({ eachBatch: () => Promise.resolve() })
  await joined
  const share = await measure()
  await consumer.disconnect()
  return share
}

async function idleIngester(): Promise<number> {
  const stop = new AbortController()
  const lines = new EventTarget()
  const stream = {
    write: (line: string) =>
      line.includes('assigned') && lines.dispatchEvent(new Event('assigned')),
  }
  const assigned = once(lines, 'assigned')
  const running = ingest({
    connect,
    kafka: { brokers: server.brokers },
    groupId: topic,
    limits: { flushRows: 20_000, flushBytes: 2 ** 24, flushMs: 200, bufferBytes: 2 ** 26 },
    connections: 2,
    logger: pino({ level: 'info' }, stream),
    signal: stop.signal,
    untilCaughtUp: false,
  })
  await assigned
  const share = await measure()
  stop.abort()
  await running
  return share
}

/** The share of one core that this process takes, once what begins has settled. */
async function measure(): Promise<number> {
  await wait(3_000)
  const before = process.cpuUsage()
  const began = performance.now()
  await wait(seconds * 1_000)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000 / (performance.now() - began)
}

function print(name: string, share: number, baseline?: number): void {
  const ratio = baseline ? `${(share / baseline).toFixed(2)} of the baseline` : 'baseline'
  console.log(`${name.padEnd(22)} ${(share * 100).toFixed(2)} % of a core   ${ratio}`)
}
