import { setTimeout } from 'node:timers/promises'
import type { KafkaJSError, Message, Producer } from 'kafkajs'
import type { Logger } from 'pino'
import { UserError } from '../cli/userError.ts'
import type { GeneratedEvent } from './generate.ts'
import { keyPartitioner } from './murmur2.ts'
import { addCount } from './sink.ts'
import type { Sink } from './sink.ts'

/** kafkajs groups a request by partition in quadratic time: bigger ones are no faster. */
const mostInRequest = 1_000
const mostWaiting = 20_000
const laneCount = 4
const patienceMs = 40_000
const retryMs = 500

/** Partitions that are sent one request after another; lanes are sent at once. */
interface Lane {
  waiting: { topic: string; message: Message }[]
  isSending: boolean
  /** Settles when the lane has nothing more to send. */
  idle: Promise<void>
}

/** Sends through a connected producer, and disconnects it in the end. */
export class KafkaSink implements Sink {
  readonly counts = new Map<string, number>()
  private readonly producer: Producer
  private readonly partitions: ReadonlyMap<string, number>
  /** Topics whose records bear the time at which they are due; all others that of the clock. */
  private readonly timed: ReadonlySet<string>
  private readonly logger: Logger
  private readonly signal: AbortSignal
  private readonly partitionOf = keyPartitioner()
  private readonly lanes: Lane[]
  private waiting = 0
  private withoutKey = 0
  private failure: UserError | undefined
  private wake: (() => void) | undefined

  constructor(
    producer: Producer,
    partitions: ReadonlyMap<string, number>,
    timed: ReadonlySet<string>,
    logger: Logger,
    signal: AbortSignal = new AbortController().signal,
  ) {
    this.producer = producer
    this.partitions = partitions
    this.timed = timed
    this.logger = logger
    this.signal = signal
    signal.addEventListener('abort', () => this.wake?.(), { once: true })
    this.lanes = Array.from({ length: laneCount }, () => ({
      waiting: [],
      isSending: false,
      idle: Promise.resolve(),
    }))
  }

  write(events: readonly GeneratedEvent[]): Promise<void> | undefined {
    if (this.failure) throw this.failure
    for (const event of events) {
      const { topic, key, value, due } = event
      const count = this.partitions.get(topic)!
      const partition = key === null ? this.withoutKey++ % count : this.partitionOf(key, count)
      // By partition alone: a user's events of all topics then also keep their order among each other.
      const message: Message = { key, value, partition }
      // A broker refuses a time that is more than an hour ahead of its own.
      if (this.timed.has(topic)) message.timestamp = String(Math.min(due, Date.now()))
      this.lanes[partition % laneCount]!.waiting.push({ topic, message })
    }
    this.waiting += events.length
    for (const lane of this.lanes) {
      if (lane.waiting.length > 0 && !lane.isSending) lane.idle = this.send(lane)
    }
    return this.waiting > mostWaiting ? this.room() : undefined
  }

  async finish(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.idle))
    if (this.failure) throw this.failure
  }

  async close(): Promise<void> {
    for (const lane of this.lanes) lane.waiting = []
    await Promise.all(this.lanes.map((lane) => lane.idle))
    await this.producer.disconnect()
  }

  private isOver(): boolean {
    return this.signal.aborted || this.failure !== undefined
  }

  private async room(): Promise<void> {
    while (this.waiting > mostWaiting / 2 && !this.isOver()) {
      await new Promise<void>((resolve) => (this.wake = resolve))
    }
    if (this.failure) throw this.failure
  }

  private async send(lane: Lane): Promise<void> {
    lane.isSending = true
    while (lane.waiting.length > 0 && !this.isOver()) {
      const sent = lane.waiting.slice(0, mostInRequest)
      lane.waiting = lane.waiting.slice(mostInRequest)
      await this.sendUntilTaken(sent)
      this.waiting -= sent.length
      this.wake?.()
    }
    lane.isSending = false
  }

  /** Tries for a while, as a broker may just be starting again; then sets the failure. */
  private async sendUntilTaken(sent: Lane['waiting']): Promise<void> {
    const givesUpAt = performance.now() + patienceMs
    while (!this.isOver()) {
      try {
        return await this.sendBatch(sent)
      } catch (error) {
        const cause = error as KafkaJSError
        if (!isPassing(cause) || performance.now() > givesUpAt) {
          this.failure = new UserError(
            `Kafka did not take ${sent.length} events: ${cause.message}. See the broker's log, then start the generator again.`,
            { cause },
          )
        } else {
          this.logger.warn({ reason: cause.message }, 'Kafka takes no events, trying again')
          await setTimeout(retryMs, undefined, { signal: this.signal }).catch(() => undefined)
        }
      }
    }
  }

  private async sendBatch(sent: Lane['waiting']): Promise<void> {
    const byTopic = new Map<string, Message[]>()
    for (const { topic, message } of sent) {
      const messages = byTopic.get(topic)
      if (messages) messages.push(message)
      else byTopic.set(topic, [message])
    }
    const topicMessages = [...byTopic].map(([topic, messages]) => ({ topic, messages }))
    await this.producer.sendBatch({ topicMessages, acks: -1 })
    for (const { topic, messages } of topicMessages) addCount(this.counts, topic, messages.length)
  }
}

/** kafkajs hides what may pass behind an error of its own that it calls final. */
export function isPassing(error: Error): boolean {
  return [error, error.cause].some((one) => (one as KafkaJSError | undefined)?.retriable === true)
}
