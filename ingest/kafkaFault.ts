/** What went wrong at the brokers and is told by ourselves, since kafkajs has no error for it. */
export class KafkaFault extends Error {
  override name = 'KafkaFault'
}

/**
 * Where an error came from. What kafkajs throws is named after it, also as the cause of ours; what the file system says has
 * a path.
 */
export function serverOf(error: unknown): 'kafka' | 'postgresql' | 'files' {
  if (!(error instanceof Error)) return 'postgresql'
  if (error instanceof KafkaFault || error.name.startsWith('KafkaJS')) return 'kafka'
  if ('syscall' in error && 'path' in error) return 'files'
  return error.cause === undefined ? 'postgresql' : serverOf(error.cause)
}
