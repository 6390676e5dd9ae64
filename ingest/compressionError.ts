/** Why the compressed bytes of a batch can't be turned into records. */
export class CompressionError extends Error {
  override name = 'CompressionError'
}

export const exceeds = (limit: number): CompressionError =>
  new CompressionError(`it holds more than ${limit / 1024 / 1024} MiB`)
