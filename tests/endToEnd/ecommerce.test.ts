import type pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import { ecommerceFigures, type EcommerceFigures } from '../oracle/ecommerce.ts'
import {
  byTheClock,
  canonicalRows,
  ecommerceModels,
  type ClockModel,
  type EcommerceModel,
} from '../oracle/ecommerceModels.ts'
import { readTopics } from '../oracle/readTopics.ts'
import { testDatabase } from '../support/database.ts'
import { ownKafka, type PartitionRange } from '../support/kafka.ts'
import { sluiceOk } from '../support/sluice.ts'
import { accountOf, expectedAccount, holesInLedger } from './account.ts'

const topics = ['products', 'page-views', 'purchases', 'cart', 'searches'].map(
  (name) => `ecommerce-${name}`,
)
const start = '2026-03-02T12:00:00Z'
// 40,000 events at 10 a second take about an hour: these are in the middle, near the end and after it.
const moments = ['2026-03-02T12:30:10Z', '2026-03-02T12:50:40Z', '2026-03-03T12:00:00Z']
// recommendations need a longer past than this hour: tests/oracle/ecommerceHistory.test.ts has one
const models = (Object.keys(ecommerceModels) as EcommerceModel[]).filter(
  (model) => model !== 'recommendations',
)

let owner: pg.Client
let reader: pg.Client
let ranges: PartitionRange[]
let records: Awaited<ReturnType<typeof readTopics>>
let figures: EcommerceFigures
/** What the models must show at each of the moments. */
let atMoments: EcommerceFigures[]

beforeAll(async () => {
  const [kafka, database] = await Promise.all([ownKafka(), testDatabase('applied')])
  const env = (role: 'sluice_ingest' | 'sluice_refresh') => ({
    DATABASE_URL: database.url(role),
    KAFKA_BROKERS: kafka.brokers.join(','),
    SLUICE_REDACT_KEY: 'a secret of the tests',
  })
  await sluiceOk(
    ['generate', '--domain', 'ecommerce', '--events', '40000', '--start', start, '--rate', '10']
      .concat(['--seed', '42', '--users', '1500', '--products', '200', '--no-pace'])
      .concat(['--late', '0.02', '--duplicates', '0.02', '--poison', '0.002']),
    { KAFKA_BROKERS: kafka.brokers.join(',') },
  )
  await kafka.produce('ecommerce-products', [
    // A catalogue entry that changes, and one that is taken out: its last entry stays.
    { key: 'p00001', value: { product_id: 'p00001', name: 'Ünïcode "mug" 🫖', price: 0.1 } },
    { key: 'p00002', value: null },
  ])
  await sluiceOk(['ingest', '--until-caught-up'], env('sluice_ingest'))
  await sluiceOk(['refresh', '--until-caught-up'], env('sluice_refresh'))

  ranges = await kafka.offsets(...topics)
  records = await readTopics(kafka.brokers, topics)
  figures = ecommerceFigures(records, { now: new Date(start) })
  atMoments = moments.map((now) => ecommerceFigures(records, { now: new Date(now) }))
  owner = await database.client()
  reader = await database.client('grafana_reader')
})

async function rowsOf(model: EcommerceModel) {
  const schema = model === 'shop_products' ? 'silver' : 'gold'
  const { rows } = await reader.query<Record<string, unknown>>(`select * from ${schema}.${model}`)
  return canonicalRows(model, rows)
}

test('the events are as many as were asked for, with some of every kind', () => {
  // The generator sends at least once: on a busy machine some may be there twice, and count once.
  expect(records.length).toBeGreaterThanOrEqual(40_002)
  for (const topic of topics) {
    expect(records.filter((record) => record.topic === topic).length).toBeGreaterThan(100)
  }
  expect(figures.broken.length).toBeGreaterThan(20)
  expect(figures.unreadable).toEqual([])
})

describe('by coordinates', () => {
  test('each offset of the log is a row of bronze or a dead letter, and none is both or twice', async () => {
    expect(await accountOf(owner, topics)).toEqual(expectedAccount(ranges))
  })

  test('the dead letters are the records that jsonb cannot hold, with their bytes', async () => {
    const { rows } = await owner.query<{
      topic: string
      partition: number
      offset: string
      payload: Buffer
    }>(
      `select topic, kafka_partition as partition, kafka_offset as offset, payload
      from ops.dead_letters
      join ops.sources using (source_id)`,
    )
    const broken = figures.broken.map(({ topic, partition, offset }) => ({
      topic,
      partition,
      offset,
      payload: records.find(
        (record) =>
          record.topic === topic &&
          record.partition === partition &&
          record.offset.toString() === offset,
      )!.value,
    }))
    const inOrder = (letters: { topic: string; partition: number; offset: string }[]) =>
      letters.toSorted(
        (a, b) =>
          a.topic.localeCompare(b.topic) ||
          a.partition - b.partition ||
          Number(a.offset) - Number(b.offset),
      )
    expect(inOrder(rows)).toEqual(inOrder(broken))
  })

  test.each(topics)('the ledger of %s has no hole', async (topic) => {
    expect(await holesInLedger(owner, topic)).toEqual([])
  })

  test('nothing is behind', async () => {
    const { rows } = await reader.query(
      'select topic, kafka_partition, lag_records from ops.lag where lag_records <> 0',
    )
    expect(rows).toEqual([])
    const { rows: models } = await reader.query(
      'select model, seconds_behind, is_complete from ops.freshness where not is_complete or seconds_behind <> 0',
    )
    expect(models).toEqual([])
  })
})

describe('the figures that an independent computation finds in the topics are those of', () => {
  const ofNoClock = models.filter((model) => !byTheClock.includes(model as ClockModel))
  test.each(ofNoClock)('%s', async (model) => {
    expect(figures[model].length).toBeGreaterThan(0)
    expect(await rowsOf(model)).toEqual(figures[model])
  })

  test.each(moments)('those by the clock, at %s', async (now) => {
    await reader.query(`select set_config('sluice.now', $1, false)`, [now])
    const expected = atMoments[moments.indexOf(now)]!
    for (const model of byTheClock) expect(await rowsOf(model), model).toEqual(expected[model])
    await reader.query('reset sluice.now')
  })

  test('the moments of real_time_metrics have users and orders, and none', () => {
    const users = atMoments.map((of) => of.real_time_metrics.map((row) => row.active_users))
    expect(
      users
        .slice(0, 2)
        .flat()
        .map(Number)
        .every((count) => count > 0),
    ).toBe(true)
    expect(users[2]).toEqual(['0', '0', '0'])
  })
})
