import { advance, batchOf, openSource, type Ops } from './ops.ts'

/** The text of an event that no jsonb can hold, at stage ingest, unless told otherwise. */
export interface GivenLetter {
  offset: number
  payload?: string | Buffer | null
  key?: string | Buffer | null
  kafka_at?: string | null
  headers?: object | null
  sqlstate?: string
}

const base64 = (bytes: string | Buffer | null | undefined) =>
  bytes === null || bytes === undefined ? null : Buffer.from(bytes as string).toString('base64')

/**
 * A source whose partitions are stored up to offset 10, of which the given offsets are dead letters. There are no rows
 * in bronze, as nothing looks at them. Returns the source's id.
 */
export async function sourceWithLetters(
  ops: Ops,
  topic: string,
  ...partitions: GivenLetter[][]
): Promise<number> {
  const source_id = await openSource(ops, topic, partitions.length)
  for (const [partition, letters] of partitions.entries()) {
    const place = { source_id, generation: 1, partition, batch_no: 1 }
    const counts = { rows: 10 - letters.length, dead_letters: letters.length }
    const offsets = { last_offset: 9, next_offset: 10, end_offset: 10 }
    const given = letters.map((letter) => ({
      ...place,
      offset: letter.offset,
      kafka_at: letter.kafka_at === undefined ? '2026-03-01T10:00:00Z' : letter.kafka_at,
      key: base64(letter.key === undefined ? 'k' : letter.key),
      payload: base64(letter.payload === undefined ? 'no JSON' : letter.payload),
      headers: letter.headers ?? null,
      sqlstate: letter.sqlstate ?? '22P02',
      message: 'invalid input syntax for type json',
    }))
    await advance(ops.owner, [batchOf(source_id, { partition, ...counts, ...offsets })], given)
  }
  return source_id
}

/** What is left of letters, and what ops.offsets counts, over all partitions. */
export async function countsOf(ops: Ops, source_id: number): Promise<Record<string, number>> {
  const [counts] = await ops.rows<Record<string, number>>(
    `select
      (select count(*)::int from ops.dead_letters where source_id = $1) as letters,
      sum(stored_rows)::int as stored_rows,
      sum(dead_letters)::int as dead_letters,
      sum(discarded)::int as discarded,
      min(lowest_batch_no)::int as lowest_batch_no,
      max(next_batch_no)::int as next_batch_no,
      max(next_offset)::int as next_offset
    from ops.offsets
    where source_id = $1`,
    [source_id],
  )
  return counts!
}
