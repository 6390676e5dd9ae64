/**
 * How many events a second one core decodes out of Kafka's batches, by codec, and the ratio to batches without
 * compression in the same run; and what decompression alone moves. Batches are made by Kafka's own console producer,
 * on a Kafka started for it; neither fetching nor storing is measured.
 */
import { Kafka, logLevel } from 'kafkajs'
import { decompress } from '../ingest/codecs.ts'
import { decodeRecordBatches, wholeBatches } from '../ingest/recordBatch.ts'
import { generateBatches, generateOptions } from '../generator/index.ts'
import { findOrStartKafka } from '../local/servers.ts'
import { rawBatches } from '../tests/ingest/rawBatches.ts'
import { nullMarker, produceByConsole, type Codec } from '../tests/support/consoleProducer.ts'
import { newDataFolder, serverOptions } from '../tests/support/dataFolder.ts'

const count = Number(process.argv[2] ?? 50_000)
const rounds = 20
const codecs: Codec[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

const { folder, remove } = newDataFolder()
const server = await findOrStartKafka(await serverOptions(folder))
try {
  const lines = events().map((event) => `${nullMarker}\t${nullMarker}\t${event}`)
  const batches = new Map<Codec, Buffer>()
  for (const codec of codecs) {
    await createTopic(codec)
    // batches as a busy producer fills them
    await produceByConsole(server.brokers, codec, codec, lines, { 'batch.size': '262144' })
    batches.set(codec, await rawBatches(server.brokers, codec))
  }
  const plain = batches.get('none')!
  console.log(
    `${count} events, ${(plain.length / 1e6).toFixed(1)} MB, per second of processor time:`,
  )
  let baseline = 0
  for (const [codec, bytes] of batches) {
    const decoding = count / (await cpuSeconds(() => readAll(bytes)))
    baseline ||= decoding
    const inflating = plain.length / 1e6 / (await cpuSeconds(() => decompressAll(bytes)))
    console.log(
      [
        codec.padEnd(7),
        `${(bytes.length / plain.length).toFixed(2)} of the size`,
        `${Math.round(decoding / 1_000)}`.padStart(6) + ',000 events',
        `${(decoding / baseline).toFixed(2)} of the baseline`,
        codec === 'none' ? '' : `${Math.round(inflating)} MB decompressed`,
      ].join('   '),
    )
  }
} finally {
  await server.stop()
  remove()
}

function events(): string[] {
  const options = generateOptions({
    domains: 'ecommerce',
    start: '2026-03-02T12:00:00Z',
    events: count,
    rate: 5_000,
  })
  const values: string[] = []
  for (const batch of generateBatches(options)) {
    for (const { value, isBroken } of batch) if (!isBroken) values.push(String(value))
  }
  return values
}

async function createTopic(topic: string): Promise<void> {
  const kafka = new Kafka({ brokers: server.brokers, logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true })
  await admin.disconnect()
}

/** Every record is made once, as for a flush. */
function readAll(bytes: Buffer): number {
  let size = 0
  for (const { value } of decodeRecordBatches(bytes, 0, []).records) size += value?.length ?? 0
  return size
}

function decompressAll(bytes: Buffer): void {
  for (const { attributes, body } of wholeBatches(bytes)) decompress(attributes & 7, body)
}

/** Of one round, after one that does not count. */
async function cpuSeconds(work: () => unknown): Promise<number> {
  work()
  // what the round before left behind is not counted to this one
  await new Promise((resolve) => setImmediate(resolve))
  const before = process.cpuUsage()
  for (let round = 0; round < rounds; round += 1) work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6 / rounds
}
