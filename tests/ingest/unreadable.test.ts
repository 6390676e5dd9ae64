import { CompressionTypes } from 'kafkajs'
import { expect, test } from 'vitest'
import { largestBatch } from '../../ingest/codecs.ts'
import { atEnd } from '../support/cleanUp.ts'
import { testKafka } from '../support/kafka.ts'
import { until } from '../support/until.ts'
import { ingesting } from './ingesting.ts'

const kafka = testKafka()

/** As a producer may send it: some hundred KB that become more than a batch may hold. */
async function produceBomb(topic: string): Promise<void> {
  const producer = kafka.kafka.producer()
  await producer.connect()
  atEnd(() => producer.disconnect())
  const value = Buffer.alloc(largestBatch + 1, ' ')
  await producer.send({ topic, compression: CompressionTypes.GZIP, messages: [{ value }] })
}

test('a batch that swells beyond the bound stops its source, says so, and lets the others go on', async () => {
  const { start, stored, countStored, addSource, rows } = await ingesting(kafka.brokers)
  const [bad, good] = [await kafka.topic('swelling'), await kafka.topic('beside')]
  for (const topic of [bad, good]) {
    await addSource(topic)
    await kafka.produce(topic, [{ value: { number: 1 } }])
  }
  const running = start()
  await stored(bad, 1)
  await produceBomb(bad)
  await until('the source is stopped', async () => {
    const [source] = await rows<{ stopped_reason: string | null }>(
      'select stopped_reason from ops.sources where topic = $1',
      [bad],
    )
    return source!.stopped_reason
  })
  await kafka.produce(good, [{ value: { number: 2 } }])
  await stored(good, 2)

  const reason = `Topic ${bad}, partition 0: the batch at offset 1 can't be read: it holds more than 64 MiB`
  expect(
    await rows('select problem, severity, message from ops.health where subject = $1', [bad]),
  ).toEqual([{ problem: 'source stopped', severity: 'error', message: reason }])
  expect(
    await rows('select kind, from_offset::int, next_offset::int, message from ops.incidents'),
  ).toEqual([{ kind: 'unreadable_batch', from_offset: 1, next_offset: 2, message: reason }])
  expect(running.stderr()).toContain(reason)
  expect(await countStored(bad)).toBe(1)
  expect((await running.kill('SIGTERM')).code).toBe(0)
})

test('a batch that can’t be read is given up by the call that ops.health has, and the rest is read', async () => {
  const { start, stored, addSource, rows } = await ingesting(kafka.brokers)
  const topic = await kafka.topic('given-up')
  await addSource(topic)
  await kafka.produce(topic, [{ value: { number: 1 } }])
  const running = start()
  await stored(topic, 1)
  await produceBomb(topic)
  await kafka.produce(topic, [{ value: { number: 2 } }])
  const mend = await until('the source is stopped', async () => {
    const [problem] = await rows<{ mend: string }>(
      `select mend from ops.health where problem = 'source stopped'`,
    )
    return problem?.mend
  })
  await rows(mend.slice(mend.indexOf('select ops.skip_records')))
  await stored(topic, 2)

  expect(
    await rows('select kind, resolved_at is not null as is_over from ops.incidents order by 1'),
  ).toEqual([
    { kind: 'skipped_records', is_over: true },
    { kind: 'unreadable_batch', is_over: true },
  ])
  expect(
    await rows('select kind, from_offset::int, next_offset::int from ops.batches order by 2'),
  ).toEqual([
    { kind: 'log', from_offset: 0, next_offset: 1 },
    { kind: 'empty', from_offset: 1, next_offset: 2 },
    { kind: 'log', from_offset: 2, next_offset: 3 },
  ])
  expect((await running.kill('SIGTERM')).code).toBe(0)
})
