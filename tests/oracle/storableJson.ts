const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

// In valid JSON a backslash stands only in strings. A whole surrogate pair is taken in one bite, so that
// what remains of D800 to DFFF is alone.
const escape = /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u([\da-fA-F]{4})|.)/g
const notStorable = /^(?:0000|[dD][89a-fA-F][\da-fA-F]{2})$/

const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g

/** A JSON value whose numbers are kept as the digits that were written, as `->>` gives them. */
export type DigitsJson =
  string | boolean | null | DigitsJson[] | { [name: string]: DigitsJson | undefined }

/** What PostgreSQL's jsonb makes of a record's bytes, or why it can't store them. */
export type Reading = { json: DigitsJson } | { reason: string }

/**
 * Reads bytes as PostgreSQL's jsonb input does, in a database encoded in UTF-8.
 * The rules: https://www.postgresql.org/docs/current/datatype-json.html
 */
export function readStorableJson(bytes: Uint8Array): Reading {
  const text = decodeText(bytes)
  if (text === null) return { reason: 'invalid UTF-8' }
  try {
    JSON.parse(text)
  } catch {
    return { reason: 'broken JSON' }
  }
  for (const [, code] of text.matchAll(escape)) {
    if (code === undefined || !notStorable.test(code)) continue
    return { reason: code === '0000' ? '\\u0000' : 'lone surrogate' }
  }
  // A price must not pass through a float: each number becomes a string before it is parsed.
  const digits = text.replace(stringOrNumber, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  )
  return { json: JSON.parse(digits) as DigitsJson }
}

/**
 * The bytes as a PostgreSQL text, or null where it can't hold them: invalid UTF-8, a NUL character.
 */
export function decodeText(bytes: Uint8Array): string | null {
  try {
    const text = utf8.decode(bytes)
    return text.includes('\0') ? null : text
  } catch {
    return null
  }
}
