import { isSpace } from '../jsonTokens.ts'
import type { KafkaRecord } from '../recordBatch.ts'
import type { Records } from '../records.ts'
import type { LineForm } from './listFiles.ts'
import { recordOfLine } from './recordLine.ts'

const lineFeed = 0x0a
const carriageReturn = 0x0d
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])
const noHeaders: KafkaRecord['headers'] = []

/** What whole lines hold, and the number of the line behind them. */
export interface Lines {
  records: Records
  next: number
}

/**
 * The events of whole lines, each with the number of its line as offset. Blank lines are none. Of a payload every byte of
 * its line is kept, but for the line end (LF or CRLF) and a byte order mark at the beginning of the file.
 */
export function eventsOf(
  bytes: Buffer,
  { line, byte }: { line: number; byte: number },
  form: LineForm,
  modifiedMs: number,
): Lines {
  const bounds: number[] = []
  let next = line
  let start = byte === 0 && bytes.subarray(0, 3).equals(byteOrderMark) ? byteOrderMark.length : 0
  for (let end = bytes.indexOf(lineFeed, start); end >= 0; end = bytes.indexOf(lineFeed, start)) {
    const to = end > start && bytes[end - 1] === carriageReturn ? end - 1 : end
    if (!isBlank(bytes, start, to)) bounds.push(start, to, next - line)
    next += 1
    start = end + 1
  }
  const recordAt = (text: Buffer, number: number): KafkaRecord =>
    form === 'record'
      ? recordOfLine(text, number, modifiedMs)
      : { offset: number, timestamp: modifiedMs, key: null, value: text, headers: noHeaders }
  return { records: new LineRecords(bytes, Int32Array.from(bounds), line, recordAt), next }
}

function isBlank(bytes: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (!isSpace(bytes[i])) return false
  return true
}

/** Lines as bytes and where they are in them: records made of all that wait would take more memory than the lines. */
class LineRecords implements Records {
  readonly length: number
  private readonly bytes: Buffer
  /** Of each line its start, its end, and how many lines it is behind the first. */
  private readonly bounds: Int32Array
  private readonly first: number
  private readonly recordAt: (text: Buffer, number: number) => KafkaRecord

  constructor(
    bytes: Buffer,
    bounds: Int32Array,
    first: number,
    recordAt: (text: Buffer, number: number) => KafkaRecord,
  ) {
    this.length = bounds.length / 3
    this.bytes = bytes
    this.bounds = bounds
    this.first = first
    this.recordAt = recordAt
  }

  at(index: number): KafkaRecord | undefined {
    const at = 3 * (index < 0 ? this.length + index : index)
    const { bytes, bounds, first } = this
    if (at < 0 || at >= bounds.length) return undefined
    return this.recordAt(bytes.subarray(bounds[at], bounds[at + 1]), first + bounds[at + 2]!)
  }

  *[Symbol.iterator](): Iterator<KafkaRecord> {
    for (let index = 0; index < this.length; index++) yield this.at(index)!
  }
}
