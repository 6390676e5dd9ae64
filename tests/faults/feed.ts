import { setTimeout as wait } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import type { Random } from '../../generator/random.ts'
import { atEnd } from '../support/cleanUp.ts'

export interface Feed {
  /** How many events the broker has taken; they bear the numbers from 0. */
  taken(this: void): number
  stop(this: void): Promise<void>
}

const filler = 'x'.repeat(100)

/** What a producer of numbered events sends; about one in a hundred and thirty can't be stored. */
function event(random: Random, number: number): string {
  const kind = random.below(400)
  if (kind === 0) return `{broken "number": ${number}`
  if (kind === 1) return `{"number": ${number}, "text": "\\u0000"}`
  // only the server can tell
  if (kind === 2) return `{"number": ${number}, "size": 1e200000}`
  return `{"number": ${number}, "filler": "${filler}"}`
}

/**
 * Sends numbered events to these topics all the time, a few at once and sometimes many. While the broker is away it
 * waits; what the broker has taken and could not say so is not sent again, since the producer is idempotent.
 */
export async function startFeed(
  brokers: string[],
  topics: string[],
  random: Random,
): Promise<Feed> {
  const kafka = new Kafka({
    ...{ clientId: 'feed', brokers, logLevel: logLevel.NOTHING },
    ...{ connectionTimeout: 1_000, requestTimeout: 5_000 },
  })
  const producer = kafka.producer({
    ...{ allowAutoTopicCreation: false, idempotent: true, maxInFlightRequests: 1 },
    retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 10 },
  })
  await producer.connect()
  const stopped = new AbortController()
  let taken = 0
  const loop = async () => {
    while (!stopped.signal.aborted) {
      const count = random.below(75) === 0 ? 500 : 10
      const numbers = Array.from({ length: count }, (_, index) => taken + index)
      const messages = numbers.map((number) => ({
        key: String(number),
        value: event(random, number),
      }))
      const topic = topics[random.below(topics.length)]!
      let isTaken = false
      while (!isTaken && !stopped.signal.aborted) {
        isTaken = await send(topic, messages)
        if (!isTaken) await wait(100)
      }
      if (isTaken) taken += count
      await wait(40)
    }
  }
  const send = (topic: string, messages: { key: string; value: string }[]) =>
    producer.send({ topic, messages }).then(
      () => true,
      () => false,
    )
  const looping = loop()
  const stop = async () => {
    stopped.abort()
    await looping
    await producer.disconnect()
  }
  atEnd(stop)
  return { taken: () => taken, stop }
}
