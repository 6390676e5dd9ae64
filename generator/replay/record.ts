/** One event of a file. */
export interface FileRecord {
  /** The line where it begins, from 1; of an array, the number of the element. */
  line: number
  value: Buffer | string
  key: string | null
}

/** A place in a file that holds no event. */
export interface Fault {
  /** The line, from 1. */
  line: number
  /** Of an array: the element, from 1. */
  element?: number
  /** What is wrong, as the end of a sentence. */
  fault: string
  /** Whether nobody can say where the next event begins. */
  isFinal: boolean
}

/** What was found, and where to read on. Without an item there was nothing: a blank line, a bracket. */
export interface Taken {
  to: number
  item?: FileRecord | Fault
}

/**
 * A way to write events into a file. It has the state of one reading: where it is.
 */
export interface Format {
  /** Takes what begins at `from`. Undefined: its end is not among these bytes; `isEnd` says that no more will come. */
  take(bytes: Buffer, from: number, isEnd: boolean): Taken | undefined
  /** The line that `take` is at. */
  readonly line: number
}

export const isFault = (item: FileRecord | Fault): item is Fault => 'fault' in item

const lineFeed = 0x0a

/** How many lines end between two places. */
export function linesIn(bytes: Buffer, from: number, to: number): number {
  // a part of its own: indexOf would look beyond it for a line feed, up to the end
  const part = bytes.subarray(from, to)
  let lines = 0
  for (let at = part.indexOf(lineFeed); at >= 0; at = part.indexOf(lineFeed, at + 1)) lines++
  return lines
}

/** One after the next line feed, or the end when no more bytes will come; undefined when it is not yet there. */
export function nextLine(bytes: Buffer, from: number, isEnd: boolean): number | undefined {
  const at = bytes.indexOf(lineFeed, from)
  if (at >= 0) return at + 1
  return isEnd ? bytes.length : undefined
}
