const [quote, lineFeed, carriageReturn] = [0x22, 0x0a, 0x0d]

/** The fields of a record and one after its end, or what is wrong with it. */
export type CsvRecord = { fields: string[]; to: number } | { fault: string }

/**
 * Reads one record by RFC 4180, of which lines may end with LF as well. Fields are text as it is written; quotes are
 * taken off. Undefined: the end is not among these bytes.
 */
export function csvRecord(
  bytes: Buffer,
  from: number,
  isEnd: boolean,
  delimiter: number,
): CsvRecord | undefined {
  const fields: string[] = []
  for (let at = from; ; at++) {
    const field = bytes[at] === quote ? quoted(bytes, at, isEnd) : plain(bytes, at, delimiter)
    if (!field || 'fault' in field) return field
    fields.push(field.text)
    at = field.to
    if (bytes[at] === delimiter) continue
    if (bytes[at] === carriageReturn) at++
    if (at >= bytes.length) return isEnd ? { fields, to: bytes.length } : undefined
    if (bytes[at] === lineFeed) return { fields, to: at + 1 }
    return { fault: `has ${bytes[at - 1] === carriageReturn ? loneReturn : strayText}` }
  }
}

const loneReturn = 'a carriage return without a line feed after it'
const strayText = 'text after the closing quote of a field'

type Field = { text: string; to: number } | { fault: string }

/** A field without quotes ends before a delimiter, the end of the line or that of the bytes. */
function plain(bytes: Buffer, from: number, delimiter: number): Field {
  let to = from
  for (; to < bytes.length; to++) {
    const byte = bytes[to]
    if (byte === delimiter || byte === lineFeed || byte === carriageReturn) break
    if (byte === quote) return { fault: 'has a quote within a field that does not begin with one' }
  }
  return { text: bytes.toString('utf8', from, to), to }
}

/** A field in quotes may hold anything; a quote in it is written twice. */
function quoted(bytes: Buffer, from: number, isEnd: boolean): Field | undefined {
  let hasQuotes = false
  for (let at = from + 1; ; at += 2) {
    at = bytes.indexOf(quote, at)
    if (at < 0) return isEnd ? { fault: 'has a quote that is not closed' } : undefined
    if (at + 1 === bytes.length && !isEnd) return undefined
    if (bytes[at + 1] === quote) {
      hasQuotes = true
      continue
    }
    const text = bytes.toString('utf8', from + 1, at)
    return { text: hasQuotes ? text.replaceAll('""', '"') : text, to: at + 1 }
  }
}
