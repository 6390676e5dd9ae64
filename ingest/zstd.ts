import { ZSTDDecoder } from 'zstddec'
import { CompressionError, exceeds } from './compressionError.ts'

const decoder = new ZSTDDecoder()

/** Has to be awaited once before anything is decompressed. */
export const loadZstd = (): Promise<void> => decoder.init()

/**
 * Decompresses zstd frames, one or several. Throws a CompressionError when they are damaged or hold more than
 * `limit` bytes.
 */
export function decompressZstd(bytes: Buffer, limit: number): Buffer {
  const most = mostContent(bytes)
  if (most === 0) return Buffer.alloc(0)
  const content = decoder.decode(bytes, Math.min(most, limit))
  // the decoder tells by nothing else that it failed
  if (content.length === 0) {
    throw most > limit ? exceeds(limit) : new CompressionError('the zstd frame is damaged')
  }
  return Buffer.from(content.buffer, content.byteOffset, content.length)
}

const frameMagic = 0xfd2fb528
const isSkippable = (magic: number) => (magic & 0xfffffff0) >>> 0 === 0x184d2a50
const largestBlock = 128 * 1024
const rle = 1
const compressed = 2

/**
 * How many bytes the frames hold at most, by their headers and those of their blocks: producers that write in one go
 * do not say how many there are.
 * Source: https://datatracker.ietf.org/doc/html/rfc8878#section-3.1
 */
function mostContent(bytes: Buffer): number {
  let most = 0
  try {
    for (let position = 0; position < bytes.length;) {
      const magic = bytes.readUInt32LE(position)
      if (isSkippable(magic)) {
        position += 8 + bytes.readUInt32LE(position + 4)
      } else {
        if (magic !== frameMagic) throw new CompressionError('the zstd frame does not begin as one')
        const frame = measureFrame(bytes, position)
        most += frame.most
        position = frame.end
      }
    }
  } catch (error) {
    // thrown by Buffer, when a number lies beyond the end
    if (error instanceof RangeError) throw new CompressionError('the zstd frame is cut off')
    throw error
  }
  return most
}

function measureFrame(bytes: Buffer, start: number): { most: number; end: number } {
  const flags = bytes.readUInt8(start + 4)
  const isSingleSegment = (flags & 0x20) !== 0
  const dictionarySize = [0, 1, 2, 4][flags & 3]!
  const contentSizeSize = [isSingleSegment ? 1 : 0, 2, 4, 8][flags >> 6]!
  const checksumSize = flags & 0x04 ? 4 : 0

  let position = start + 5 + (isSingleSegment ? 0 : 1) + dictionarySize + contentSizeSize
  let most = 0
  for (let isLast = false; !isLast;) {
    const header = bytes.readUIntLE(position, 3)
    const size = header >> 3
    const type = (header >> 1) & 3
    isLast = (header & 1) === 1
    most += type === compressed ? largestBlock : size
    position += 3 + (type === rle ? 1 : size)
  }
  const end = position + checksumSize
  if (end > bytes.length) throw new CompressionError('the zstd frame is cut off')
  return { most, end }
}
