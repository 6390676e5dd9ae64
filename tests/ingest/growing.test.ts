import { expect, test, vi } from 'vitest'
import { storedOffsets } from '../endToEnd/account.ts'
import { testKafka } from '../support/kafka.ts'
import type { RunningSluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'
import { expectExactlyOnce, goesOn, shared, terminate, watchStandstill } from './group.ts'
import { ingesting } from './ingesting.ts'
import { loadOn } from './load.ts'

vi.setConfig({ testTimeout: 240_000 })

const partitions = 12
const kafka = testKafka()

test('from one ingester to four and back to one under load, every partition goes on within 10 s', async () => {
  const { owner, addSource, start } = await ingesting(kafka.brokers)
  const topic = await kafka.topic('grown', { numPartitions: partitions })
  await addSource(topic)
  const stop = loadOn(kafka, topic, partitions)
  const members: RunningSluice[] = [start()]
  await shared(members, partitions)
  await goesOn(owner, topic)
  const standstills: Record<string, number> = {}
  /** Changes who is there, and waits until those that stay share the partitions and store. */
  const change = async (what: string, work: () => Promise<unknown>) => {
    const stopWatching = watchStandstill(owner, topic)
    await work()
    await shared(members, partitions)
    await goesOn(owner, topic)
    standstills[what] = await stopWatching()
  }

  for (const count of [2, 3, 4]) {
    await change(`a joiner makes ${count}`, () => Promise.resolve(members.push(start())))
  }
  await change('SIGTERM leaves three', () => terminate(members.splice(0, 1)))
  await change('kill -9 leaves two', () => members.shift()!.kill('SIGKILL'))
  await change('SIGTERM leaves one', () => terminate(members.splice(0, 1)))

  for (const [what, ms] of Object.entries(standstills)) expect(ms, what).toBeLessThan(10_000)
  const events = await stop()
  await until('all is stored', async () => (await storedOffsets(owner, [topic])) >= events)
  await terminate(members)
  await expectExactlyOnce(kafka, owner, topic)
})
