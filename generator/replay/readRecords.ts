import { UserError } from '../../cli/userError.ts'
import { isFault, type Fault, type FileRecord, type Format } from './record.ts'

/** What one event may have at most: it is held in memory as a whole. */
const mostBytes = 64 * 1024 * 1024
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

/** Reads the events and faults of a file, those of one chunk together. What it holds is one chunk and one event. */
export async function* readRecords(
  chunks: AsyncIterable<Buffer>,
  format: Format,
): AsyncGenerator<(FileRecord | Fault)[]> {
  const held: Buffer[] = []
  let heldBytes = 0
  let wanted = byteOrderMark.length
  let isBeginning = true

  const take = (isEnd: boolean) => {
    const bytes = held.length === 1 ? held[0]! : Buffer.concat(held)
    const from = isBeginning && startsWithMark(bytes) ? byteOrderMark.length : 0
    const { items, to } = takeAll(bytes, from, isEnd, format)
    isBeginning = false
    heldBytes = bytes.length - to
    held.splice(0, held.length, ...(heldBytes > 0 ? [bytes.subarray(to)] : []))
    // to look again only when there is twice as much keeps the time linear in the length of an event
    wanted = 2 * heldBytes
    if (heldBytes > mostBytes) throw tooLong(format.line)
    return items
  }

  for await (const chunk of chunks) {
    held.push(chunk)
    heldBytes += chunk.length
    if (heldBytes >= wanted) yield take(false)
  }
  yield take(true)
}

function takeAll(bytes: Buffer, from: number, isEnd: boolean, format: Format) {
  const items: (FileRecord | Fault)[] = []
  let to = from
  const step = () => {
    const taken = format.take(bytes, to, isEnd)
    if (taken?.item) items.push(taken.item)
    const isOver = !taken || (taken.item && isFault(taken.item) && taken.item.isFinal)
    if (taken) to = taken.to
    return !isOver
  }
  while (to < bytes.length) if (!step()) return { items, to }
  // an array must have been closed
  if (isEnd) step()
  return { items, to }
}

const startsWithMark = (bytes: Buffer) =>
  bytes.subarray(0, byteOrderMark.length).equals(byteOrderMark)

const tooLong = (line: number) =>
  new UserError(
    `What begins in line ${line} has no end within ${mostBytes / 1024 / 1024} MiB, the most that one event may have. See --format.`,
  )
