import { isUtf8 } from 'node:buffer'
import { scanJson } from '../../ingest/redactJson.ts'
import { ruleTree, type RuleNode } from '../../ingest/redactRules.ts'

/** Where in an event its key is; `a.b` is the field b inside a, or the field "a.b". */
export type KeyPath = RuleNode

export const keyPath = (path: string | undefined): KeyPath =>
  path === undefined ? [] : ruleTree({ [path]: 'hash' })

/** The key of a JSON text, whose bytes are otherwise only looked at; or what is wrong with it. */
export function keyOf(value: Buffer, path: KeyPath): { key: string | null } | { fault: string } {
  if (!isUtf8(value)) return { fault: 'has bytes that are not UTF-8' }
  const found: string[] = []
  const { isJson } = scanJson(value, path, (_, bytes, from, to) => {
    found.push(bytes.toString('utf8', from, to))
    return undefined
  })
  if (!isJson) return { fault: 'is not JSON' }
  if (found.length > 1) return { fault: `has ${found.length} values where the key is expected` }
  const [text = 'null'] = found
  if (text.startsWith('{')) return { fault: 'has an object where the key is expected' }
  if (text === 'null') return { key: null }
  // a number is a key as it is written, with all its digits
  return { key: text.startsWith('"') ? (JSON.parse(text) as string) : text }
}
