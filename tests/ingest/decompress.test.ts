import { gzipSync } from 'node:zlib'
import { compressSync } from 'snappy'
import { beforeAll, describe, expect, test } from 'vitest'
import { decompress, largestBatch, loadCodecs } from '../../ingest/codecs.ts'

beforeAll(loadCodecs)

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

/** snappy-java's frame around blocks of 32 KiB. */
function xerial(bytes: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from('\x82SNAPPY\0', 'latin1'), int32(1), int32(1)]
  for (let at = 0; at < bytes.length; at += 32_768) {
    const block = compressSync(bytes.subarray(at, at + 32_768))
    parts.push(int32(block.length), block)
  }
  return Buffer.concat(parts)
}

/** Zeros in one LZ4 block: a literal one, its repetition, and five more. */
function lz4(zeros: number): Buffer {
  const repeated = zeros - 1 - 5 - 4 - 15
  const lengths = Buffer.alloc(Math.floor(repeated / 255) + 1, 255)
  lengths[lengths.length - 1] = repeated % 255
  const end = Buffer.from([0x50, 0, 0, 0, 0, 0])
  const block = Buffer.concat([Buffer.from([0x1f, 0, 1, 0]), lengths, end])
  const size = Buffer.alloc(4)
  size.writeUInt32LE(block.length)
  const header = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0])
  return Buffer.concat([header, size, block, Buffer.alloc(4)])
}

/** A zstd frame of blocks that each say: this byte, 128 KiB times. */
function zstd(zeros: number): Buffer {
  const blocks: Buffer[] = []
  for (let left = zeros; left > 0; left -= 131_072) {
    const size = Math.min(left, 131_072)
    const block = Buffer.alloc(4)
    block.writeUIntLE((size << 3) | 2 | (left <= 131_072 ? 1 : 0), 0, 3)
    blocks.push(block)
  }
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58]), ...blocks])
}

const zerosOf: Record<string, [codec: number, compress: (zeros: number) => Buffer]> = {
  gzip: [1, (zeros) => gzipSync(Buffer.alloc(zeros))],
  'snappy, framed': [2, (zeros) => xerial(Buffer.alloc(zeros))],
  'snappy, bare': [2, (zeros) => compressSync(Buffer.alloc(zeros))],
  lz4: [3, lz4],
  zstd: [4, zstd],
}

describe.each(Object.entries(zerosOf))('%s', (_, [codec, compress]) => {
  test('holds as much as is allowed, and not a byte more', () => {
    const limit = 1_000_000
    expect(decompress(codec, compress(limit), limit).equals(Buffer.alloc(limit))).toBe(true)
    expect(() => decompress(codec, compress(limit + 1), limit)).toThrow('it holds more than')
  })

  test('little that swells beyond any batch is refused', () => {
    const bomb = compress(2 * largestBatch)
    expect(bomb.length).toBeLessThan(largestBatch / 4)
    expect(() => decompress(codec, bomb)).toThrow('it holds more than 64 MiB')
  })

  test('is told when it is cut off', () => {
    const whole = compress(100_000)
    const cut = whole.subarray(0, whole.length - 1)
    expect(() => decompress(codec, cut)).toThrow(/cut off|damaged/)
  })

  test('is told when it is something else', () => {
    const text = Buffer.from('{"no":"compressed bytes"}'.repeat(50))
    expect(() => decompress(codec, text)).toThrow(
      expect.objectContaining({ name: 'CompressionError' }),
    )
  })
})

test('several frames, one behind the other, are read as one', () => {
  for (const [codec, compress] of [zerosOf.lz4!, zerosOf.zstd!]) {
    const frames = Buffer.concat([compress(1_000), compress(2_000)])
    expect(decompress(codec, frames)).toEqual(Buffer.alloc(3_000))
  }
})

test('an LZ4 block may repeat what the block before it holds, but nothing of another frame', () => {
  const header = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x40, 0x70, 0])
  const literals = Buffer.from([5, 0, 0, 0, 0x40, 97, 98, 99, 100])
  // no literals, then 4 bytes from 4 bytes before
  const repetition = Buffer.from([3, 0, 0, 0, 0x00, 4, 0])
  const end = Buffer.alloc(4)
  const linked = Buffer.concat([header, literals, repetition, end])
  expect(decompress(3, linked).toString()).toBe('abcdabcd')
  const apart = Buffer.concat([header, literals, end, header, repetition, end])
  expect(() => decompress(3, apart)).toThrow('damaged')
})
