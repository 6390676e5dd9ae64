import type pg from 'pg'
import { afterEach, expect, test, vi } from 'vitest'
import { storedOffsets } from '../endToEnd/account.ts'
import { feed } from '../endToEnd/feed.ts'
import { moments, strike } from '../endToEnd/moments.ts'
import { atEnd } from '../support/cleanUp.ts'
import { testDatabase } from '../support/database.ts'
import { testKafka } from '../support/kafka.ts'
import { startSluice, type RunningSluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'
import { metricsOf, onAnyPort } from './endpoints.ts'
import {
  expectExactlyOnce,
  goesOn,
  partitionsOf,
  shared,
  terminate,
  timesAssigned,
} from './group.ts'
import { lineTo } from './heldLine.ts'

vi.setConfig({ testTimeout: 180_000 })

const partitions = 4
const kafka = testKafka()
const database = await testDatabase('migrated')
const owner = await database.client()
const ingester = await database.client('sluice_ingest')
const watchers = { ingester, locker: await database.client() }

const ingest = (settings: Record<string, string>): RunningSluice =>
  startSluice(['ingest'], {
    DATABASE_URL: database.url('sluice_ingest'),
    KAFKA_BROKERS: kafka.brokers.join(','),
    SLUICE_FLUSH_MS: '20',
    ...settings,
  })

afterEach(async () => {
  await owner.query('select ops.pause_source(topic) from ops.sources')
})

const stored = (topic: string, count: number) =>
  until(`${count} events are stored`, async () => (await storedOffsets(owner, [topic])) >= count)

/** What the server does for these sessions, such as `active ClientRead copy bronze`. */
async function doings(client: pg.Client, pid: number): Promise<string> {
  const { rows } = await client.query<{ doing: string }>(
    `select concat_ws(' ', state, wait_event, left(query, 11)) as doing
    from pg_stat_activity where pid = $1`,
    [pid],
  )
  return rows[0]?.doing ?? 'gone'
}

/** Has something silence a client while its COPY is under way: the server waits for more of it, and holds no position. */
async function silenceInCopy(silence: () => unknown, resume: () => unknown): Promise<void> {
  for (;;) {
    let session = 0
    await strike(watchers, 'in a COPY', (pid) => {
      session = pid
      return Promise.resolve(silence())
    })
    // what was on its way has come when the server waits, look after look
    const looks: string[] = []
    const doing = await until('the server waits', async () => {
      looks.push(await doings(ingester, session))
      const last = looks.slice(-5)
      return last.length === 5 && last.every((look) => look.includes('ClientRead')) && last[4]
    })
    if (/^active ClientRead copy /i.test(doing)) return
    resume()
  }
}

const freezeInCopy = (running: RunningSluice) =>
  silenceInCopy(
    () => process.kill(running.pid, 'SIGSTOP'),
    () => process.kill(running.pid, 'SIGCONT'),
  )

async function freeze(running: RunningSluice, moment: (typeof moments)[number]): Promise<void> {
  if (moment === 'in a COPY') await freezeInCopy(running)
  else {
    await strike(watchers, moment, () => Promise.resolve(process.kill(running.pid, 'SIGSTOP')))
  }
}

/** A source with many events, all good: a dead letter that comes again would be refused by itself. */
async function filled(name: string): Promise<{ topic: string; events: number }> {
  const topic = await kafka.topic(name, { numPartitions: partitions })
  await owner.query('select ops.add_source($1)', [topic])
  const messages = Array.from({ length: 2_000 }, (_, index) => ({
    partition: index % partitions,
    value: { index, filler: 'x'.repeat(200) },
  }))
  const portions = 40
  for (let portion = 0; portion < portions; portion += 1) await kafka.produce(topic, messages)
  return { topic, events: portions * messages.length }
}

test.each(moments)(
  'a process that is frozen %s stores nothing when it wakes; another has stored all',
  async (moment) => {
    const { topic, events } = await filled('frozen')
    const frozen = ingest({ SLUICE_GROUP_ID: topic, SLUICE_FLUSH_ROWS: '4000' })
    await stored(topic, 1)
    await freeze(frozen, moment)
    atEnd(() => frozen.isRunning() && process.kill(frozen.pid, 'SIGCONT'))
    const successor = ingest({ SLUICE_GROUP_ID: topic })
    await stored(topic, events)
    await expectExactlyOnce(kafka, owner, topic)
    const before = timesAssigned(frozen)
    process.kill(frozen.pid, 'SIGCONT')

    await until('it is a member again', () => timesAssigned(frozen) > before)
    await shared([frozen, successor], partitions)
    await expectExactlyOnce(kafka, owner, topic)
    await kafka.produce(
      topic,
      Array.from({ length: partitions }, (_, partition) => ({ partition, value: { more: true } })),
    )
    await stored(topic, events + partitions)
    await terminate([frozen, successor])
    await expectExactlyOnce(kafka, owner, topic)
  },
)

test('what a process that is frozen in a COPY held goes on within 10 s', async () => {
  const { topic, stop } = await feed(kafka, owner, 'taken-over')
  const both = [1, 2].map(() => ingest({ SLUICE_GROUP_ID: topic }))
  await shared(both, partitions)
  await goesOn(owner, topic)
  // whichever copies next
  await strike(watchers, 'in a COPY', () => Promise.resolve(process.kill(both[0]!.pid, 'SIGSTOP')))
  atEnd(() => both[0]!.isRunning() && process.kill(both[0]!.pid, 'SIGCONT'))
  expect(await goesOn(owner, topic)).toBeLessThan(10_000)
  process.kill(both[0]!.pid, 'SIGCONT')
  await stored(topic, await stop())
  await terminate(both)
  await expectExactlyOnce(kafka, owner, topic)
})

test('partitions that are lost and regained while the buffer was full are stored once', async () => {
  const { topic, stop } = await feed(kafka, owner, 'regained')
  const line = await lineTo(database.url('sluice_ingest'))
  const settings = { SLUICE_GROUP_ID: topic, ...onAnyPort }
  const first = ingest({
    ...settings,
    DATABASE_URL: line.through(database.url('sluice_ingest')),
    SLUICE_BUFFER_BYTES: '300000',
  })
  await stored(topic, 1)
  await silenceInCopy(line.hold, line.release)
  const more = Array.from({ length: 4_000 }, (_, index) => ({
    partition: index % partitions,
    value: { more: index, filler: 'x'.repeat(200) },
  }))
  await kafka.produce(topic, more)
  await until('its buffer is full', async () => {
    const { sluice_ingest_buffer_bytes: bytes } = await metricsOf(first)
    return bytes! >= 300_000
  })
  const second = ingest(settings)
  await shared([first, second], partitions)
  const lost = partitionsOf(second).map((name) => Number(name.split('/')[1]))
  await goesOn(owner, topic, lost)
  await terminate([second])
  await until('it has all again', () => partitionsOf(first).length === partitions)
  await goesOn(owner, topic)
  line.release()

  await stored(topic, (await stop()) + more.length)
  await terminate([first])
  await expectExactlyOnce(kafka, owner, topic)
})
