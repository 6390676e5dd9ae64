import { afterEach, describe, expect, test, vi } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { testKafka } from '../support/kafka.ts'
import { sluiceOk, startSluice, type RunningSluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'
import { accountOf, expectedAccount, holesInLedger, storedOffsets } from './account.ts'
import { feed } from './feed.ts'
import { moments, strike } from './moments.ts'

vi.setConfig({ testTimeout: 180_000 })

const kafka = testKafka()
const database = await testDatabase('migrated')
const owner = await database.client()
const ingester = await database.client('sluice_ingest')
const watchers = { ingester, locker: await database.client() }

function ingest(settings: Record<string, string>): RunningSluice {
  return startSluice(['ingest'], environment(settings))
}

/** Small flushes, so that there are many moments to be killed at. */
const environment = (settings: Record<string, string>) => ({
  DATABASE_URL: database.url('sluice_ingest'),
  KAFKA_BROKERS: kafka.brokers.join(','),
  SLUICE_FLUSH_ROWS: '1000',
  SLUICE_FLUSH_MS: '20',
  ...settings,
})

/** Waits until at least this many events are stored. */
function stored(topic: string, count: number): Promise<unknown> {
  return until(
    `${count} events of ${topic} are stored`,
    async () => (await storedOffsets(owner, [topic])) >= count,
    { everyMs: 10 },
  )
}

async function expectExactlyOnce(topic: string, events: number): Promise<void> {
  const ranges = await kafka.offsets(topic)
  expect(ranges.reduce((sum, { start, end }) => sum + end - start, 0)).toBe(events)
  expect(await accountOf(owner, [topic])).toEqual(expectedAccount(ranges))
  expect(await holesInLedger(owner, topic)).toEqual([])
}

async function terminate(running: RunningSluice): Promise<void> {
  const { code, signal, stderr } = await running.kill('SIGTERM')
  const error = code === 0 ? '' : stderr
  expect({ code, signal, error }).toEqual({ code: 0, signal: null, error: '' })
}

afterEach(async () => {
  await owner.query('select ops.pause_source(topic) from ops.sources')
})

describe('nothing is lost or doubled when', () => {
  test('an ingester is killed at any moment', async () => {
    const { topic, stop } = await feed(kafka, owner, 'killed')
    let before = 0
    for (const moment of moments) {
      // A group of its own each time, so that none waits until Kafka gives up the one before.
      const running = ingest({ SLUICE_GROUP_ID: `${topic}-${before}` })
      await stored(topic, before + 1)
      await strike(watchers, moment, () => running.kill('SIGKILL'))
      expect((await running.ended).signal).toBe('SIGKILL')
      before = await storedOffsets(owner, [topic])
    }
    const events = await stop()
    expect(before).toBeLessThan(events)
    await sluiceOk(['ingest', '--until-caught-up'], environment({ SLUICE_GROUP_ID: topic }))
    await expectExactlyOnce(topic, events)
  })

  test('two ingesters of one group share the partitions and one of them is killed', async () => {
    const { topic, stop } = await feed(kafka, owner, 'shared')
    const both = [1, 2].map(() => ingest({ SLUICE_GROUP_ID: topic }))
    await until('each has partitions', () =>
      both.every((running) => running.stderr().includes('"partitions":["')),
    )
    const before = await storedOffsets(owner, [topic])
    await both[0]!.kill('SIGKILL')
    await stored(topic, before + 1)
    const events = await stop()
    await stored(topic, events)
    await terminate(both[1]!)
    await expectExactlyOnce(topic, events)
  })

  test('two ingesters that know nothing of each other store the same partitions, and one is killed', async () => {
    const { topic, stop } = await feed(kafka, owner, 'fenced')
    const both = ['one', 'other'].map((name) => ingest({ SLUICE_GROUP_ID: `${topic}-${name}` }))
    const times = (running: RunningSluice, what: string) => running.stderr().split(what).length - 1
    const isFenced = () => both.some((running) => times(running, 'positions moved elsewhere') > 0)
    // Where no fence holds, both store undisturbed.
    await until('they have met', () => isFenced() || both.every((one) => times(one, 'stored') > 20))
    await both[0]!.kill('SIGKILL')
    const events = await stop()
    await stored(topic, events)
    await terminate(both[1]!)
    await expectExactlyOnce(topic, events)
    expect(isFenced()).toBe(true)
  })

  test('the database ends the session of an ingester at any moment', async () => {
    const { topic, stop } = await feed(kafka, owner, 'cut')
    const running = ingest({ SLUICE_GROUP_ID: topic })
    let before = 0
    for (const moment of [...moments, ...moments]) {
      await stored(topic, before + 1)
      await strike(watchers, moment, (pid) =>
        ingester.query('select pg_terminate_backend($1)', [pid]),
      )
      before = await storedOffsets(owner, [topic])
    }
    const events = await stop()
    await stored(topic, events)
    await terminate(running)
    await expectExactlyOnce(topic, events)
  })
})

test('an ingester ends with exit code 0 within 10 s of SIGTERM, and a later one goes on from there', async () => {
  const { topic, stop } = await feed(kafka, owner, 'stopped')
  const running = ingest({ SLUICE_GROUP_ID: topic })
  await stored(topic, 1)
  const asked = performance.now()
  await terminate(running)
  expect(performance.now() - asked).toBeLessThan(10_000)
  const events = await stop()
  expect(await storedOffsets(owner, [topic])).toBeLessThan(events)
  await sluiceOk(['ingest', '--until-caught-up'], environment({ SLUICE_GROUP_ID: topic }))
  await expectExactlyOnce(topic, events)
})
