import { gunzipSync } from 'node:zlib'
import { CompressionError, exceeds } from './compressionError.ts'
import { decompressLz4 } from './lz4.ts'
import { decompressSnappy } from './snappy.ts'
import { decompressZstd, loadZstd } from './zstd.ts'

/**
 * The most bytes that the records of one batch may have: three values of 20 MB, the largest that are promised to
 * pass, and room beside them. A batch is in memory whole; so a small one that swells without end must not be.
 */
export const largestBatch = 64 * 1024 * 1024

/** Has to be awaited once before anything is decompressed. */
export const loadCodecs = loadZstd

/**
 * Decompresses the records of a batch, `codec` being the lowest three bits of its attributes. Throws a
 * CompressionError that says why it can't be done.
 */
export function decompress(codec: number, bytes: Buffer, limit = largestBatch): Buffer {
  switch (codec) {
    case 0:
      return bytes
    case 1:
      return gunzip(bytes, limit)
    case 2:
      return decompressSnappy(bytes, limit)
    case 3:
      return decompressLz4(bytes, limit)
    case 4:
      return decompressZstd(bytes, limit)
    default:
      throw new CompressionError(`its codec ${codec} is not known; Kafka has 0 to 4`)
  }
}

function gunzip(bytes: Buffer, limit: number): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: limit })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw exceeds(limit)
    throw new CompressionError(`the gzip stream is damaged: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
