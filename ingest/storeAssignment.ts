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

/** Of rows and bytes each connection has its share, so that more of them take no more memory. */
export interface Limits {
  flushRows: number
  flushBytes: number
  flushMs: number
  /** Bytes of fetched records that may wait; fetching pauses above it. */
  bufferBytes: number
}

/** Stores some of the partitions, through a connection and a buffer of its own. */
interface Writer {
  client: pg.Client
  states: PartitionState[]
  buffer: FetchBuffer
  limits: Pick<Limits, 'flushRows' | 'flushBytes'>
}

interface Work {
  kafka: Pick<KafkaClient, 'leadersOf' | 'fetch'>
  writers: Writer[]
  limits: Limits
  redactor: Redactor
  logger: Logger
  /** Ends all loops: the assignment ended, the process stops, or one of them failed. */
  signal: AbortSignal
  /** Rings when something was fetched, stored, or ended. */
  bell: EventTarget
  committed: (positions: FetchRequest[]) => void
  watch: IngestWatch
}

type StoreOptions = Omit<Work, 'writers' | 'bell'> & {
  /** One at least. Each stores a share of the partitions, in transactions of its own. */
  clients: pg.Client[]
  states: PartitionState[]
  /** Called about once a second, while the first of the clients is free. */
  everySecond: () => Promise<void>
}

const cutOffMs = 5_000
const fetchWaitMs = 200
const fetchBytesPerPartition = 1024 * 1024

/**
 * Fetches and stores the partitions of one assignment until `signal`.
 * A flush that has begun is finished; what waits in the buffers is dropped, and read again by whoever comes next.
 */
export async function storeAssignment({
  clients,
  states,
  everySecond,
  ...options
}: StoreOptions): Promise<void> {
  const failure = new AbortController()
  const work: Work = {
    ...options,
    writers: writersOf(clients, states, options.limits),
    bell: new EventTarget(),
    signal: AbortSignal.any([options.signal, failure.signal]),
  }
  work.signal.addEventListener('abort', () => ring(work), { once: true })
  const cut = cutOffLater(clients, work.signal)
  const buffers = work.writers.map(({ buffer }) => buffer)
  work.watch.opened(states, buffers)

  const partitions = states.map(({ source, partition }) => ({ topic: source.topic, partition }))
  const leaders = work.kafka.leadersOf(partitions)
  const loops = [
    ...work.writers.map((writer, index) =>
      flushLoop(work, writer, index === 0 ? everySecond : undefined),
    ),
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

/** Deals the partitions out in turn, so that those of each topic are shared evenly. */
function writersOf(
  clients: pg.Client[],
  states: PartitionState[],
  { flushRows, flushBytes }: Limits,
): Writer[] {
  const share = (limit: number) => Math.ceil(limit / clients.length)
  const limits = { flushRows: share(flushRows), flushBytes: share(flushBytes) }
  return clients.map((client, index) => {
    const own = states.filter((_, place) => place % clients.length === index)
    return { client, states: own, buffer: new FetchBuffer(own), limits }
  })
}

/**
 * A flush whose server does not answer must not keep an ended assignment: its connection is cut. What became
 * of it, the positions will tell. Returns the timer, once it runs.
 */
function cutOffLater(clients: pg.Client[], signal: AbortSignal): () => NodeJS.Timeout | undefined {
  let timer: NodeJS.Timeout | undefined
  const start = () => {
    timer = setTimeout(() => {
      for (const client of clients) {
        ;(client as unknown as { connection: { stream: Socket } }).connection.stream.destroy()
      }
    }, cutOffMs)
  }
  signal.addEventListener('abort', start, { once: true })
  return () => {
    signal.removeEventListener('abort', start)
    return timer
  }
}

async function fetchLoop(work: Work, nodeId: string, led: TopicPartition[]): Promise<void> {
  const { kafka, writers, limits, signal, bell } = work
  const places = new Map(
    writers.flatMap(({ states, buffer }) =>
      states.map((state) => [keyOf(state.source.topic, state.partition), { state, buffer }]),
    ),
  )
  const own = led.map(({ topic, partition }) => places.get(keyOf(topic, partition))!)
  while (!signal.aborted) {
    const waiting = writers.reduce((sum, { buffer }) => sum + buffer.bytes, 0)
    if (waiting >= limits.bufferBytes) {
      await rung(bell, signal)
      continue
    }
    const requests = own.map(({ state }) => ({
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
      const { state, buffer } = places.get(keyOf(part.topic, part.partition))!
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

const keyOf = (topic: string, partition: number) => `${topic} ${partition}`

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

async function flushLoop(
  work: Work,
  writer: Writer,
  everySecond?: () => Promise<void>,
): Promise<void> {
  const { signal, bell, watch } = work
  const { flushMs } = work.limits
  const { buffer, limits } = writer
  let tickedAt = 0
  const reported = new Map<PartitionState, number>()
  while (!signal.aborted) {
    const waited = buffer.since === undefined ? 0 : performance.now() - buffer.since
    const isFull = buffer.rows >= limits.flushRows || buffer.bytes >= limits.flushBytes
    if (isFull || waited >= flushMs) await flushOnce(work, writer)
    else await rung(bell, signal, buffer.since === undefined ? 1_000 : flushMs - waited)
    if (performance.now() - tickedAt >= 1_000 && !signal.aborted) {
      tickedAt = performance.now()
      await reportEnds(writer, reported)
      await everySecond?.()
      watch.looked()
    }
  }
}

async function flushOnce(work: Work, { client, buffer, limits }: Writer): Promise<void> {
  const { redactor, logger, committed, watch } = work
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
  { client, states }: Writer,
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
