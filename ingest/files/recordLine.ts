import type { Reason } from '../deadLetters.ts'
import { isSpace, literalEnd, numberEnd, stringEnd } from '../jsonTokens.ts'
import type { KafkaRecord } from '../recordBatch.ts'

const [braceOpen, braceClose, bracketOpen, bracketClose] = [0x7b, 0x7d, 0x5b, 0x5d]
const [comma, colon, quote] = [0x2c, 0x3a, 0x22]

/**
 * The event of a line such as `{"key": "u1", "headers": {"trace": "a1"}, "timestamp": 1767225600000, "value": {"n": 1}}`.
 * The value's bytes are kept as they are; `value_base64` may hold any others, a value of null is a tombstone. A line that
 * is none of this is an event that can't be stored, whose bytes are the line.
 */
export function recordOfLine(line: Buffer, offset: number, modifiedMs: number): KafkaRecord {
  const faulty = (what: string): KafkaRecord => {
    const fault: Reason = { sqlstate: '22P02', message: `the line is no record: ${what}` }
    return { offset, timestamp: modifiedMs, key: null, value: line, headers: [], fault }
  }
  const members = membersOf(line)
  if (!members) return faulty('it is no object of JSON')
  try {
    return {
      offset,
      timestamp: timestampOf(members.get('timestamp')) ?? modifiedMs,
      key: keyOf(members.get('key')),
      value: valueOf(members.get('value'), members.get('value_base64')),
      headers: headersOf(members.get('headers')),
    }
  } catch (error) {
    if (error instanceof MemberError) return faulty(error.message)
    throw error
  }
}

class MemberError extends Error {}

const isNone = (text: Buffer | undefined) => text === undefined || text.toString() === 'null'

function valueOf(value: Buffer | undefined, base64: Buffer | undefined): Buffer | null {
  if (value && base64) throw new MemberError('it has both value and value_base64')
  if (value) return isNone(value) ? null : value
  if (!base64) throw new MemberError('it has neither value nor value_base64')
  return Buffer.from(textOf('value_base64', base64), 'base64')
}

const keyOf = (key: Buffer | undefined) => (isNone(key) ? null : Buffer.from(textOf('key', key!)))

/** ms since 1970, or an ISO time. */
function timestampOf(timestamp: Buffer | undefined): number | undefined {
  if (isNone(timestamp)) return undefined
  const given = parsed('timestamp', timestamp!)
  const ms = typeof given === 'string' ? Date.parse(given) : given
  if (typeof ms === 'number' && Number.isInteger(ms)) return ms
  throw new MemberError('its timestamp is neither milliseconds nor an ISO time')
}

/** As bronze has them: texts, null, `{"base64": "…"}`, and arrays of these for a name that is repeated. */
function headersOf(headers: Buffer | undefined): KafkaRecord['headers'] {
  if (isNone(headers)) return []
  const given = parsed('headers', headers!)
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new MemberError('its headers are no object')
  }
  return Object.entries(given).flatMap(([name, value]) =>
    [value as unknown].flat().map((one): [string, Buffer | null] => [name, headerOf(name, one)]),
  )
}

function headerOf(name: string, value: unknown): Buffer | null {
  if (value === null) return null
  if (typeof value === 'string') return Buffer.from(value)
  const { base64 } = value as { base64?: unknown }
  if (typeof base64 === 'string') return Buffer.from(base64, 'base64')
  throw new MemberError(`its header ${name} is no text`)
}

function textOf(name: string, json: Buffer): string {
  const text = parsed(name, json)
  if (typeof text === 'string') return text
  throw new MemberError(`its ${name} is no text`)
}

function parsed(name: string, json: Buffer): unknown {
  try {
    return JSON.parse(json.toString())
  } catch {
    throw new MemberError(`its ${name} is no JSON`)
  }
}

/** The members of an object by their names, each as it is written; undefined when the text is no object. */
function membersOf(bytes: Buffer): Map<string, Buffer> | undefined {
  const members = new Map<string, Buffer>()
  let at = skipSpace(bytes, 0)
  if (bytes[at] !== braceOpen) return undefined
  at = skipSpace(bytes, at + 1)
  for (let isFirst = true; bytes[at] !== braceClose; isFirst = false) {
    if (!isFirst) {
      if (bytes[at] !== comma) return undefined
      at = skipSpace(bytes, at + 1)
    }
    const nameEnd = bytes[at] === quote ? stringEnd(bytes, at) : 0
    if (nameEnd === 0) return undefined
    const name = JSON.parse(bytes.toString('utf8', at, nameEnd)) as string
    at = skipSpace(bytes, nameEnd)
    if (bytes[at] !== colon) return undefined
    at = skipSpace(bytes, at + 1)
    const end = valueEnd(bytes, at)
    if (end === 0) return undefined
    members.set(name, bytes.subarray(at, end))
    at = skipSpace(bytes, end)
  }
  return skipSpace(bytes, at + 1) === bytes.length ? members : undefined
}

function skipSpace(bytes: Buffer, at: number): number {
  while (isSpace(bytes[at])) at++
  return at
}

/** One after the value that begins here; 0 when none does. What is inside of an object or array the server checks. */
function valueEnd(bytes: Buffer, start: number): number {
  const sign = bytes[start]
  if (sign === quote) return stringEnd(bytes, start)
  if (sign !== braceOpen && sign !== bracketOpen) {
    return numberEnd(bytes, start) || literalEnd(bytes, start)
  }
  let depth = 0
  for (let at = start; at < bytes.length;) {
    const byte = bytes[at]!
    if (byte === quote) {
      at = stringEnd(bytes, at)
      if (at === 0) return 0
      continue
    }
    if (byte === braceOpen || byte === bracketOpen) depth++
    else if (byte === braceClose || byte === bracketClose) depth--
    at++
    if (depth === 0) return at
  }
  return 0
}
