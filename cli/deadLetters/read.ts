import { isUtf8 } from 'node:buffer'
import type pg from 'pg'

/** Which dead letters; null is any. Offsets are decimal texts. */
export interface Filter {
  topic?: string | undefined
  stage: string | null
  partition: number | null
  offset: string[] | null
  generation: number | null
  sqlstate: string | null
}

interface Letter {
  topic: string
  stage: string
  generation: number
  partition: number
  offset: string
  kafka_at: Date | null
  failed_at: Date
  sqlstate: string
  message: string
  headers: unknown
  key: Shown
  payload: Shown
}

/** Text where bytes are UTF-8, else their base64. */
type Shown = string | { base64: string } | null

const chosen = `
  ($1::text is null or topic = $1)
  and ($2::text is null or stage = $2)
  and ($3::int is null or kafka_partition = $3)
  and ($4::bigint[] is null or kafka_offset = any ($4))
  and ($5::int is null or generation = $5)
  and ($6::text is null or sqlstate = $6)`

const valuesOf = ({ topic, stage, partition, offset, generation, sqlstate }: Filter) => [
  topic ?? null,
  stage,
  partition,
  offset,
  generation,
  sqlstate,
]

/** Coordinates and reasons, the newest first, and how many there are in all. */
export async function listDeadLetters(
  client: pg.Client,
  filter: Filter,
  limit: number,
): Promise<{ letters: Record<string, unknown>[]; total: number }> {
  const { rows: counts } = await client.query<{ total: number }>(
    `select count(*)::int as total from ops.dead_letter_list where ${chosen}`,
    valuesOf(filter),
  )
  const { rows } = await client.query<Record<string, unknown>>(
    `select
      topic, stage, generation, kafka_partition as partition, kafka_offset as offset,
      sqlstate, message, payload_bytes as bytes, failed_at
    from ops.dead_letter_list
    where ${chosen}
    order by failed_at desc, topic, generation, kafka_partition, kafka_offset
    limit $7`,
    [...valuesOf(filter), limit],
  )
  return { letters: rows, total: counts[0]!.total }
}

/** Whole letters, in the order of their coordinates. */
export async function showDeadLetters(client: pg.Client, filter: Filter): Promise<Letter[]> {
  const { rows } = await client.query<
    Omit<Letter, 'key' | 'payload'> & { key: Buffer | null; payload: Buffer | null }
  >(
    `select
      topic, stage, dead_letters.generation, kafka_partition as partition, kafka_offset as offset,
      kafka_at, failed_at, sqlstate, message, headers, kafka_key as key, payload
    from ops.dead_letters
    join (select source_id, topic from ops.sources) as sources using (source_id)
    where ${chosen}
    order by topic, dead_letters.generation, kafka_partition, kafka_offset, stage`,
    valuesOf(filter),
  )
  return rows.map((row) => ({ ...row, key: shown(row.key), payload: shown(row.payload) }))
}

function shown(bytes: Buffer | null): Shown {
  if (bytes === null) return null
  return isUtf8(bytes) ? bytes.toString() : { base64: bytes.toString('base64') }
}

/** Letters for people: a block of lines each. */
export function lettersText(letters: Letter[]): string[] {
  return letters.flatMap(({ topic, generation, partition, offset, ...letter }, index) => [
    ...(index > 0 ? [''] : []),
    `${topic}, generation ${generation}, partition ${partition}, offset ${offset}`,
    `  stage     ${letter.stage}`,
    `  reason    ${letter.sqlstate}: ${letter.message}`,
    `  failed at ${letter.failed_at.toISOString()}`,
    `  kafka at  ${letter.kafka_at?.toISOString() ?? 'no time'}`,
    `  key       ${text(letter.key, 'none')}`,
    `  headers   ${letter.headers === null ? 'none' : JSON.stringify(letter.headers)}`,
    `  payload   ${text(letter.payload, 'none: a tombstone')}`,
  ])
}

/** Control characters, which a terminal would obey, are shown as escapes. */
function text(value: Shown, none: string): string {
  if (value === null) return none
  if (typeof value === 'object') return `not UTF-8, in base64: ${value.base64}`
  return value.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
