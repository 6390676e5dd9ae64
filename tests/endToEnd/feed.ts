import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { atEnd } from '../support/cleanUp.ts'
import type { TestKafka } from '../support/kafka.ts'
import { until } from '../support/until.ts'
import { storedOffsets } from './account.ts'

export interface Feed {
  topic: string
  /** Ends it. Returns how many events the topic has. */
  stop(this: void): Promise<number>
}

const partitions = 4
const filler = 'x'.repeat(200)

/**
 * A new source that never runs dry until it is stopped: 10,000 events more than are stored. So that an ingester
 * has always something to do when it is killed. Every 1,000th is no JSON.
 */
export async function feed(kafka: TestKafka, owner: pg.Client, name: string): Promise<Feed> {
  const topic = await kafka.topic(name, { numPartitions: partitions })
  await owner.query('select ops.add_source($1)', [topic])
  const stopped = new AbortController()
  let produced = 0
  const loop = async () => {
    while (!stopped.signal.aborted) {
      if (produced < (await storedOffsets(owner, [topic])) + 10_000) {
        const messages = Array.from({ length: 2_000 }, (_, index) => ({
          partition: index % partitions,
          value: index % 1_000 === 0 ? `{broken ${filler}` : { number: produced + index, filler },
        }))
        await kafka.produce(topic, messages)
        produced += messages.length
      } else await wait(20)
    }
  }
  const looping = loop()
  // Its failure is thrown by stop().
  looping.catch(() => undefined)
  atEnd(() => stopped.abort())
  await until('there is something to do', () => produced >= 10_000)
  return {
    topic,
    async stop() {
      stopped.abort()
      await looping
      return produced
    },
  }
}
