import { afterEach, expect, test, vi } from 'vitest'
import { storedOffsets } from '../endToEnd/account.ts'
import { strike } from '../endToEnd/moments.ts'
import { testKafka } from '../support/kafka.ts'
import { until } from '../support/until.ts'
import { expectExactlyOnce, goesOn, shared, terminate, timesAssigned } from './group.ts'
import { ingesting } from './ingesting.ts'
import { loadOn } from './load.ts'

vi.setConfig({ testTimeout: 120_000 })

const partitions = 4
const all = [0, 1, 2, 3]
const kafka = testKafka()
const { owner, database, addSource, start, rows } = await ingesting(kafka.brokers)

afterEach(async () => {
  await owner.query('select ops.pause_source(topic) from ops.sources')
})

const sessions = async () =>
  (
    await rows(
      `select from pg_stat_activity
      where datname = current_database() and application_name = 'sluice ingest'`,
    )
  ).length

test('one partition that waits for a lock holds up those of its connection only', async () => {
  const topic = await kafka.topic('held', { numPartitions: partitions })
  await addSource(topic)
  const stop = loadOn(kafka, topic, partitions)
  const running = start()
  await shared([running], partitions)
  await goesOn(owner, topic, all)

  const locker = await database.client()
  await locker.query('begin')
  await locker.query('select from ops.offsets where kafka_partition = 0 for update')
  await goesOn(owner, topic, [1, 3])
  await goesOn(owner, topic, [1, 3])
  await locker.query('rollback')
  await goesOn(owner, topic, all)

  const events = await stop()
  await until('all is stored', async () => (await storedOffsets(owner, [topic])) >= events)
  await terminate([running])
  await expectExactlyOnce(kafka, owner, topic)
})

test('when one of the connections breaks, all begin anew and every event is stored once', async () => {
  const topic = await kafka.topic('broken', { numPartitions: partitions })
  await addSource(topic)
  const stop = loadOn(kafka, topic, partitions)
  const running = start()
  await shared([running], partitions)
  await goesOn(owner, topic, all)
  const ingester = await database.client('sluice_ingest')
  for (let blow = 0; blow < 3; blow += 1) {
    const before = timesAssigned(running)
    await strike({ ingester, locker: owner }, 'between COPY and positions', (pid) =>
      ingester.query('select pg_terminate_backend($1)', [pid]),
    )
    await goesOn(owner, topic, all)
    expect(timesAssigned(running)).toBe(before)
  }
  expect(await sessions()).toBe(2)

  const events = await stop()
  await until('all is stored', async () => (await storedOffsets(owner, [topic])) >= events)
  await terminate([running])
  await expectExactlyOnce(kafka, owner, topic)
})

test('a single partition has a single connection', async () => {
  const topic = await kafka.topic('single', { numPartitions: 1 })
  await addSource(topic)
  const stop = loadOn(kafka, topic, 1)
  const running = start()
  await until('something is stored', async () => (await storedOffsets(owner, [topic])) > 0)
  await goesOn(owner, topic, [0])
  expect(await sessions()).toBe(1)
  const events = await stop()
  await until('all is stored', async () => (await storedOffsets(owner, [topic])) >= events)
  await terminate([running])
  await expectExactlyOnce(kafka, owner, topic)
})
