import { setTimeout as wait } from 'node:timers/promises'
import { atEnd } from '../support/cleanUp.ts'
import type { TestKafka } from '../support/kafka.ts'

/** Sends to all partitions of a topic, about 2,000 events a second, until the returned function is called. */
export function loadOn(kafka: TestKafka, topic: string, partitions: number): () => Promise<number> {
  const stopped = new AbortController()
  let produced = 0
  const loop = async () => {
    while (!stopped.signal.aborted) {
      const messages = Array.from({ length: 200 }, (_, index) => ({
        partition: (produced + index) % partitions,
        value: { number: produced + index },
      }))
      await kafka.produce(topic, messages)
      produced += messages.length
      await wait(100, undefined, { signal: stopped.signal }).catch(() => undefined)
    }
  }
  const looping = loop()
  // its failure is thrown to whom ends it
  looping.catch(() => undefined)
  atEnd(() => stopped.abort())
  return async () => {
    stopped.abort()
    await looping
    return produced
  }
}
