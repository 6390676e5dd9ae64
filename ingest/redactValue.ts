import type { Replace } from './redactJson.ts'
import { lastFour, maskAscii, masked, remembering } from './redactText.ts'

const quote = 0x22
const backslash = 0x5c
/** Begins null, which hides nothing and stays. */
const letterN = 0x6e

/** What the rules put in the place of a JSON value: always a string. */
export function replaceBy(hash: (bytes: Buffer) => string): Replace {
  // bytes as latin1, as they are looked for so often
  const hashed = remembering((text) => quoted(hash(Buffer.from(text, 'latin1'))))
  return (rule, bytes, from, to) => {
    if (bytes[from] === letterN) return undefined
    if (isPlainString(bytes, from, to)) {
      if (rule === 'hash') return hashed(bytes.toString('latin1', from + 1, to - 1))
      const left = Buffer.allocUnsafe(to - from)
      for (let i = from; i < to; i++) left[i - from] = bytes[i]!
      return maskAscii(left, 1, left.length - 1) ? left : undefined
    }
    const token = bytes.subarray(from, to)
    return rule === 'hash' ? hashed(textOf(token).toString('latin1')) : lastFourOf(token)
  }
}

const quoted = (text: string) => Buffer.from(`"${text}"`)

/** A string of ASCII without escapes, as most are. */
function isPlainString(bytes: Buffer, from: number, to: number): boolean {
  if (bytes[from] !== quote) return false
  for (let i = from + 1; i < to; i++) {
    const byte = bytes[i]!
    if (byte > 0x7f || byte === backslash) return false
  }
  return true
}

/** The text of a JSON string, without escapes; of anything else the token. */
function textOf(token: Buffer): Buffer {
  if (token[0] !== quote) return token
  return token.includes(backslash)
    ? Buffer.from(JSON.parse(token.toString()) as string)
    : token.subarray(1, -1)
}

/** Of a string or number what lastFour leaves; true, false and objects are hidden whole. */
function lastFourOf(token: Buffer): Buffer | undefined {
  const isNumber = token[0] === 0x2d || (token[0]! >= 0x30 && token[0]! <= 0x39)
  if (token[0] !== quote && !isNumber) return quoted(masked)
  const left = lastFour(textOf(token))
  if (!left) return undefined
  if (token.includes(backslash)) return Buffer.from(JSON.stringify(left.toString()))
  return Buffer.concat([Buffer.from('"'), left, Buffer.from('"')])
}
