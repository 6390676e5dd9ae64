import { readFileSync } from 'node:fs'
import type pg from 'pg'
import { createRedactor } from '../../ingest/redact.ts'
import type { SourceRedaction } from '../../ingest/redactRules.ts'
import type { Config } from '../config.ts'
import { UserError } from '../userError.ts'

/** What comes in the place of an event's own payload, key or time. */
export interface Mend {
  /** JSON, or @FILE, or - for standard input. */
  payload?: string
  key?: string
  kafkaAt?: string
}

/**
 * The mend as arguments of ops.replay_dead_letters, redacted as ingest would: what a person types in is seen by the
 * server no more than what a producer sends.
 */
export async function redactedMend(
  client: pg.Client,
  config: Config,
  topic: string,
  { payload, key, kafkaAt }: Mend,
): Promise<(string | null)[]> {
  const given = { payload: payload === undefined ? null : textOf(payload), key: key ?? null }
  if (given.payload === null && given.key === null) return [null, null, kafkaAt ?? null]
  const { rows } = await client.query<SourceRedaction>(
    'select source_id, topic, redact, redact_key, redact_headers from ops.sources where topic = $1',
    [topic],
  )
  const [redaction] = rows
  if (!redaction) return [given.payload, given.key, kafkaAt ?? null]
  const bytes = (text: string | null) => (text === null ? null : Buffer.from(text))
  // the letter was redacted before: its hashes stay as they are
  const redact = createRedactor(config.SLUICE_REDACT_KEY, { keepHashes: true })(redaction)
  const { record, reason } = redact({
    offset: 0,
    timestamp: 0,
    key: bytes(given.key),
    value: bytes(given.payload),
    headers: [],
  })
  if (reason) {
    throw new UserError(
      '--payload is no JSON. Expected a JSON text, @FILE, or - for standard input.',
    )
  }
  return [record.value?.toString() ?? null, record.key?.toString() ?? null, kafkaAt ?? null]
}

function textOf(argument: string): string {
  if (argument === '-') return readFileSync(0, 'utf8')
  if (!argument.startsWith('@')) return argument
  try {
    return readFileSync(argument.slice(1), 'utf8')
  } catch (error) {
    throw new UserError(`--payload: ${(error as Error).message}`, { cause: error })
  }
}
