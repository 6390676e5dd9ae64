import type { Random } from './random.ts'

type Breaker = (value: string, random: Random) => string | Buffer

/** The ways to break an event so that no jsonb can hold it; each needs another check to be found. */
const breakers: readonly Breaker[] = [cutOff, invalidUtf8, nullCharacter, loneSurrogate, plainText]

/** Makes a broken event out of a good one (a JSON object with a string as its first value). */
export function broken(value: string, random: Random): string | Buffer {
  return breakers[random.below(breakers.length)]!(value, random)
}

/** A writer that died in the middle of it. */
function cutOff(value: string, random: Random): string {
  return value.slice(0, 1 + random.below(value.length - 1))
}

/** Text of another encoding: 0xff is never a byte of UTF-8. */
function invalidUtf8(value: string): Buffer {
  const bytes = Buffer.from(value)
  bytes[bytes.indexOf('":"') + 3] = 0xff
  return bytes
}

/** Valid JSON, but PostgreSQL's text has no U+0000. */
function nullCharacter(value: string): string {
  return value.replace('":"', '":"\\u0000')
}

/** Valid JSON by its grammar, but half of a pair is no character. */
function loneSurrogate(value: string): string {
  return value.replace('":"', '":"\\ud83d')
}

/** Something that was never meant to be JSON. */
function plainText(): string {
  return 'upstream connect error or disconnect/reset before headers'
}
