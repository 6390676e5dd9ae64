import { isUtf8 } from 'node:buffer'
import { csvRecord } from './csvRecord.ts'
import { linesIn, nextLine, type Format, type Taken } from './record.ts'

export interface CsvOptions {
  /** The column whose value is the key. */
  key: string | undefined
  /** One ASCII character. */
  delimiter: string
  /** Whether an empty field is an empty text; else it is null. */
  emptyAsText: boolean
}

/**
 * CSV with the names of its columns in the first line. A record becomes an object of texts: what is a number is for the
 * model to say. After a fault it reads on with the next line.
 */
export function csvFormat({ key, delimiter, emptyAsText }: CsvOptions): Format {
  const separator = delimiter.charCodeAt(0)
  let line = 1
  /** `"name":` */
  let labels: string[] | undefined
  let keyColumn = -1

  function header(to: number, columns: string[]): Taken {
    const fault = headerFault(columns, key)
    if (fault) return { to, item: { line, fault, isFinal: true } }
    labels = columns.map((name) => `${JSON.stringify(name)}:`)
    if (key !== undefined) keyColumn = columns.indexOf(key)
    return { to }
  }

  function record(to: number, fields: string[]): Taken {
    if (fields.length !== labels!.length) {
      const fault = `has ${fields.length} fields, the first line ${labels!.length}`
      return { to, item: { line, fault, isFinal: false } }
    }
    let value = ''
    for (const [i, field] of fields.entries()) {
      const text = field === '' && !emptyAsText ? 'null' : JSON.stringify(field)
      value += `${i === 0 ? '{' : ','}${labels![i]}${text}`
    }
    return { to, item: { line, value: `${value}}`, key: fields[keyColumn] || null } }
  }

  /** After a fault the next line is the next record: a quote that was forgotten must not swallow what follows. */
  function faulty(bytes: Buffer, from: number, isEnd: boolean, fault: string): Taken | undefined {
    const to = nextLine(bytes, from, isEnd)
    return to === undefined
      ? undefined
      : { to, item: { line, fault, isFinal: labels === undefined } }
  }

  function taken(bytes: Buffer, from: number, isEnd: boolean): Taken | undefined {
    if (from === bytes.length) return { to: from }
    const found = csvRecord(bytes, from, isEnd, separator)
    if (!found) return undefined
    if ('fault' in found) return faulty(bytes, from, isEnd, found.fault)
    const { fields, to } = found
    if (!isUtf8(bytes.subarray(from, to))) {
      return faulty(bytes, from, isEnd, 'has bytes that are not UTF-8')
    }
    const isBlank = fields.length === 1 && fields[0] === ''
    if (isBlank) return { to }
    return labels ? record(to, fields) : header(to, fields)
  }

  return {
    get line() {
      return line
    },
    take(bytes, from, isEnd) {
      const found = taken(bytes, from, isEnd)
      if (found) line += linesIn(bytes, from, found.to)
      return found
    },
  }
}

function headerFault(columns: string[], key: string | undefined): string | undefined {
  const unnamed = columns.indexOf('')
  if (unnamed >= 0) return `has no name for column ${unnamed + 1}`
  const repeated = columns.find((name, i) => columns.indexOf(name) < i)
  if (repeated !== undefined) return `names column "${repeated}" twice`
  if (key === undefined || columns.includes(key)) return undefined
  return `has no column "${key}", which --key names; it has ${columns.join(', ')}`
}
