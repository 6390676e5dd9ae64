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
  expect(await rows('select kind, from_offset::int, message from ops.incidents')).toEqual([
    { kind: 'unreadable_batch', from_offset: 1, message: reason },
  ])
  expect(running.stderr()).toContain(reason)
  expect(await countStored(bad)).toBe(1)
  expect((await running.kill('SIGTERM')).code).toBe(0)
})
