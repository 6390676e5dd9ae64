import type { KafkaConfig } from 'kafkajs'
import type pg from 'pg'
import type { Logger } from 'pino'
import { Registry } from 'prom-client'
import { cutAfterFault, cutOffLater } from './cutBroker.ts'
import { cutForgotten } from './cutForgotten.ts'
import { holdMembership } from './holdMembership.ts'
import { createIngestWatch, type IngestWatch } from './ingestWatch.ts'
import { createKafkaClient, type Assignment, type KafkaClient } from './kafka.ts'
import { openAssignment } from './openAssignment.ts'
import { createRedactor } from './redact.ts'
import { pause, retry } from './retry.ts'
import { readSources, type Goal, type Source } from './sources.ts'
import { storeAssignment, type Limits } from './storeAssignment.ts'
import { watchSources } from './watchSources.ts'

export interface IngestOptions {
  /** Opens a connection that may call the ingest functions and insert into bronze. */
  connect: () => Promise<pg.Client>
  kafka: KafkaConfig
  groupId: string
  limits: Limits
  /** How many connections store at the same time, each some of the partitions. */
  connections: number
  /** For the sources whose redaction hashes values: the key of the hashes. */
  redactKey?: string | undefined
  logger: Logger
  signal: AbortSignal
  /** End when every partition has reached the end it had at start. */
  untilCaughtUp: boolean
  /** Is told what happens; default: one that nobody reads. */
  watch?: IngestWatch
}

type Running = IngestOptions & { watch: IngestWatch }

const sessionTimeoutMs = 6_000

/**
 * Reads every source of ops.sources into bronze, exactly once, until `signal` (or until caught up).
 * Faults of the surroundings are retried for ever, with backoff; nothing is skipped.
 */
export async function ingest(given: IngestOptions): Promise<void> {
  const options: Running = { ...given, watch: given.watch ?? createIngestWatch(new Registry()) }
  const { kafka: kafkaConfig, groupId, logger, signal, watch } = options
  const kafka = createKafkaClient({ kafka: kafkaConfig, groupId, sessionTimeoutMs, logger })
  const done = new AbortController()
  const stop = AbortSignal.any([signal, done.signal])
  const stopCut = cutOffLater(kafka, signal)
  const goal = options.untilCaughtUp
    ? await retry(options, stop, () => cutAfterFault(kafka, () => endsNow(options, kafka)))
    : undefined
  const joinAndStore = async () => {
    await kafka.connect()
    const sources = await withClient(options.connect, readSources)
    const existing = await kafka.partitionsOf(sources.map((source) => source.topic))
    const present = sources.filter((source) => existing.has(source.topic))
    if (present.length === 0) {
      watch.idle()
      if (goal) done.abort()
      else await pause(1_000, stop)
      return
    }
    watch.readiness.waitFor('joining the consumer group')
    const assignment = await kafka.join(present.map((source) => source.topic))
    watch.assigned()
    const held = { sources, existing, present, assignment, goal, done }
    await ingestAssignment({ ...options, signal: stop }, kafka, held)
  }
  try {
    while (!stop.aborted) {
      await retry(options, stop, () => cutAfterFault(kafka, joinAndStore))
    }
  } finally {
    await kafka.leave().catch(() => undefined)
    await kafka.disconnect().catch(() => undefined)
    stopCut()
  }
}

interface Held {
  sources: Source[]
  existing: Assignment
  present: Source[]
  assignment: Assignment
  goal: Goal | undefined
  done: AbortController
}

async function ingestAssignment(options: Running, kafka: KafkaClient, held: Held): Promise<void> {
  const { connect, limits, redactKey, logger, signal, watch } = options
  const { assignment, present } = held
  const partitions = [...assignment].flatMap(([topic, numbers]) =>
    numbers.map((partition) => `${topic}/${partition}`),
  )
  logger.info({ partitions }, 'partitions assigned')
  const redactor = createRedactor(redactKey)
  const membership = holdMembership(kafka, {
    sessionTimeoutMs,
    logger,
    signal,
    onHeartbeat: () => watch.readiness.heartbeat(),
  })
  try {
    await retry(options, membership.signal, () =>
      withClient(connect, async (client) => {
        const states = await openAssignment(client, kafka, present, assignment, logger)
        const everySecond = watchSources({ client, kafka, ...held, end: membership.end })
        const further = Math.min(options.connections, states.length) - 1
        await withClients(connect, further, (others) =>
          storeAssignment({
            clients: [client, ...others],
            kafka,
            states,
            limits,
            redactor,
            logger,
            signal: membership.signal,
            committed: membership.committed,
            everySecond,
            watch,
          }),
        )
      }),
    )
  } finally {
    await membership.close()
    watch.ended()
  }
}

/** Runs `work` with a connection that is closed afterwards. */
export async function withClient<T>(
  connect: () => Promise<pg.Client>,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connect()
  let stopLooking: (() => void) | undefined
  try {
    stopLooking = await cutForgotten(client, connect)
    return await work(client)
  } finally {
    stopLooking?.()
    await client.end().catch(() => undefined)
  }
}

/** The same with so many of them; with none when there are to be none. */
async function withClients<T>(
  connect: () => Promise<pg.Client>,
  count: number,
  work: (clients: pg.Client[]) => Promise<T>,
): Promise<T> {
  if (count <= 0) return work([])
  return withClient(connect, (client) =>
    withClients(connect, count - 1, (others) => work([client, ...others])),
  )
}

async function endsNow({ connect }: IngestOptions, kafka: KafkaClient): Promise<Goal> {
  await kafka.connect()
  const sources = await withClient(connect, readSources)
  const existing = await kafka.partitionsOf(sources.map((source) => source.topic))
  const goal: Goal = new Map()
  for (const [topic, partitions] of existing)
    goal.set(topic, await kafka.offsetsAt(topic, partitions, 'end'))
  return goal
}
