import { expect, test } from 'vitest'
import { testKafka } from '../support/kafka.ts'
import { until } from '../support/until.ts'
import { ingesting } from './ingesting.ts'

const kafka = testKafka()
const { start, stored, countStored, addSource, rows, database } = await ingesting(kafka.brokers)

const eventsOf = (log: string, count: number) =>
  Array.from({ length: count }, (_, number) => ({ value: { log, number } }))

const storedLogs = async (table: string) =>
  rows(
    `select generation, payload->>'log' as log, count(*)::int
    from bronze.${table} group by 1, 2 order by 1`,
  )

async function stoppedReason(topic: string): Promise<string> {
  return until(`${topic} is stopped`, async () => {
    const [source] = await rows<{ reason: string | null }>(
      'select stopped_reason as reason from ops.sources where topic = $1',
      [topic],
    )
    return source!.reason
  })
}

const incidentsOf = (topic: string) =>
  rows(
    `select kind, resolved_at is not null as is_resolved
    from ops.incidents join ops.sources using (source_id) where topic = $1`,
    [topic],
  )

test('a topic made anew that has outgrown the old one stops its source until it is reset', async () => {
  const topic = await kafka.topic('outgrown')
  const table = await addSource(topic)
  await kafka.produce(topic, eventsOf('old', 10))
  const before = start()
  await stored(topic, 10)
  await before.kill('SIGTERM')

  await kafka.recreate(topic)
  await kafka.produce(topic, eventsOf('new', 30))
  const after = start()
  expect(await stoppedReason(topic)).toMatch(/^Topic outgrown-\w+ was created anew: its id is/)
  expect(await incidentsOf(topic)).toEqual([{ kind: 'topic_recreated', is_resolved: false }])
  expect(await storedLogs(table)).toEqual([{ generation: 1, log: 'old', count: 10 }])

  await rows('select ops.resume_source($1)', [topic])
  await stoppedReason(topic)
  expect(await countStored(topic)).toBe(10)

  await rows('select ops.reset_source($1)', [topic])
  await stored(topic, 40)
  expect(await storedLogs(table)).toEqual([
    { generation: 1, log: 'old', count: 10 },
    { generation: 2, log: 'new', count: 30 },
  ])
  expect((await incidentsOf(topic)).every(({ is_resolved }) => is_resolved)).toBe(true)
  await after.kill('SIGTERM')
})

test('a topic made anew while an ingester reads it stops its source, and others go on', async () => {
  const [topic, other] = [await kafka.topic('under'), await kafka.topic('other')]
  const table = await addSource(topic)
  await addSource(other)
  await kafka.produce(topic, eventsOf('old', 10))
  const running = start()
  await stored(topic, 10)

  await kafka.recreate(topic)
  await kafka.produce(topic, eventsOf('new', 30))
  await stoppedReason(topic)
  await kafka.produce(other, eventsOf('other', 5))
  await stored(other, 5)
  expect(await storedLogs(table)).toEqual([{ generation: 1, log: 'old', count: 10 }])
  await running.kill('SIGTERM')
})

test('an ingester that was frozen while its topic was made anew stores nothing of the new one', async () => {
  const topic = await kafka.topic('frozen')
  const table = await addSource(topic)
  await kafka.produce(topic, eventsOf('old', 10))
  const running = start()
  await stored(topic, 10)
  process.kill(running.pid, 'SIGSTOP')
  await kafka.recreate(topic)
  await kafka.produce(topic, eventsOf('new', 30))
  process.kill(running.pid, 'SIGCONT')
  await stoppedReason(topic)
  expect(await storedLogs(table)).toEqual([{ generation: 1, log: 'old', count: 10 }])
  await running.kill('SIGTERM')
})

test('a topic that is deleted keeps no other from being read', async () => {
  const [topic, other] = [await kafka.topic('deleted'), await kafka.topic('stays')]
  await addSource(topic)
  await addSource(other)
  // a client that has sent to a topic asks for it ever after
  await testKafka().produce(topic, eventsOf('old', 10))
  const running = start()
  await stored(topic, 10)
  await kafka.deleteTopic(topic)
  await kafka.produce(other, eventsOf('other', 5))
  await stored(other, 5)
  expect(running.isRunning()).toBe(true)
  await running.kill('SIGTERM')
})

test('a position from before topics had ids takes that of the topic it fits', async () => {
  const topic = await kafka.topic('older')
  await addSource(topic)
  await kafka.produce(topic, eventsOf('old', 10))
  const first = start()
  await stored(topic, 10)
  await first.kill('SIGTERM')
  const owner = await database.client()
  const idOf = async () =>
    (
      await rows<{ topic_id: string | null }>(
        'select topic_id from ops.offsets join ops.sources using (source_id) where topic = $1',
        [topic],
      )
    )[0]!.topic_id
  const id = await idOf()
  expect(id).toMatch(/^[0-9a-f-]{36}$/)
  await owner.query('update ops.offsets set topic_id = null')
  await kafka.produce(topic, eventsOf('old', 5))
  const second = start()
  await stored(topic, 15)
  expect(await idOf()).toBe(id)
  await second.kill('SIGTERM')
})
