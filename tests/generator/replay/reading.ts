import { formatOf, type FormatOptions } from '../../../generator/replay/formatOf.ts'
import { readRecords } from '../../../generator/replay/readRecords.ts'
import { isFault } from '../../../generator/replay/record.ts'

/** Reads a file given as chunks, and returns a line for each event and fault. */
export async function readFrom(
  chunks: Iterable<Buffer | string>,
  options: Partial<FormatOptions> & Pick<FormatOptions, 'format'>,
): Promise<string[]> {
  const format = formatOf({ path: 'events', delimiter: ',', emptyAsText: false, ...options })
  const found: string[] = []
  for await (const items of readRecords(buffers(chunks), format)) {
    for (const item of items) {
      if (isFault(item)) {
        const place = item.element === undefined ? item.line : `${item.line}/${item.element}`
        found.push(`${place} ${item.isFinal ? 'ends' : 'bad'}: ${item.fault}`)
        if (item.isFinal) return found
      } else {
        const key = item.key === null ? '' : ` [${item.key}]`
        found.push(`${item.line}${key} ${item.value.toString()}`)
      }
    }
  }
  return found
}

async function* buffers(chunks: Iterable<Buffer | string>): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk as string))
}

/** The bytes one by one: every cut that a stream can make. */
export const bytewise = (text: Buffer | string): Buffer[] =>
  [...Buffer.from(text as string)].map((byte) => Buffer.from([byte]))
