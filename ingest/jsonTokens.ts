// Where the tokens of JSON end, by the grammar of RFC 8259, which PostgreSQL keeps to as well. 0: there is no such token.

const backslash = 0x5c
const quote = 0x22
const isDigit = (byte: number | undefined) => byte !== undefined && byte >= 0x30 && byte <= 0x39

function isHexDigit(byte: number | undefined): boolean {
  if (byte === undefined) return false
  const lower = byte | 0x20
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66)
}

/** Space, tab, line feed, carriage return: the white space of JSON. */
export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/** One after the closing quote of the string that begins at `start`. */
export function stringEnd(bytes: Buffer, start: number): number {
  const { length } = bytes
  for (let i = start + 1; i < length;) {
    const byte = bytes[i]!
    if (byte === quote) return i + 1
    if (byte < 0x20) return 0
    if (byte !== backslash) i++
    else if (bytes[i + 1] === 0x75) {
      for (let digit = i + 2; digit < i + 6; digit++) if (!isHexDigit(bytes[digit])) return 0
      i += 6
    } else if (isEscape(bytes[i + 1])) i += 2
    else return 0
  }
  return 0
}

/** `"`, `\`, `/`, b, f, n, r, t */
function isEscape(byte: number | undefined): boolean {
  switch (byte) {
    case 0x22:
    case 0x5c:
    case 0x2f:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return true
    default:
      return false
  }
}

/** One after the last character of the number that begins at `start`. */
export function numberEnd(bytes: Buffer, start: number): number {
  let i = start
  if (bytes[i] === 0x2d) i++
  if (!isDigit(bytes[i])) return 0
  i = bytes[i] === 0x30 ? i + 1 : digitsEnd(bytes, i)
  if (bytes[i] === 0x2e) {
    if (!isDigit(bytes[i + 1])) return 0
    i = digitsEnd(bytes, i + 1)
  }
  if (bytes[i] === 0x65 || bytes[i] === 0x45) {
    i++
    if (bytes[i] === 0x2b || bytes[i] === 0x2d) i++
    if (!isDigit(bytes[i])) return 0
    i = digitsEnd(bytes, i)
  }
  return i
}

function digitsEnd(bytes: Buffer, start: number): number {
  let i = start
  while (isDigit(bytes[i])) i++
  return i
}

const mostDigitsBefore = 131_072
const mostDigitsBehind = 16_383

/**
 * Whether a number is certainly more than numeric can hold: 131,072 digits before the point, 16,383 behind it.
 * Source: https://www.postgresql.org/docs/current/datatype-numeric.html
 */
export function isHugeNumber(bytes: Buffer, start: number, end: number): boolean {
  // seven characters are the shortest one: 1e131072 and 1e-16384 are longer
  if (end - start < 7) return false
  let exponentAt = start
  while (exponentAt < end && (bytes[exponentAt]! | 0x20) !== 0x65) exponentAt++
  if (exponentAt === end && end - start <= mostDigitsBehind) return false
  const [before = '', behind = ''] = bytes.toString('latin1', start, exponentAt).split('.')
  const exponent = Number(bytes.toString('latin1', exponentAt + 1, end))
  const digits = before.replace(/^-?0*/, '') || '0'
  const places = behind.length - exponent
  const zeros = digits === '0' ? 1 + /^0*/.exec(behind)![0].length : 0
  const isZero = digits === '0' && zeros > behind.length
  return (
    places > mostDigitsBehind || (!isZero && digits.length - zeros + exponent > mostDigitsBefore)
  )
}

const literals = ['true', 'false', 'null'].map((word) => Buffer.from(word))

/** One after true, false or null. */
export function literalEnd(bytes: Buffer, start: number): number {
  for (const word of literals) {
    const end = start + word.length
    if (end <= bytes.length && word.compare(bytes, start, end) === 0) return end
  }
  return 0
}
