import { setTimeout } from 'node:timers/promises'
import type { KafkaConfig } from 'kafkajs'
import type { Logger } from 'pino'
import { UserError } from '../../cli/userError.ts'
import { openContent, type Content } from './content.ts'
import { formatOf, type FormatOptions } from './formatOf.ts'
import { readRecords } from './readRecords.ts'
import { isFault, type Fault, type FileRecord, type Format } from './record.ts'
import { connectSender, type Sender } from './sender.ts'

export interface Delay {
  least: number
  most: number
}

export interface ReplayOptions extends FormatOptions {
  topic: string
  /** What the header `sluice-file` says; default: a hash of the content. */
  fileId?: string
  /** Whether lines that hold no event are counted and passed over; else the first one is an error. */
  skipBad: boolean
  /** Events a second. */
  rate?: number
  /** Milliseconds between events: each time a random number of them from `least` to `most`. */
  delay?: Delay
  kafka: KafkaConfig
  signal: AbortSignal
  logger: Logger
}

export interface ReplayResult {
  /** Events that Kafka has taken. */
  events: number
  /** Bad lines that were passed over. */
  skipped: number
  /** Events that have no key, though one was asked for. */
  withoutKey: number
  /** The header `sluice-file`; null when the signal came before it was known, and nothing was sent. */
  fileId: string | null
  /** The header `sluice-line` of the last event that was sent. */
  lastLine: number | null
  /** Whether the end of the file was reached: the signal came before otherwise. */
  isComplete: boolean
  seconds: number
}

/** Of bad lines that are passed over, so many are logged one by one. */
const mostLogged = 10

/**
 * Sends the events of a file to a topic, in order; of those whose key is the same, Kafka keeps the order. What the file
 * holds is never in memory as a whole. Throws UserError: a line that holds no event (what comes before it is sent,
 * nothing of what comes after), a file that can't be read, a broker that takes nothing.
 */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const { signal, logger } = options
  const startedAt = performance.now()
  const result: ReplayResult = {
    events: 0,
    skipped: 0,
    withoutKey: 0,
    fileId: null,
    lastLine: null,
    isComplete: false,
    seconds: 0,
  }
  const format = formatOf(options)
  const content = await openContent(options.path, options.fileId, signal)
  if (!signal.aborted) await sendContent(content, format, options, result)
  result.isComplete = !signal.aborted
  result.seconds = (performance.now() - startedAt) / 1000
  logger.info({ ...result, seconds: Number(result.seconds.toFixed(1)) }, 'replay finished')
  return result
}

async function sendContent(
  { name, id, chunks }: Content,
  format: Format,
  options: ReplayOptions,
  result: ReplayResult,
): Promise<void> {
  const { topic, kafka, logger } = options
  const sender = await connectSender(kafka, topic, id, logger)
  result.fileId = id
  logger.info({ file: name, topic, fileId: id }, 'replay started')
  try {
    await sendAll(readRecords(chunks, format), sender, result, { ...options, path: name })
  } finally {
    await sender.close()
  }
  result.events = sender.sent
  result.lastLine = sender.lastLine
}

async function sendAll(
  records: AsyncIterable<(FileRecord | Fault)[]>,
  sender: Sender,
  counts: Pick<ReplayResult, 'skipped' | 'withoutKey'>,
  { path, key, skipBad, rate, delay, signal, logger }: ReplayOptions,
): Promise<void> {
  let due = performance.now()
  for await (const items of records) {
    for (const item of items) {
      // whoever stopped it has cut the file, too: what is at the cut is no fault
      if (signal.aborted) return sender.flush()
      if (isFault(item)) {
        if (!skipBad || item.isFinal) {
          await sender.flush()
          throw badLine(path, item, sender.sent)
        }
        counts.skipped++
        if (counts.skipped <= mostLogged) logger.warn(item, 'bad line skipped')
        continue
      }
      const pause = due - performance.now()
      if (pause > 0) {
        await sender.flush()
        const rest = Math.max(0, due - performance.now())
        await setTimeout(rest, undefined, { signal }).catch(() => undefined)
      }
      if (signal.aborted) return sender.flush()
      // a rate is a schedule, which is caught up with; a delay counts from the event before
      due = delay ? performance.now() + within(delay) : due + (rate ? 1000 / rate : 0)
      if (key !== undefined && item.key === null) counts.withoutKey++
      await sender.add(item)
    }
  }
  await sender.flush()
}

const within = ({ least, most }: Delay) => least + Math.random() * (most - least)

function badLine(path: string, item: Fault, sent: number): UserError {
  const { line, element, fault, isFinal } = item
  const place = `${path}:${line}${element === undefined ? '' : ` (element ${element})`}`
  const mend = isFinal ? 'Mend it.' : 'Mend it, or give --skip-bad.'
  const done = `Sent: ${sent} events before it, nothing after it.`
  return new UserError(`${place} ${fault}. ${done} ${mend}`)
}
