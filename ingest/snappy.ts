import { uncompressSync } from 'snappy'
import { CompressionError, exceeds } from './compressionError.ts'

/** How snappy-java frames what it compresses, and so Kafka's Java clients; others send one block without a frame. */
const xerialMagic = Buffer.from('\x82SNAPPY\0', 'latin1')
const xerialHeaderSize = 16

/**
 * Decompresses a snappy block, or the blocks in snappy-java's frame. Throws a CompressionError when they are
 * damaged or hold more than `limit` bytes.
 * Sources: https://github.com/google/snappy/blob/main/format_description.txt, https://github.com/xerial/snappy-java
 */
export function decompressSnappy(bytes: Buffer, limit: number): Buffer {
  const isFramed = bytes.subarray(0, xerialMagic.length).equals(xerialMagic)
  const blocks = isFramed ? blocksOf(bytes) : [bytes]
  // each block says first how long it becomes
  const length = blocks.reduce((sum, block) => sum + lengthOf(block), 0)
  if (length > limit) throw exceeds(limit)
  const parts = blocks.map(decompressBlock)
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, length)
}

function blocksOf(bytes: Buffer): Buffer[] {
  const blocks: Buffer[] = []
  for (let position = xerialHeaderSize; position < bytes.length;) {
    const start = position + 4
    if (start > bytes.length) throw new CompressionError('the snappy frame is cut off')
    const end = start + bytes.readInt32BE(position)
    if (end < start || end > bytes.length) throw new CompressionError('the snappy frame is cut off')
    blocks.push(bytes.subarray(start, end))
    position = end
  }
  return blocks
}

/** A varint of up to 32 bits, lowest seven first. */
function lengthOf(block: Buffer): number {
  let length = 0
  for (let index = 0; index < 5 && index < block.length; index += 1) {
    length += (block[index]! & 0x7f) * 2 ** (7 * index)
    if (block[index]! < 0x80) return length
  }
  throw new CompressionError('the snappy block is damaged')
}

function decompressBlock(block: Buffer): Buffer {
  try {
    // memory of the library's own is given back late
    return uncompressSync(block, { asBuffer: true, copyOutputData: true }) as Buffer
  } catch (error) {
    throw new CompressionError('the snappy block is damaged', { cause: error })
  }
}
