/**
 * How fast flushes are with redaction of two fields, one by hash and one by last4, against none: events of about 380
 * bytes, through the real flush into a PostgreSQL of its own, without Kafka and decoding. In turns, median of 5.
 */
import { flush } from '../ingest/flush.ts'
import type { PartitionState } from '../ingest/fetchBuffer.ts'
import type { KafkaRecord } from '../ingest/recordBatch.ts'
import { createRedactor } from '../ingest/redact.ts'
import type { Source } from '../ingest/sources.ts'
import { median, withServers } from './benchServers.ts'

const count = Number(process.argv[2] ?? 200_000)
const flushRows = 20_000
const rounds = 5
const redactor = createRedactor('a secret of the benchmark')
const wait = 'x'.repeat(120)

const records: KafkaRecord[] = Array.from({ length: count }, (_, offset) => ({
  offset,
  timestamp: Date.now(),
  key: Buffer.from(`user-${offset % 5_000}`),
  value: Buffer.from(
    JSON.stringify({
      event_id: `00000000-0000-4000-8000-${String(offset).padStart(12, '0')}`,
      event_time: '2026-03-01T10:00:00.000Z',
      email: `user${offset % 5_000}@example.com`,
      credit_card_number: `4111 1111 ${1000 + (offset % 9_000)} 1111`,
      items: [{ product_id: 'p-17', quantity: 2, price: 19.9 }],
      total_amount: 39.8,
      currency: 'EUR',
      note: wait,
    }),
  ),
  headers: [],
}))
const bytes = records.reduce((sum, { value }) => sum + value!.length, 0) / count
console.log(`${count} events of ${Math.round(bytes)} bytes, flushes of ${flushRows}`)

await withServers({ kafka: false }, async ({ client }) => {
  const owner = await client('sluice_owner')
  const ingest = await client('sluice_ingest')
  const rules = `p_redact => '{"email": "hash", "credit_card_number": "last4"}'`
  await owner.query(`select ops.add_source('plain')`)
  await owner.query(`select ops.add_source('redacted', ${rules})`)
  const { rows: sources } = await owner.query<Source>(
    'select * from ops.ingest_sources() order by topic',
  )
  const opened = JSON.stringify([
    { partition: 0, first_offset: 0, start_offset: 0, end_offset: count },
  ])

  /** Stores all events in a new generation of the source. Returns events per second, and per CPU second of ours. */
  const store = async ({ topic }: Source): Promise<{ wall: number; cpu: number }> => {
    await owner.query('select ops.reset_source($1)', [topic])
    const { rows } = await owner.query<Source>(
      'select * from ops.ingest_sources() where topic = $1',
      [topic],
    )
    const source = rows[0]!
    await owner.query('select ops.open_partitions($1, $2, $3)', [
      source.source_id,
      source.generation,
      opened,
    ])
    await owner.query(`truncate bronze.${source.table_name}`)
    await (await client('postgres')).query('checkpoint')
    const before = process.cpuUsage()
    const started = performance.now()
    for (let at = 0, batchNo = 1; at < count; at += flushRows, batchNo++) {
      const some = records.slice(at, at + flushRows)
      const next = at + some.length
      const state = { source, partition: 0, storedOffset: at, batchNo, endOffset: count }
      const portion = {
        state: { ...state, fetchOffset: next, chunks: [] } as unknown as PartitionState,
        records: some,
        next,
        bytes: 0,
      }
      await flush(ingest, [portion], redactor)
    }
    const seconds = (performance.now() - started) / 1000
    const { user, system } = process.cpuUsage(before)
    return { wall: count / seconds, cpu: count / ((user + system) / 1e6) }
  }

  const [plain, redacted] = [sources[0]!, sources[1]!]
  await store(plain)
  await store(redacted)
  const figures: Record<string, { wall: number; cpu: number }[]> = { plain: [], redacted: [] }
  for (let round = 0; round < rounds; round++) {
    for (const source of round % 2 === 0 ? [plain, redacted] : [redacted, plain]) {
      figures[source.topic]!.push(await store(source))
    }
  }
  const of = (topic: string, what: 'wall' | 'cpu') =>
    median(figures[topic]!.map((figure) => figure[what]))
  for (const topic of ['plain', 'redacted']) {
    console.log(
      `${topic.padEnd(10)} ${Math.round(of(topic, 'wall'))} events/s, ${Math.round(of(topic, 'cpu'))} per CPU second of the ingester`,
    )
  }
  console.log(
    `redacted / plain: ${(of('redacted', 'wall') / of('plain', 'wall')).toFixed(2)} of the throughput, ${(of('redacted', 'cpu') / of('plain', 'cpu')).toFixed(2)} per CPU second`,
  )
})
