/** What went wrong at the brokers and is told by ourselves, since kafkajs has no error for it. */
export class KafkaFault extends Error {
  override name = 'KafkaFault'
}

/** Which of the two servers an error came from. What kafkajs throws is named after it, also as the cause of ours. */
export function serverOf(error: unknown): 'kafka' | 'postgresql' {
  if (!(error instanceof Error)) return 'postgresql'
  if (error instanceof KafkaFault || error.name.startsWith('KafkaJS')) return 'kafka'
  return error.cause === undefined ? 'postgresql' : serverOf(error.cause)
}
