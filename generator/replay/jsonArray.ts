import { isSpace } from '../../ingest/jsonTokens.ts'
import { keyOf, keyPath } from './jsonRecord.ts'
import { trimmed } from './ndjson.ts'
import { linesIn, type Format, type Taken } from './record.ts'

const [bracketOpen, bracketClose, braceOpen, braceClose] = [0x5b, 0x5d, 0x7b, 0x7d]
const [comma, quote, backslash] = [0x2c, 0x22, 0x5c]

/**
 * One JSON array, whose elements are the events. The bytes of each element are passed on as they are, which no parser
 * does that builds values: numbers keep their digits.
 */
export function jsonArrayFormat(key: string | undefined): Format {
  const path = keyPath(key)
  let line = 1
  let element = 0
  let state: 'before' | 'first' | 'next' | 'after' = 'before'

  const final = (to: number, fault: string): Taken => ({
    to,
    item: { line, fault, isFinal: true },
  })

  function space(bytes: Buffer, from: number): Taken | undefined {
    let to = from
    while (isSpace(bytes[to])) to++
    if (to === from) return undefined
    line += linesIn(bytes, from, to)
    return { to }
  }

  function around(bytes: Buffer, at: number): Taken {
    if (at === bytes.length) return { to: at }
    if (state === 'after') return final(at, 'has more after the end of the array')
    if (bytes[at] !== bracketOpen) {
      const hint = '; with one value a line, give --format ndjson'
      return final(at, `does not begin with [, as an array does${hint}`)
    }
    state = 'first'
    return { to: at + 1 }
  }

  function nextElement(bytes: Buffer, from: number, isEnd: boolean): Taken | undefined {
    const end = elementEnd(bytes, from)
    if (end === undefined) return isEnd ? final(bytes.length, 'has no end of the array') : undefined
    const value = trimmed(bytes, from, end)
    const startsAt = line
    const isLast = bytes[end] === bracketClose
    const isEmpty = isLast && state === 'first' && value.length === 0
    line += linesIn(bytes, from, end)
    state = isLast ? 'after' : 'next'
    const to = end + 1
    if (isEmpty) return { to }
    element++
    const found = keyOf(value, path)
    if ('fault' in found) {
      return { to, item: { line: startsAt, element, ...found, isFinal: false } }
    }
    return { to, item: { line: element, value, ...found } }
  }

  return {
    get line() {
      return line
    },
    take(bytes, from, isEnd) {
      const isInside = state === 'first' || state === 'next'
      return (
        space(bytes, from) ?? (isInside ? nextElement(bytes, from, isEnd) : around(bytes, from))
      )
    },
  }
}

/** Where the comma or bracket is that ends the element; undefined when it is not among the bytes. */
function elementEnd(bytes: Buffer, from: number): number | undefined {
  let depth = 0
  let isText = false
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]
    if (isText) {
      if (byte === backslash) at++
      else if (byte === quote) isText = false
    } else if (byte === quote) isText = true
    else if (byte === braceOpen || byte === bracketOpen) depth++
    else if (depth === 0 && (byte === comma || byte === bracketClose)) return at
    else if (byte === braceClose || byte === bracketClose) depth--
  }
  return undefined
}
