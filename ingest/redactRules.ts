/**
 * last4 keeps the last four letters and digits of a value, hash puts an HMAC-SHA-256 in its place, drop takes it away,
 * name and all.
 */
export type RedactRule = 'last4' | 'hash' | 'drop'

/** The rules that put something else in the place of a value. */
export type ValueRule = Exclude<RedactRule, 'drop'>

/** A row of ops.source_redactions: what of a source's events is redacted. */
export interface SourceRedaction {
  source_id: number
  topic: string
  /** Rules by dotted path. */
  redact: Record<string, RedactRule>
  redact_key: RedactRule | null
  /** Rules by the header's name. */
  redact_headers: Record<string, RedactRule>
}

/** Which keys of an object lead to something that is redacted. */
export type RuleNode = { key: Buffer; rule: RedactRule | undefined; inner: RuleNode }[]

/**
 * Turns dotted paths into a tree of keys. A dot is also taken as part of a key: `a.b` means the key b inside a, and
 * the key "a.b". Arrays are no level of a path.
 */
export function ruleTree(redact: Record<string, RedactRule>): RuleNode {
  const root: RuleNode = []
  for (const [path, rule] of Object.entries(redact)) addPath(root, path.split('.'), rule)
  return root
}

function addPath(node: RuleNode, parts: string[], rule: RedactRule): void {
  for (let count = 1; count <= parts.length; count++) {
    const key = Buffer.from(parts.slice(0, count).join('.'))
    let entry = node.find((known) => known.key.equals(key))
    if (!entry) node.push((entry = { key, rule: undefined, inner: [] }))
    if (count === parts.length) entry.rule = rule
    else addPath(entry.inner, parts.slice(count), rule)
  }
}

/** Whether a hash is asked for anywhere, which needs a key. */
export function needsHashKey(redaction: SourceRedaction): boolean {
  const rules = [...Object.values(redaction.redact), ...Object.values(redaction.redact_headers)]
  return [...rules, redaction.redact_key].includes('hash')
}
