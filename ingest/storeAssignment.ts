import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import type { Logger } from 'pino'
import { FetchBuffer, type PartitionState } from './fetchBuffer.ts'
import { flush } from './flush.ts'
import type { IngestWatch } from './ingestWatch.ts'
import {
  isOffsetOutOfRange,
  type FetchRequest,
  type KafkaClient,
  type TopicPartition,
} from './kafka.ts'
import { KafkaFault } from './kafkaFault.ts'
import type { Redactor } from './redact.ts'

export interface Limits {
  flushRows: number
  flushBytes: number
  flushMs: number
  /** Bytes of fetched records that may wait; fetching pauses above it. */
  bufferBytes: number
}

interface Work {
  client: pg.Client
  kafka: Pick<KafkaClient, 'leadersOf' | 'fetch'>
  states: PartitionState[]
  buffer: FetchBuffer
  limits: Limits
  redactor: Redactor
  logger: Logger
  /** Ends all loops: the assignment ended, the process stops, or one of them failed. */
  signal: AbortSignal
  /** Rings when something was fetched, stored, or ended. */
  bell: EventTarget
  committed: (positions: FetchRequest[]) => void
  /** Called about once a second, between flushes, for what else there is to do with the connection. */
  everySecond: () => Promise<void>
  watch: IngestWatch
}

const cutOffMs = 5_000
const fetchWaitMs = 200
const fetchBytesPerPartition = 1024 * 1024

/**
 * Fetches and stores the partitions of one assignment, with one database connection, until `signal`.
 * A flush that has begun is finished; what waits in the buffer is dropped, and read again by whoever comes next.
 */
export async function storeAssignment(
  options: Omit<Work, 'buffer' | 'bell' | 'signal'> & { signal: AbortSignal },
): Promise<void> {
  const failure = new AbortController()
  const work: Work = {
    ...options,
    buffer: new FetchBuffer(options.states),
    bell: new EventTarget(),
    signal: AbortSignal.any([options.signal, failure.signal]),
  }
  work.signal.addEventListener('abort', () => ring(work), { once: true })
  const cut = cutOffLater(work)
  work.watch.opened(work.states, work.buffer)

  const partitions = work.states.map(({ source, partition }) => ({
    topic: source.topic,
    partition,
  }))
  const leaders = work.kafka.leadersOf(partitions)
  const loops = [
    flushLoop(work),
    ...[...leaders].map(([nodeId, led]) => fetchLoop(work, nodeId, led)),
  ]
  const results = await Promise.allSettled(
    loops.map((loop) =>
      loop.catch((error: unknown) => {
        failure.abort()
        throw error
      }),
    ),
  )
  clearTimeout(cut())
  work.watch.dropped()
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}

const ring = ({ bell }: Work) => bell.dispatchEvent(new Event('ring'))

/**
 * A flush whose server does not answer must not keep an ended assignment: its connection is cut. What became
 * of it, the positions will tell. Returns the timer, once it runs.
 */
function cutOffLater({ client, signal }: Work): () => NodeJS.Timeout | undefined {
  let timer: NodeJS.Timeout | undefined
  const start = () => {
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
    timer = setTimeout(() => stream.destroy(), cutOffMs)
  }
  signal.addEventListener('abort', start, { once: true })
  return () => {
    signal.removeEventListener('abort', start)
    return timer
  }
}

async function fetchLoop(work: Work, nodeId: string, led: TopicPartition[]): Promise<void> {
  const { kafka, buffer, limits, signal, bell } = work
  const states = new Map(
    work.states.map((state) => [`${state.source.topic} ${state.partition}`, state]),
  )
  const own = led.map(({ topic, partition }) => states.get(`${topic} ${partition}`)!)
  while (!signal.aborted) {
    if (buffer.bytes >= limits.bufferBytes) {
      await rung(bell, signal)
      continue
    }
    const requests = own.map((state) => ({
      topic: state.source.topic,
      partition: state.partition,
      offset: state.fetchOffset,
    }))
    const fetched = await kafka.fetch(nodeId, requests, {
      maxWaitMs: fetchWaitMs,
      maxBytes: Math.max(fetchBytesPerPartition, limits.flushBytes / 2),
      maxBytesPerPartition: fetchBytesPerPartition,
    })
    // what was in flight when the assignment ended belongs to nobody
    if (signal.aborted) return
    for (const part of fetched) {
      const state = states.get(`${part.topic} ${part.partition}`)!
      if (part.errorCode !== 0) throw fetchError(part)
      state.endOffset = Math.max(part.lastStableOffset, state.fetchOffset)
      if (part.next !== null && part.next > state.fetchOffset) {
        const { records, next, bytes, file } = part
        buffer.add(state, { records, next, bytes, file })
        state.endOffset = Math.max(state.endOffset, part.next)
      }
    }
    ring(work)
  }
}

function fetchError({
  topic,
  partition,
  errorCode,
}: TopicPartition & { errorCode: number }): Error {
  const what = isOffsetOutOfRange(errorCode)
    ? 'the position is not in the log'
    : `error code ${errorCode}`
  return new KafkaFault(`Kafka can't serve ${topic}, partition ${partition}: ${what}`)
}

async function flushLoop(work: Work): Promise<void> {
  const { buffer, limits, signal, bell } = work
  let tickedAt = 0
  const reported = new Map<PartitionState, number>()
  while (!signal.aborted) {
    const waited = buffer.since === undefined ? 0 : performance.now() - buffer.since
    const isFull = buffer.rows >= limits.flushRows || buffer.bytes >= limits.flushBytes
    if (isFull || waited >= limits.flushMs) await flushOnce(work)
    else await rung(bell, signal, buffer.since === undefined ? 1_000 : limits.flushMs - waited)
    if (performance.now() - tickedAt >= 1_000 && !signal.aborted) {
      tickedAt = performance.now()
      await reportEnds(work, reported)
      await work.everySecond()
      work.watch.looked()
    }
  }
}

async function flushOnce(work: Work): Promise<void> {
  const { client, buffer, limits, redactor, logger, committed, watch } = work
  const started = performance.now()
  const portions = buffer.take(limits.flushRows, limits.flushBytes)
  // there is room again: fetching goes on while these are stored
  ring(work)
  const flushed = await flush(client, portions, redactor)
  const ms = performance.now() - started
  const { rows, deadLetters } = flushed
  for (const { state, next } of portions) {
    state.storedOffset = next
    state.batchNo += 1
  }
  watch.stored(portions, flushed, ms / 1000)
  const lag = portions.reduce((total, { state }) => total + state.endOffset - state.storedOffset, 0)
  logger.info(
    {
      topics: [...new Set(portions.map(({ state }) => state.source.topic))],
      partitions: portions.length,
      rows,
      ...(deadLetters > 0 ? { deadLetters } : {}),
      ms: Math.round(ms),
      lag,
    },
    'batch stored',
  )
  committed(
    portions.map(({ state }) => ({
      topic: state.source.topic,
      partition: state.partition,
      offset: state.storedOffset,
    })),
  )
  ring(work)
}

/** Ends move in idle or paused logs too; those of stored batches came with them. */
async function reportEnds(
  { client, states }: Work,
  reported: Map<PartitionState, number>,
): Promise<void> {
  const moved = states.filter((state) => reported.get(state) !== state.endOffset)
  if (moved.length === 0) return
  const ends = moved.map((state) => ({
    source_id: state.source.source_id,
    generation: state.source.generation,
    partition: state.partition,
    end_offset: state.endOffset,
  }))
  await client.query('select ops.report_ends($1)', [JSON.stringify(ends)])
  for (const state of moved) reported.set(state, state.endOffset)
}

async function rung(bell: EventTarget, signal: AbortSignal, ms?: number): Promise<void> {
  if (signal.aborted) return
  const timer = new AbortController()
  const rings = once(bell, 'ring', { signal: timer.signal }).catch(() => undefined)
  const times =
    ms === undefined
      ? []
      : [wait(Math.max(1, ms), undefined, { signal: timer.signal }).catch(() => undefined)]
  await Promise.race([rings, ...times])
  timer.abort()
}
