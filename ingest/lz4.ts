// LZ4, read here: of the packages that could do it, the native one took more than twice as long for a frame, and the
// one in WebAssembly read nothing more once a frame had been damaged.
import { decodeLz4Block, type Lz4Output } from './lz4Block.ts'
import { CompressionError, exceeds } from './compressionError.ts'

const frameMagic = 0x184d2204
const isSkippable = (magic: number) => (magic & 0xfffffff0) >>> 0 === 0x184d2a50
const storedFlag = 0x80000000

/** Used again and again: memory that is asked for anew costs more than the decoding. */
const scratch = Buffer.allocUnsafeSlow(1024 * 1024)

/**
 * Decompresses LZ4 frames, one or several, linked blocks too. Checksums are passed over: Kafka has its own.
 * Throws a CompressionError when they are damaged or hold more than `limit` bytes.
 * Source: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 */
export function decompressLz4(bytes: Buffer, limit: number): Buffer {
  const bytesThere = scratch.subarray(0, Math.min(limit, scratch.length))
  const output: Lz4Output = { bytes: bytesThere, length: 0, frameStart: 0, limit }
  try {
    for (let position = 0; position < bytes.length;) {
      const magic = bytes.readUInt32LE(position)
      if (isSkippable(magic)) position += 8 + bytes.readUInt32LE(position + 4)
      else if (magic === frameMagic) position = decodeFrame(bytes, position, output)
      else throw new CompressionError('the LZ4 frame does not begin as one')
    }
  } catch (error) {
    // thrown by Buffer, when a number lies beyond the end
    if (error instanceof RangeError) throw new CompressionError('the LZ4 frame is cut off')
    throw error
  }
  return Buffer.from(output.bytes.subarray(0, output.length))
}

/** Returns where the frame ends. */
function decodeFrame(bytes: Buffer, start: number, output: Lz4Output): number {
  const flags = bytes.readUInt8(start + 4)
  const largestBlock = 2 ** (8 + 2 * ((bytes.readUInt8(start + 5) >> 4) & 7))
  const hasContentSize = (flags & 0x08) !== 0
  const hasDictionary = (flags & 0x01) !== 0
  const blockChecksum = flags & 0x10 ? 4 : 0
  const contentChecksum = flags & 0x04 ? 4 : 0
  if (hasDictionary) throw new CompressionError('the LZ4 frame needs a dictionary')

  output.frameStart = output.length
  let position = start + 7 + (hasContentSize ? 8 : 0)
  for (;;) {
    const header = bytes.readUInt32LE(position)
    position += 4
    if (header === 0) return position + contentChecksum
    const end = position + (header & ~storedFlag)
    if (end > bytes.length) throw new CompressionError('the LZ4 frame is cut off')
    makeRoom(output, largestBlock)
    if (header >= storedFlag) {
      if (output.length + end - position > output.bytes.length) throw exceeds(output.limit)
      output.length += bytes.copy(output.bytes, output.length, position, end)
    } else {
      decodeLz4Block(bytes, position, end, output)
    }
    position = end + blockChecksum
  }
}

/** Room for one more block, or for what is left of the limit. */
function makeRoom(output: Lz4Output, largestBlock: number): void {
  const needed = Math.min(output.limit, output.length + largestBlock)
  if (output.bytes.length >= needed) return
  const larger = Buffer.allocUnsafeSlow(
    Math.min(output.limit, Math.max(needed, output.bytes.length * 2)),
  )
  output.bytes.copy(larger, 0, 0, output.length)
  output.bytes = larger
}
