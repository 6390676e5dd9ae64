import type { BigIntStats } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { Records } from '../records.ts'
import { eventsOf } from './lines.ts'
import type { FoundFile, LineForm } from './listFiles.ts'
import {
  headOf,
  isShortHead,
  misfit,
  nextLineEnd,
  readAt,
  type FileFault,
  type Place,
  type StoredPlace,
} from './place.ts'

/** What one event may have at most: it is held in memory as a whole. As for a batch of Kafka. */
const mostLineBytes = 64 * 1024 * 1024
const guessedLineBytes = 400

/** What reading finds. moved: there is another file now; it has to be found out which is which. */
export type Read = ReadLines | { fault: FileFault } | 'moved' | undefined

/** Lines that were read: their events, the number of the line behind them, and the place there. */
export interface ReadLines {
  records: Records
  next: number
  bytes: number
  place: StoredPlace
}

/** A file that is read on from a place, in pieces. It is open only while a piece is read. */
export class FollowedFile {
  readonly path: string
  size: number
  private readonly inode: string
  private readonly form: LineForm
  private place: Place
  /** All bytes from the place up to here were looked at, and hold no line end. */
  private searchedTo: number
  private modifiedMs = -1

  constructor({ path, inode, form, size }: FoundFile, place: Place) {
    this.path = path
    this.inode = inode
    this.form = form
    this.place = place
    this.size = size
    this.searchedTo = place.byte
  }

  /**
   * One after the last line; where that was not yet looked for, a guess by the lines before. 0 lines behind it means
   * that all line ends were found.
   */
  get endLine(): number {
    const { line, byte } = this.place
    const left = this.size - byte
    if (left <= 0 || this.searchedTo >= this.size) return line
    const mean = line > 1 ? byte / (line - 1) : guessedLineBytes
    return line + Math.max(1, Math.round(left / mean))
  }

  /** The next whole lines, about `mostBytes` of them; undefined when there are none yet. */
  async read(mostBytes: number): Promise<Read> {
    const seen = await stat(this.path, { bigint: true })
    if (this.isSame(seen) && this.searchedTo === Number(seen.size)) return undefined
    const handle = await open(this.path)
    try {
      const { ino, size, mtimeMs } = await handle.stat({ bigint: true })
      if (String(ino) !== this.inode) return 'moved'
      this.size = Number(size)
      this.modifiedMs = Number(mtimeMs)
      const fault = await misfit(handle, this.path, this.size, this.place)
      if (fault) return { fault }
      const lines = await this.wholeLines(handle, mostBytes)
      if (!lines || 'fault' in lines) return lines
      return await this.take(handle, lines)
    } finally {
      await handle.close()
    }
  }

  private isSame({ ino, mtimeMs }: BigIntStats): boolean {
    return String(ino) === this.inode && Number(mtimeMs) === this.modifiedMs
  }

  private async wholeLines(
    handle: FileHandle,
    mostBytes: number,
  ): Promise<Buffer | { fault: FileFault } | undefined> {
    const { line, byte } = this.place
    if (this.searchedTo < byte + mostBytes) {
      const piece = await readAt(handle, byte, Math.min(mostBytes, this.size - byte))
      const end = piece.lastIndexOf(0x0a) + 1
      if (end > 0) return piece.subarray(0, end)
      this.searchedTo = byte + piece.length
    }
    const end = await nextLineEnd(handle, this.searchedTo, this.size)
    if (end === undefined) this.searchedTo = this.size
    if ((end ?? this.size) - byte > mostLineBytes) {
      const most = mostLineBytes / 1024 / 1024
      const reason = `${this.path}:${line} has no end within ${most} MiB, the most that one event may have`
      return { fault: { kind: 'file_unreadable', reason } }
    }
    return end === undefined ? undefined : readAt(handle, byte, end - byte)
  }

  private async take(handle: FileHandle, lines: Buffer): Promise<ReadLines> {
    const byte = this.place.byte + lines.length
    const { modifiedMs } = this
    const { records, next } = eventsOf(lines, this.place, this.form, modifiedMs)
    const known = this.place.head
    const head = isShortHead(known, byte) ? await headOf(handle, byte) : known
    this.place = { line: next, byte, head }
    this.searchedTo = byte
    const place = {
      byte_position: byte,
      head_bytes: head.bytes,
      head_hash: head.hash,
      size: this.size,
      modified_at: new Date(modifiedMs).toISOString(),
    }
    return { records, next, bytes: lines.length, place }
  }
}
