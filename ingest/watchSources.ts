import type pg from 'pg'
import type { Assignment, KafkaClient } from './kafka.ts'
import { readSources, type Goal, type Source } from './sources.ts'

interface Watched {
  client: pg.Client
  kafka: KafkaClient
  sources: Source[]
  existing: Assignment
  goal: Goal | undefined
  done: AbortController
  end: (reason: string) => void
}

/**
 * Returns what is to be done about once a second beside storing: ends the assignment when sources or their
 * partitions changed, and everything when the goal is reached.
 */
export function watchSources(watched: Watched): () => Promise<void> {
  const { client, kafka, goal, done, end } = watched
  const known = fingerprint(watched.sources, watched.existing)
  return async () => {
    const sources = await readSources(client)
    const existing = await kafka.partitionsOf(sources.map((source) => source.topic))
    if (fingerprint(sources, existing) !== known) end('sources or partitions changed')
    if (goal && (await isReached(client, sources, goal))) done.abort()
  }
}

function fingerprint(sources: Source[], existing: Assignment): string {
  return JSON.stringify(
    sources.map(({ topic, generation }) => [topic, generation, existing.get(topic) ?? []]),
  )
}

/** Asks the database, so that partitions of other ingesters count too. */
async function isReached(client: pg.Client, sources: Source[], goal: Goal): Promise<boolean> {
  for (const { topic, source_id, generation } of sources) {
    const { rows } = await client.query<{ kafka_partition: number; next_offset: string }>(
      'select kafka_partition, next_offset from ops.read_positions($1, $2)',
      [source_id, generation],
    )
    const positions = new Map(rows.map((row) => [row.kafka_partition, Number(row.next_offset)]))
    for (const [partition, end] of goal.get(topic) ?? []) {
      if ((positions.get(partition) ?? 0) < end) return false
    }
  }
  return true
}
