import { setImmediate, setTimeout } from 'node:timers/promises'
import type { KafkaConfig } from 'kafkajs'
import type { Logger } from 'pino'
import { domains } from './domains.ts'
import { generateBatches } from './generate.ts'
import type { GeneratedEvent } from './generate.ts'
import type { GenerateOptions } from './options.ts'
import type { Sink } from './sink.ts'
import { SinkClosed, toFile } from './toFile.ts'
import { toFolder } from './toFolder.ts'
import { toKafka } from './toKafka.ts'

export interface RunOptions {
  /** From `generateOptions`. */
  options: GenerateOptions
  /** `kafka`, the path of an NDJSON file, of a folder (with / as its end), or `-` for standard output. */
  sink: string
  /** Brokers and how to log in; needed for the sink `kafka`. */
  kafka?: KafkaConfig
  /** Whether live events wait until they are due by the wall clock; else all go as fast as they can. */
  isPaced: boolean
  signal?: AbortSignal
  logger: Logger
}

export interface RunResult {
  events: number
  /** Events stored, by topic. */
  byTopic: Record<string, number>
  seconds: number
}

const tickMs = 20

/**
 * Generates events into the sink until `options.events` are there or the signal comes, then resolves with what was
 * stored. Throws UserError when the sink can't be reached or fails.
 */
export async function runGenerator(run: RunOptions): Promise<RunResult> {
  const { options, logger } = run
  const startedAt = performance.now()
  const sink = await openSink(run)
  logger.info({ sink: run.sink, rate: options.rate, seed: options.seed }, 'generator started')
  try {
    await pump(run, sink, startedAt)
    if (!run.signal?.aborted) await sink.finish()
  } catch (error) {
    if (!(error instanceof SinkClosed || run.signal?.aborted)) throw error
  } finally {
    await sink.close()
  }
  const byTopic = Object.fromEntries(sink.counts)
  const events = Object.values(byTopic).reduce((sum, count) => sum + count, 0)
  const seconds = (performance.now() - startedAt) / 1000
  logger.info({ events, byTopic, seconds: Number(seconds.toFixed(1)) }, 'generator finished')
  return { events, byTopic, seconds }
}

function openSink({ sink, kafka, options, logger, signal }: RunOptions): Promise<Sink> | Sink {
  const chosen = domains.filter((domain) => options.domains.includes(domain.name))
  const topics = chosen.flatMap((domain) => domain.topics)
  if (sink.endsWith('/')) return toFolder(sink, topics)
  if (sink !== 'kafka') return toFile(sink, topics)
  if (!kafka) throw new TypeError('The sink kafka needs the brokers, in `kafka`.')
  return toKafka(kafka, topics, logger, signal)
}

async function pump(run: RunOptions, sink: Sink, startedAt: number): Promise<void> {
  const { options, isPaced, signal } = run
  // History is due at once; so is what became due while history was sent, or while a sink was slow.
  const dueNow = () =>
    isPaced ? options.start + (performance.now() - startedAt) * options.speed : Infinity
  for (const batch of generateBatches(options)) {
    let sent = 0
    while (sent < batch.length) {
      if (signal?.aborted) return
      const end = dueUntil(batch, sent, dueNow())
      if (end === sent) {
        await setTimeout(tickMs, undefined, { signal })
        continue
      }
      // Signals and sockets get their turn even if the sink is never full.
      await (sink.write(batch.slice(sent, end)) ?? setImmediate())
      sent = end
    }
  }
}

function dueUntil(batch: readonly GeneratedEvent[], from: number, now: number): number {
  let end = from
  while (end < batch.length && batch[end]!.due <= now) end++
  return end
}
