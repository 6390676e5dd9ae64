import { CompressionError, exceeds } from './compressionError.ts'

/** Where decompressed bytes go. */
export interface Lz4Output {
  bytes: Buffer
  /** How many bytes are written. */
  length: number
  /** Blocks may repeat what was written from here on. */
  frameStart: number
  limit: number
}

// up to here a loop is faster than a call
const shortCopy = 24

/**
 * Decodes one LZ4 block, `input` from `start` to `end`, behind what `output` holds: runs of literal bytes, each
 * followed by a repetition of earlier ones. Never writes beyond the room in `output.bytes`.
 * Source: https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 */
export function decodeLz4Block(input: Buffer, start: number, end: number, output: Lz4Output): void {
  const { bytes, frameStart } = output
  const room = bytes.length
  let from = start
  let to = output.length
  while (from < end) {
    const token = input[from++]!
    let literals = token >> 4
    if (literals === 15) {
      for (let more = 255; more === 255; literals += more) {
        if (from >= end) throw damaged()
        more = input[from++]!
      }
    }
    const literalsEnd = from + literals
    if (literalsEnd > end) throw damaged()
    if (to + literals > room) throw exceeds(output.limit)
    if (literals > shortCopy) {
      input.copy(bytes, to, from, literalsEnd)
      from = literalsEnd
      to += literals
    } else {
      while (from < literalsEnd) bytes[to++] = input[from++]!
    }
    // a block ends behind literals
    if (from === end) break

    if (from + 2 > end) throw damaged()
    const distance = input[from]! | (input[from + 1]! << 8)
    from += 2
    let length = token & 15
    if (length === 15) {
      for (let more = 255; more === 255; length += more) {
        if (from >= end) throw damaged()
        more = input[from++]!
      }
    }
    length += 4
    if (distance === 0 || to - distance < frameStart) throw damaged()
    if (to + length > room) throw exceeds(output.limit)
    if (length > shortCopy && distance >= length) {
      bytes.copyWithin(to, to - distance, to - distance + length)
      to += length
    } else {
      for (const stop = to + length; to < stop; to += 1) bytes[to] = bytes[to - distance]!
    }
  }
  output.length = to
}

const damaged = () => new CompressionError('the LZ4 block is damaged')
