import { Kafka, logLevel } from 'kafkajs'
import type { KafkaConfig, KafkaJSProtocolError, Message, Producer } from 'kafkajs'
import type { Logger } from 'pino'
import { UserError } from '../../cli/userError.ts'
import { ensureTopics } from '../ensureTopics.ts'
import { murmur2 } from '../murmur2.ts'
import type { FileRecord } from './record.ts'

const mostEvents = 1_000
/** Half of what a broker takes in a batch unless it is told otherwise: an event that has more goes alone. */
const mostBytes = 512 * 1024
/** Of the headers and the framing, about. */
const bytesBeside = 150

/**
 * Connects a producer that sends in order, each event once even if a request has to be repeated. A topic that is
 * missing is made, with the broker's own number of partitions. Throws UserError when the broker can't be reached.
 */
export async function connectSender(
  config: KafkaConfig,
  topic: string,
  fileId: string,
  logger: Logger,
): Promise<Sender> {
  const kafka = new Kafka({
    ...config,
    retry: { retries: 2 },
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => logger.debug(`kafkajs: ${entry.log.message}`),
  })
  const wanted = { topic, partitions: -1, isCompacted: false }
  const partitions = await ensureTopics(kafka, config, [wanted], logger)
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    idempotent: true,
    maxInFlightRequests: 1,
    // for some 30 s, as a broker may just be starting again
    retry: { retries: 8, maxRetryTime: 5_000 },
    createPartitioner: () => (args) => args.message.partition!,
  })
  await producer.connect()
  return new Sender(producer, topic, partitions.get(topic)!, fileId)
}

interface Request {
  messages: Message[]
  bytes: number
  firstLine: number | undefined
  lastLine: number
}

const newRequest = (): Request => ({ messages: [], bytes: 0, firstLine: undefined, lastLine: 0 })

/** One request is on its way at a time, and one is collected. */
export class Sender {
  /** Events that Kafka has taken. */
  sent = 0
  /** The line of the last one of them. */
  lastLine: number | null = null
  private readonly producer: Producer
  private readonly topic: string
  private readonly partitions: number
  private readonly fileId: string
  private sending: Promise<void> = Promise.resolve()
  private next: Request = newRequest()
  private withoutKey = 0

  constructor(producer: Producer, topic: string, partitions: number, fileId: string) {
    this.producer = producer
    this.topic = topic
    this.partitions = partitions
    this.fileId = fileId
  }

  /** Takes an event. A promise means: wait for it before the next one. Its rejection is a UserError. */
  add({ line, value, key }: FileRecord): Promise<void> | undefined {
    const keyBytes = key === null ? null : Buffer.from(key)
    const bytes = Buffer.byteLength(value) + (keyBytes?.length ?? 0) + bytesBeside
    const { messages } = this.next
    const isFull = messages.length === mostEvents || this.next.bytes + bytes > mostBytes
    const turn = isFull && messages.length > 0 ? this.send() : undefined
    this.next.messages.push({
      key: keyBytes,
      value,
      partition:
        keyBytes === null
          ? this.withoutKey++ % this.partitions
          : (murmur2(keyBytes) & 0x7fffffff) % this.partitions,
      headers: { 'sluice-file': this.fileId, 'sluice-line': String(line) },
      timestamp: String(Date.now()),
    })
    this.next.bytes += bytes
    this.next.firstLine ??= line
    this.next.lastLine = line
    return turn
  }

  /** Sends what is collected, and waits until Kafka has taken it. Throws UserError. */
  async flush(): Promise<void> {
    if (this.next.messages.length > 0) await this.send()
    await this.sending
  }

  async close(): Promise<void> {
    await this.sending.catch(() => undefined)
    await this.producer.disconnect()
  }

  /** Resolves when the request before this one is taken. */
  private send(): Promise<void> {
    const request = this.next
    const before = this.sending
    this.next = newRequest()
    this.sending = before.then(() => this.post(request))
    // whoever comes next throws it
    this.sending.catch(() => undefined)
    return before
  }

  private async post({ messages, bytes, firstLine, lastLine }: Request): Promise<void> {
    try {
      await this.producer.send({ topic: this.topic, messages, acks: -1 })
    } catch (error) {
      throw refused(error as KafkaJSProtocolError, this.topic, {
        messages,
        bytes,
        firstLine,
        lastLine,
      })
    }
    this.sent += messages.length
    this.lastLine = lastLine
  }
}

function refused(cause: KafkaJSProtocolError, topic: string, request: Request): UserError {
  const { messages, bytes, firstLine, lastLine } = request
  const isAlone = messages.length === 1
  const what = isAlone ? `line ${lastLine}` : `lines ${firstLine} to ${lastLine}`
  const mend =
    cause.type === 'MESSAGE_TOO_LARGE'
      ? `These are ${bytes} bytes: raise max.message.bytes of the topic.`
      : "See the broker's log."
  return new UserError(`Kafka did not take ${what} for ${topic}: ${cause.message}. ${mend}`, {
    cause,
  })
}
