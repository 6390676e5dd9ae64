import { createHash } from 'node:crypto'
import { generate, generateOptions } from '../../generator/index.ts'
import type { GenerateInput, GeneratedEvent } from '../../generator/index.ts'

export const start = '2026-03-02T12:00:00Z'
export const startMs = Date.parse(start)

/** What is not asked for: the shop alone, without the rhythm of the hours. */
export function events(options: Partial<GenerateInput>): GeneratedEvent[] {
  const defaults = { domains: 'ecommerce', start, events: 20_000, rhythm: false }
  return [...generate(generateOptions({ ...defaults, ...options }))]
}

/** The bytes of all events, in order, with topic and key. */
export function hashOf(list: readonly GeneratedEvent[]): string {
  const hash = createHash('sha256')
  for (const { topic, key, value, due } of list) {
    hash.update(`${topic}\n${key}\n${due}\n`).update(value).update('\n')
  }
  return hash.digest('hex')
}

/** Why PostgreSQL can't store these bytes as jsonb, by its rules; undefined if it can. */
export function refusal(value: string | Buffer): string | undefined {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value as string))
  } catch {
    return 'invalid UTF-8'
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return text.startsWith('{') ? 'truncated' : 'not JSON'
  }
  const unescaped = stringsOf(parsed).join('')
  if (unescaped.includes('\0')) return 'null character'
  if (/\p{Surrogate}/u.test(unescaped)) return 'lone surrogate'
  return undefined
}

function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [name, ...stringsOf(inner)])
}

export interface Parsed {
  [field: string]: unknown
  event_time: string
  session_id: string
  user_id: string
}

/** The good events of a topic as objects. */
export function parsed<Shape = Parsed>(list: readonly GeneratedEvent[], topic: string): Shape[] {
  return list
    .filter((event) => event.topic === topic && refusal(event.value) === undefined)
    .map((event) => JSON.parse(event.value as string) as Shape)
}
