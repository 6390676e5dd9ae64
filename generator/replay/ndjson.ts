import { isSpace } from '../../ingest/jsonTokens.ts'
import { keyOf, keyPath } from './jsonRecord.ts'
import { nextLine, type Format } from './record.ts'

/** One JSON value a line. Its bytes are passed on, without space around them. Blank lines are nothing. */
export function ndjsonFormat(key: string | undefined): Format {
  const path = keyPath(key)
  let line = 1
  return {
    get line() {
      return line
    },
    take(bytes, from, isEnd) {
      const to = nextLine(bytes, from, isEnd)
      if (to === undefined) return undefined
      const value = trimmed(bytes, from, to)
      const at = line++
      if (value.length === 0) return { to }
      const found = keyOf(value, path)
      if ('fault' in found) return { to, item: { line: at, ...found, isFinal: false } }
      return { to, item: { line: at, value, ...found } }
    },
  }
}

/** The bytes of a range without JSON's white space at both ends. */
export function trimmed(bytes: Buffer, from: number, to: number): Buffer {
  while (from < to && isSpace(bytes[from])) from++
  while (to > from && isSpace(bytes[to - 1])) to--
  return bytes.subarray(from, to)
}
