// What Kafka's own producer compressed is read back.
import { beforeAll, describe, expect, test } from 'vitest'
import { loadCodecs } from '../../ingest/codecs.ts'
import { decodeRecordBatches } from '../../ingest/recordBatch.ts'
import { nullMarker, produceByConsole, type Codec } from '../support/consoleProducer.ts'
import { testDatabase } from '../support/database.ts'
import { testKafka } from '../support/kafka.ts'
import { sluiceOk } from '../support/sluice.ts'
import { codecsOf, rawBatches } from './rawBatches.ts'

const kafka = testKafka()
const numbers: Record<Codec, number> = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 }
const codecs = Object.keys(numbers) as Codec[]

/** Text that repeats itself near and far, and text that hardly does: all ways of a codec to say it. */
const noise = (seed: number) =>
  Array.from({ length: 60 }, (_, index) =>
    ((seed * 7919 + index * 104_729) ** 2 % 2_147_483_647).toString(36),
  ).join('')
const values = Array.from({ length: 2_000 }, (_, index) =>
  JSON.stringify({
    number: index,
    text: 'ü'.repeat(index % 400),
    noise: noise(index),
    tail: 'abc',
  }),
)
const events = [
  ...values.map((value, index) => ({
    headers: [
      ['trace', `t${index}`],
      ['kind', 'test'],
    ],
    key: `key ${index % 50}`,
    value,
  })),
  { headers: [['only', 'header']], key: null, value: '{"key":null}' },
  { headers: [], key: 'gone', value: null },
  { headers: [], key: null, value: null },
]
const lines = events.map(({ headers, key, value }) => {
  const written = headers.map((header) => header.join(':')).join(',')
  return [written || nullMarker, key ?? nullMarker, value ?? nullMarker].join('\t')
})

const topics = new Map<Codec, string>()
beforeAll(async () => {
  await loadCodecs()
  for (const codec of codecs) {
    const topic = await kafka.topic(`codec-${codec}`)
    await produceByConsole(kafka.brokers, topic, codec, lines)
    topics.set(codec, topic)
  }
})

describe.each(codecs)('%s', (codec) => {
  test('records come out as the console producer was given them', async () => {
    const batches = await rawBatches(kafka.brokers, topics.get(codec)!)
    expect(new Set(codecsOf(batches))).toEqual(new Set([numbers[codec]]))
    const { records, next } = decodeRecordBatches(batches, 0, [])
    expect(next).toBe(events.length)
    expect(
      [...records].map(({ headers, key, value }) => ({
        headers: headers.map(([name, content]) => [name, content?.toString()]),
        key: key?.toString() ?? null,
        value: value?.toString() ?? null,
      })),
    ).toEqual(events)
  })
})

test.each(codecs.filter((codec) => codec !== 'none'))(
  'damage in a batch of %s is told or read over, and the next batch is read as ever',
  async (codec) => {
    const batches = await rawBatches(kafka.brokers, topics.get(codec)!)
    const batch = batches.subarray(0, 12 + batches.readInt32BE(8))
    const whole = decodeRecordBatches(batch, 0, [])
    let refused = 0
    for (let at = 61; at < batch.length - 5; at += 61) {
      const damaged = Buffer.from(batch).fill(0xa5, at, at + 5)
      const { unreadable, bytes } = decodeRecordBatches(damaged, 0, [])
      if (unreadable) refused += 1
      expect(bytes).toBeLessThan(whole.bytes * 2)
    }
    expect(refused).toBeGreaterThan(0)
    expect(decodeRecordBatches(batch, 0, [])).toEqual(whole)
  },
)

test('an ingester stores compressed topics as it does plain ones', async () => {
  const database = await testDatabase('migrated')
  const owner = await database.client()
  for (const topic of topics.values()) {
    await owner.query('select ops.add_source($1, p_table => $2)', [topic, tableOf(topic)])
  }
  await sluiceOk(['ingest', '--until-caught-up'], {
    DATABASE_URL: database.url('sluice_ingest'),
    KAFKA_BROKERS: kafka.brokers.join(','),
    SLUICE_GROUP_ID: database.name,
  })
  const stored = new Map<string, unknown[]>()
  for (const [codec, topic] of topics) {
    const { rows } = await owner.query<object>(
      `select kafka_offset::int, kafka_key, headers, payload from bronze.${tableOf(topic)} order by 1`,
    )
    stored.set(codec, rows)
  }
  expect(stored.get('none')).toHaveLength(events.length)
  for (const codec of codecs) expect(stored.get(codec)).toEqual(stored.get('none'))
})

const tableOf = (topic: string) => topic.replaceAll('-', '_')
