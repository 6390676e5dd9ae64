import type { Reason } from './deadLetters.ts'
import type { KafkaRecord } from './recordBatch.ts'
import { scanJson, type Scanned } from './redactJson.ts'

const leave = () => undefined

/**
 * Whether jsonb can't hold a value: no JSON at all, a zero character, half a surrogate pair, a number beyond numeric.
 * What this misses, such as too deep a value, the server still finds.
 */
export function jsonFault({ value }: KafkaRecord): Reason | undefined {
  return value === null ? undefined : faultIn(value, scanJson(value, [], leave))
}

/** The same of a value that was scanned. */
export function faultIn(value: Buffer, { isJson, hasHugeNumber }: Scanned): Reason | undefined {
  if (!isJson) return notJson
  if (hasHugeNumber) return { sqlstate: '22003', message: 'value overflows numeric format' }
  return escapeFault(value)
}

const notJson: Reason = { sqlstate: '22P02', message: 'invalid input syntax for type json' }

const backslash = 0x5c

/** Walks over the escapes of a JSON text: backslashes stand in strings only. */
function escapeFault(value: Buffer): Reason | undefined {
  for (let i = value.indexOf(backslash); i >= 0; i = value.indexOf(backslash, i)) {
    const code = codeOf(value, i)
    if (code === 0) {
      return { sqlstate: '22P05', message: 'unsupported Unicode escape sequence' }
    }
    const isHigh = code !== undefined && code >= 0xd800 && code <= 0xdbff
    const isLow = code !== undefined && code >= 0xdc00 && code <= 0xdfff
    if (isLow) return notJson
    if (isHigh) {
      const low = codeOf(value, i + 6)
      if (low === undefined || low < 0xdc00 || low > 0xdfff) return notJson
      i += 12
    } else i += code === undefined ? 2 : 6
  }
  return undefined
}

/** The code unit of an escape such as \u00e4 at `i`; undefined when there is another one, or none. */
function codeOf(value: Buffer, i: number): number | undefined {
  if (value[i] !== backslash || value[i + 1] !== 0x75) return undefined
  return parseInt(value.toString('latin1', i + 2, i + 6), 16)
}
