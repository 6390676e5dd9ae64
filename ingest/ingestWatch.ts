import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { Readiness } from '../cli/readiness.ts'
import type { FetchBuffer, PartitionState, Portion } from './fetchBuffer.ts'
import type { Flushed } from './flush.ts'
import { serverOf } from './kafkaFault.ts'

/** The loops of an assignment tell what they do; /readyz and /metrics read it. Names: docs/metrics.md. */
export interface IngestWatch {
  readiness: Readiness
  /** The group gave this process partitions, or none. */
  assigned(): void
  /** Positions are read, fetching begins. */
  opened(states: PartitionState[], buffers: FetchBuffer[]): void
  /** What was in the buffers is dropped. */
  dropped(): void
  /** The partitions are no longer ours. */
  ended(): void
  stored(portions: Portion[], flushed: Flushed, seconds: number): void
  /** Called now and then: a fault is over when nothing is left to store. */
  looked(): void
  /** The loop that asks for sources has done so, and there are none to be read. */
  idle(): void
  fault(error: unknown, reason: string): void
  /** The fence refused a flush. */
  fenced(): void
}

const flushBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export function createIngestWatch(registry: Registry): IngestWatch {
  const readiness = new Readiness()
  const registers = [registry]
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name: `sluice_ingest_${name}_total`, help, labelNames, registers })
  const events = counter('events', 'Events stored, dead letters among them', ['topic'])
  const bytes = counter('bytes', 'Bytes of these events, decompressed', ['topic'])
  const deadLetters = counter('dead_letters', 'Events set aside as dead letters')
  const rebalances = counter('rebalances', 'Assignments by the consumer group, the first included')
  const faults = counter('faults', 'Faults that were waited out, by server', ['server'])
  const fenced = counter('fenced_flushes', 'Flushes undone since another process had stored')
  for (const server of ['kafka', 'postgresql']) faults.inc({ server }, 0)
  const flushSeconds = new Histogram({
    name: 'sluice_ingest_flush_seconds',
    help: 'Time from the first byte of a flush to its commit',
    buckets: flushBuckets,
    registers,
  })

  let held: Held = { states: [], storedAt: new Map() }
  let buffers: FetchBuffer[] = []
  gaugeOf(registry, 'buffer_bytes', 'Bytes that are fetched and not yet stored', [], (gauge) =>
    gauge.set(buffers.reduce((sum, { bytes }) => sum + bytes, 0)),
  )
  const labels = ['topic', 'partition']
  gaugeOf(registry, 'lag_records', 'Records between the position and the end', labels, (gauge) => {
    for (const state of held.states) gauge.set(labelsOf(state), lagOf(state))
  })
  gaugeOf(
    registry,
    'lag_seconds',
    'Age of the newest stored event when behind',
    labels,
    (gauge) => {
      for (const state of held.states) {
        const seconds = secondsBehind(held, state)
        if (seconds !== undefined) gauge.set(labelsOf(state), seconds)
      }
    },
  )

  return {
    readiness,
    assigned() {
      rebalances.inc()
      readiness.begin()
      readiness.heartbeat()
    },
    opened(states, opened) {
      held = { ...held, states }
      buffers = opened
    },
    dropped() {
      buffers = []
    },
    ended() {
      held = { states: [], storedAt: new Map() }
      readiness.waitFor('joining the consumer group')
    },
    stored(portions, flushed, seconds) {
      flushSeconds.observe(seconds)
      deadLetters.inc(flushed.deadLetters)
      for (const portion of portions) {
        const { topic } = portion.state.source
        events.inc({ topic }, portion.records.length)
        bytes.inc({ topic }, portion.bytes)
        const newest = portion.records.at(-1)
        if (newest) held.storedAt.set(keyOf(portion.state), newest.timestamp)
      }
      readiness.works(readiness)
    },
    looked() {
      if (held.states.every((state) => lagOf(state) === 0)) readiness.works(readiness)
    },
    idle() {
      readiness.begin()
      readiness.works(readiness)
    },
    fault(error, reason) {
      faults.inc({ server: serverOf(error) })
      readiness.fault(readiness, reason)
    },
    fenced: () => fenced.inc(),
  }
}

/** The partitions of the assignment; when a fault has closed it, as they were last. */
interface Held {
  states: PartitionState[]
  /** Kafka's time of the last event that was stored here, by topic and partition. */
  storedAt: Map<string, number>
}

/** A gauge that is asked when it is read. */
function gaugeOf(
  registry: Registry,
  name: string,
  help: string,
  labelNames: string[],
  read: (gauge: Gauge) => void,
): void {
  new Gauge({
    name: `sluice_ingest_${name}`,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset()
      read(this)
    },
  })
}

const labelsOf = ({ source, partition }: PartitionState) => ({ topic: source.topic, partition })
const keyOf = ({ source, partition }: PartitionState) => `${source.topic} ${partition}`

const lagOf = ({ endOffset, storedOffset }: PartitionState) => Math.max(0, endOffset - storedOffset)

/** As in ops.lag; before the first event of this process is stored, the age of the one that waits for it. */
function secondsBehind({ storedAt }: Held, state: PartitionState): number | undefined {
  if (lagOf(state) === 0) return 0
  const from = storedAt.get(keyOf(state)) ?? state.chunks[0]?.records.at(0)?.timestamp
  return from === undefined ? undefined : Math.max(0, (Date.now() - from) / 1000)
}
