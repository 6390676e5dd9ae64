import { isUtf8 } from 'node:buffer'
import type pg from 'pg'
import { UserError } from '../cli/userError.ts'
import type { Reason } from './deadLetters.ts'
import type { KafkaRecord } from './recordBatch.ts'
import { faultIn } from './jsonFault.ts'
import { applyEdits, scanJson, type Replace } from './redactJson.ts'
import {
  needsHashKey,
  ruleTree,
  type RedactRule,
  type RuleNode,
  type SourceRedaction,
} from './redactRules.ts'
import { hashWith, lastFour, maskDigitRuns } from './redactText.ts'
import { replaceBy } from './redactValue.ts'

/** What may reach the server of a record, and why it can't be stored, where that is seen on the way. */
export interface Redacted {
  record: KafkaRecord
  reason?: Reason | undefined
}

export type Redact = (record: KafkaRecord) => Redacted

/** Makes what redacts the events of a source; the last one of each source is kept. */
export type Redactor = (redaction: SourceRedaction) => Redact

/**
 * `key` is that of the hashes; without it a source that asks for one is an Error. `keepHashes`: what looks like a hash is
 * taken for one, and not hashed again: for an event that was redacted before and comes back mended.
 */
export function createRedactor(key?: string, { keepHashes = false } = {}): Redactor {
  const made = new Map<number, { rules: string; redact: Redact }>()
  const hash = hashWith(key ?? '')
  const hashOnce = (bytes: Buffer) => (isHash(bytes) ? bytes.toString() : hash(bytes))
  return (redaction) => {
    const rules = JSON.stringify(redaction)
    const known = made.get(redaction.source_id)
    if (known?.rules === rules) return known.redact
    if (key === undefined && needsHashKey(redaction)) {
      throw new UserError(keyIsMissing([redaction.topic]))
    }
    const redact = redactOf(redaction, keepHashes ? hashOnce : hash)
    made.set(redaction.source_id, { rules, redact })
    return redact
  }
}

/** Throws a UserError when a source needs a key for its hashes and there is none. */
export async function requireRedactKey(client: pg.Client, key: string | undefined): Promise<void> {
  if (key !== undefined) return
  const { rows } = await client.query<SourceRedaction>('select * from ops.source_redactions()')
  const needing = rows.filter(needsHashKey).map(({ topic }) => topic)
  if (needing.length > 0) throw new UserError(keyIsMissing(needing))
}

const keyIsMissing = (topics: string[]) =>
  `SLUICE_REDACT_KEY is not set, and these sources hash values with it: ${topics.join(', ')}. Set it (or SLUICE_REDACT_KEY_FILE) to the secret of this database's hashes, or change their p_redact by ops.add_source.`

const isHash = (bytes: Buffer) =>
  bytes.length === 64 && /^[0-9a-f]+$/.test(bytes.toString('latin1'))

function redactOf(redaction: SourceRedaction, hash: (bytes: Buffer) => string): Redact {
  const { redact_key, redact_headers } = redaction
  const node = ruleTree(redaction.redact)
  const replace = replaceBy(hash)
  const plain = (rule: RedactRule, text: Buffer) =>
    rule === 'hash' ? Buffer.from(hash(text)) : (lastFour(text) ?? text)
  const headerBy = ([name, content]: Header): Header[] => {
    const rule = Object.hasOwn(redact_headers, name) ? redact_headers[name] : undefined
    if (!rule) return [[name, content]]
    return rule === 'drop' ? [] : [[name, content && plain(rule, content)]]
  }

  return (record) => {
    // nobody knows where in it the values are: what is stored of it is where it came from
    if (record.fault) return { record: { ...record, value: null } }
    const { value, reason } = redactValue(record.value, node, replace)
    const key = redact_key && record.key ? keyBy(redact_key, record.key, plain) : record.key
    const { headers } = record
    const redacted = {
      ...record,
      key,
      value,
      headers: headers.length === 0 ? headers : headers.flatMap(headerBy),
    }
    return { record: redacted, reason }
  }
}

type Header = KafkaRecord['headers'][number]

const keyBy = (rule: RedactRule, key: Buffer, plain: (rule: RedactRule, text: Buffer) => Buffer) =>
  rule === 'drop' ? null : plain(rule, key)

/** What can't be parsed must not reach the server as it is: that would write it into its log. */
function redactValue(
  value: Buffer | null,
  node: RuleNode,
  replace: Replace,
): { value: Buffer | null; reason?: Reason | undefined } {
  if (value === null) return { value }
  const scanned = scanJson(value, node, replace)
  const edited = applyEdits(value, scanned.edits)
  // that it is no UTF-8 is told by those who look at every record
  if (!isUtf8(value)) return { value: maskDigitRuns(edited) }
  if (!scanned.isJson) return { value: maskDigitRuns(edited), reason: faultIn(edited, scanned) }
  // a number that was too large may be gone
  const left = scanned.hasHugeNumber ? scanJson(edited, [], replace) : scanned
  return { value: edited, reason: faultIn(edited, left) }
}
