/**
 * How fast events are ingested when 0.1 % of them are bad, against none: from a real broker, in one process, by the
 * ledger, from the first batch to the last. `mixed` are the kinds that come in practice, `numbers` those that are valid
 * JSON but beyond PostgreSQL's numeric, `rule` those that break a constraint on the bronze table, which only the server
 * can see; against `ruled`, which has the same constraint and keeps to it. In turns, median of 3.
 */
import { Kafka, logLevel, type Message } from 'kafkajs'
import { pino } from 'pino'
import { ingest } from '../ingest/ingest.ts'
import { median, withServers } from './benchServers.ts'

const count = Number(process.argv[2] ?? 200_000)
const rounds = 3
const every = 1_000
const limits = {
  flushRows: 20_000,
  flushBytes: 16 * 1024 * 1024,
  flushMs: 200,
  bufferBytes: 64 * 1024 * 1024,
}
const filler = 'x'.repeat(300)
const good = (n: number) => `{"n": ${n}, "filler": "${filler}"}`
const bad: Record<string, ((n: number) => string | Buffer)[]> = {
  none: [good],
  mixed: [
    (n) => good(n).slice(0, 100),
    () => 'upstream connect error',
    () => Buffer.from([0x7b, 0xff, 0x7d]),
    (n) => `{"n": ${n}, "text": "\\u0000"}`,
    (n) => `{"n": ${n}, "text": "\\ud83d"}`,
    (n) => `{"n": ${n}e400000}`,
  ],
  numbers: [(n) => `{"n": 1, "x": ${n}e400000, "filler": "${filler}"}`],
  ruled: [good],
  rule: [(n) => good(-n - 1)],
}
/** What each is compared with. */
const baselines: Record<string, string> = { rule: 'ruled' }

await withServers({ kafka: true }, async ({ client, brokers }) => {
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING })
  const owner = await client('sluice_owner')
  const admin = await client('postgres')
  for (const topic of Object.keys(bad)) await produce(kafka, topic)
  console.log(`${count} events of about ${good(1).length} bytes; every ${every}th is bad`)

  /** Events per second of one run, and how many became dead letters. */
  const run = async (topic: string, round: number): Promise<{ rate: number; letters: number }> => {
    await owner.query('select ops.add_source($1)', [topic])
    if (topic.startsWith('rule')) {
      await owner.query(
        `alter table bronze.${topic} add constraint n_is_positive check ((payload ->> 'n')::int >= 0)`,
      )
    }
    await admin.query('checkpoint')
    await ingest({
      connect: () => client('sluice_ingest'),
      kafka: { brokers },
      groupId: `poison-${topic}-${round}`,
      limits,
      connections: 2,
      logger: pino({ level: 'silent' }),
      signal: new AbortController().signal,
      untilCaughtUp: true,
    })
    const { rows } = await owner.query<{ rate: number; letters: number; stored: number }>(
      `select
        ((sum(row_count + dead_letter_count) - (array_agg(row_count + dead_letter_count order by stored_at desc))[1])
          / extract(epoch from max(stored_at) - min(stored_at)))::float as rate,
        sum(dead_letter_count)::int as letters,
        sum(row_count + dead_letter_count)::int as stored
      from ops.batches`,
    )
    const { rate, letters, stored } = rows[0]!
    if (stored !== count) throw new Error(`${topic}: ${stored} of ${count} events were stored.`)
    await owner.query('select ops.drop_source($1, true)', [topic])
    return { rate, letters }
  }

  const rates: Record<string, number[]> = {}
  for (let round = -1; round < rounds; round++) {
    const topics = Object.keys(bad)
    for (const topic of round % 2 === 0 ? topics : topics.reverse()) {
      const { rate, letters } = await run(topic, round)
      // the first round is for warming up
      if (round >= 0) (rates[topic] ??= []).push(rate)
      const expected = bad[topic]!.includes(good) ? 0 : count / every
      if (letters !== expected) throw new Error(`${letters} dead letters`)
    }
  }
  for (const topic of Object.keys(bad)) {
    const against = baselines[topic] ?? 'none'
    const rate = median(rates[topic]!)
    const ratio = (rate / median(rates[against]!)).toFixed(2)
    console.log(`${topic.padEnd(8)} ${Math.round(rate)} events/s, ${ratio} of ${against}`)
  }
})

async function produce(kafka: Kafka, topic: string): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true })
  await admin.disconnect()
  const producer = kafka.producer({ allowAutoTopicCreation: false })
  await producer.connect()
  const kinds = bad[topic]!
  for (let at = 0; at < count; at += 2_000) {
    const messages: Message[] = Array.from({ length: Math.min(2_000, count - at) }, (_, index) => {
      const n = at + index
      const isBad = n % every === every / 2
      return { value: isBad ? kinds[Math.floor(n / every) % kinds.length]!(n) : good(n) }
    })
    await producer.send({ topic, messages })
  }
  await producer.disconnect()
}
