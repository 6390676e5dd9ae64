import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'

/** The first bytes of what was read, by which a file is known again. */
export interface Head {
  bytes: number
  /** SHA-256 in hex; null of no bytes. */
  hash: string | null
}

/** Where reading a file stands: always at the beginning of a line. */
export interface Place {
  /** The line that comes next, from 1. */
  line: number
  byte: number
  head: Head
}

/** A place as the database keeps it, with what the file looked like: a part of a batch, see ops.move_files. */
export interface StoredPlace {
  byte_position: number
  head_bytes: number
  head_hash: string | null
  size: number
  modified_at: string
}

/** Why a file can't be read on. */
export interface FileFault {
  kind: 'file_changed' | 'file_unreadable'
  /** The path, and what is wrong with it. */
  reason: string
}

export const beginning: Place = { line: 1, byte: 0, head: { bytes: 0, hash: null } }

const mostHeadBytes = 4096
const lineFeed = 0x0a

/** The head of a file of which so many bytes were read. */
export async function headOf(handle: FileHandle, read: number): Promise<Head> {
  const bytes = await readAt(handle, 0, Math.min(mostHeadBytes, read))
  const hash = bytes.length === 0 ? null : createHash('sha256').update(bytes).digest('hex')
  return { bytes: bytes.length, hash }
}

/** Whether a head grows when so much was read. */
export const isShortHead = ({ bytes }: Head, read: number): boolean =>
  bytes < Math.min(mostHeadBytes, read)

/** Says why a file is not the one that was read up to a place; undefined when it is. */
export async function misfit(
  handle: FileHandle,
  path: string,
  size: number,
  { byte, head }: Place,
): Promise<FileFault | undefined> {
  const changed = (what: string): FileFault => ({ kind: 'file_changed', reason: `${path} ${what}` })
  if (size < byte) {
    return changed(`has ${size} bytes, though ${byte} were read of it: it was cut or written anew`)
  }
  if ((await headOf(handle, head.bytes)).hash !== head.hash) {
    return changed(
      `begins otherwise than what was read of it: another file was put there, or it was written anew`,
    )
  }
  if (byte > 0 && (await readAt(handle, byte - 1, 1))[0] !== lineFeed) {
    return changed(`has no line end before byte ${byte}, up to which it was read: it was edited`)
  }
  return undefined
}

/** So many bytes from there; fewer at the end of the file. */
export async function readAt(handle: FileHandle, from: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, from + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}

const pieceBytes = 256 * 1024

/** One after the next line feed from there on; undefined when there is none before `size`. */
export async function nextLineEnd(
  handle: FileHandle,
  from: number,
  size: number,
): Promise<number | undefined> {
  for (let at = from; at < size; at += pieceBytes) {
    const found = (await readAt(handle, at, Math.min(pieceBytes, size - at))).indexOf(lineFeed)
    if (found >= 0) return at + found + 1
  }
  return undefined
}

/** One after the last line feed before `size`; 0 when there is none. */
export async function lastLineEnd(handle: FileHandle, size: number): Promise<number> {
  for (let to = size; to > 0; to -= pieceBytes) {
    const from = Math.max(0, to - pieceBytes)
    const found = (await readAt(handle, from, to - from)).lastIndexOf(lineFeed)
    if (found >= 0) return from + found + 1
  }
  return 0
}

/** The place behind the last line end: for a source that starts with what is yet to come. */
export async function placeAtEnd(handle: FileHandle, size: number): Promise<Place> {
  const end = await lastLineEnd(handle, size)
  let lines = 0
  for (let at = 0; at < end; at += pieceBytes) {
    const piece = await readAt(handle, at, Math.min(pieceBytes, end - at))
    for (let i = piece.indexOf(lineFeed); i >= 0; i = piece.indexOf(lineFeed, i + 1)) lines++
  }
  return { line: lines + 1, byte: end, head: await headOf(handle, end) }
}
