import { isAscii, isUtf8 } from 'node:buffer'
import { createHmac } from 'node:crypto'

/** Stands for a value that is no text or number, where last4 is asked for. */
export const masked = '****'

const shownCharacters = 4
const star = 0x2a

/**
 * Puts a star in the place of every letter and digit but the last four; spaces, dashes and other signs stay. Undefined
 * when there are no more than four. What is not UTF-8 becomes four stars.
 */
export function lastFour(bytes: Buffer): Buffer | undefined {
  const left = Buffer.from(bytes)
  if (isAscii(bytes)) return maskAscii(left, 0, left.length) ? left : undefined
  return isUtf8(bytes) ? lastFourOfText(bytes.toString()) : Buffer.from(masked)
}

/** Masks a range of ASCII in place; returns whether there was anything to mask. */
export function maskAscii(bytes: Buffer, from: number, to: number): boolean {
  let shown = 0
  for (let i = to - 1; i >= from; i--) {
    if (isLetterOrDigit(bytes[i]!) && ++shown > shownCharacters) bytes[i] = star
  }
  return shown > shownCharacters
}

function isLetterOrDigit(byte: number): boolean {
  const lower = byte | 0x20
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x7a)
}

/** The same for all alphabets. */
function lastFourOfText(text: string): Buffer | undefined {
  let shown = 0
  const characters = [...text]
  for (let i = characters.length - 1; i >= 0; i--) {
    if (/[\p{L}\p{N}\p{M}]/u.test(characters[i]!) && ++shown > shownCharacters) characters[i] = '*'
  }
  return shown > shownCharacters ? Buffer.from(characters.join('')) : undefined
}

/** HMAC-SHA-256 of bytes, in hex. */
export function hashWith(key: string): (bytes: Buffer) => string {
  return (bytes) => createHmac('sha256', key).update(bytes).digest('hex')
}

const mostRemembered = 10_000
const longestRemembered = 100

/** Remembers what was made of short texts, since people come again: a hash takes ten times as long as to find it here. */
export function remembering<Result>(make: (text: string) => Result): (text: string) => Result {
  const known = new Map<string, Result>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const made = make(text)
    if (known.size >= mostRemembered) known.clear()
    if (text.length <= longestRemembered) known.set(text, made)
    return made
  }
}

const longestRun = 7

/**
 * Puts a star in the place of the digits of every run of eight or more, with white space, dashes or dots between them
 * or without. For what can't be parsed, so that digits and signs that are written as JSON escapes count too.
 */
export function maskDigitRuns(bytes: Buffer): Buffer {
  // the digits of an escape are looked at again as what they are
  return maskRuns(maskRuns(bytes, digitAt), plainDigitAt)
}

type LengthAt = (bytes: Buffer, i: number) => number

function maskRuns(bytes: Buffer, digitLength: LengthAt): Buffer {
  let result = bytes
  for (let i = 0; i < bytes.length;) {
    const { digits, end } = runAt(bytes, i, digitLength)
    if (digits > longestRun) {
      if (result === bytes) result = Buffer.from(bytes)
      for (let at = i; at < end;) {
        const digit = digitLength(bytes, at)
        result.fill(star, at, at + digit)
        at += digit || separatorAt(bytes, at)
      }
    }
    i = Math.max(end, i + 1)
  }
  return result
}

/** How many digits there are from `i` on with nothing but separators between, and where the last one ends. */
function runAt(bytes: Buffer, i: number, digitLength: LengthAt): { digits: number; end: number } {
  let digits = 0
  let end = i
  for (let at = i; at < bytes.length;) {
    const digit = digitLength(bytes, at)
    if (digit > 0) {
      digits++
      at += digit
      end = at
      continue
    }
    const separator = digits > 0 ? separatorAt(bytes, at) : 0
    if (separator === 0) break
    at += separator
  }
  return { digits, end }
}

const plainDigitAt: LengthAt = (bytes, i) => (bytes[i]! >= 0x30 && bytes[i]! <= 0x39 ? 1 : 0)

const backslash = 0x5c

/** The length of a digit that begins at `i`, 0 when there is none: plain, full-width, or escaped. */
function digitAt(bytes: Buffer, i: number): number {
  const byte = bytes[i]!
  if (byte >= 0x30 && byte <= 0x39) return 1
  if (byte === backslash)
    return /^\\u(003\d|ff1\d)/i.test(bytes.toString('latin1', i, i + 6)) ? 6 : 0
  if (byte === 0xef) return /^\xef\xbc[\x90-\x99]/.test(bytes.toString('latin1', i, i + 3)) ? 3 : 0
  return 0
}

/** The length of a sign at `i` that may stand within a number, 0 when there is none. Zero bytes: UTF-16 has them. */
function separatorAt(bytes: Buffer, i: number): number {
  const byte = bytes[i]!
  if (byte === 0x20 || byte === 0x2d || byte === 0x2e || byte === 0) return 1
  if (byte >= 0x09 && byte <= 0x0d) return 1
  if (byte !== backslash && byte !== 0xc2 && byte !== 0xe2) return 0
  return separators.exec(bytes.toString('latin1', i, i + 6))?.[0].length ?? 0
}

/** White space and dashes that are escaped, or longer than a byte: U+00A0, U+00AD, U+2000 to U+2015, U+202F, U+2212. */
const separators =
  /^(\\u(00(09|0a|0d|20|2d|2e|a0|ad)|20(0[0-9a-f]|1[0-5]|2f)|2212)|\\[tnr]|\xc2[\xa0\xad]|\xe2\x80[\x80-\x95\xaf]|\xe2\x88\x92)/i
