import { NothingToUse, type LocalKafka } from '../../local/servers.ts'

/**
 * What Kafka keeps of each partition while events are made for ever, by size alone: replayed ones may bear times of long
 * ago. Kafka's own start has room for a finite run, also where the ingester is far behind.
 */
export const endlessKafkaSettings = {
  'log.retention.bytes': String(32 * 1024 * 1024),
  'log.segment.bytes': String(16 * 1024 * 1024),
  'log.retention.check.interval.ms': '60000',
}

/** Without a JDK and Maven, or while Maven can't fetch it, there is none, which is no reason to show nothing. */
export async function kafkaOrNone(
  starting: Promise<LocalKafka>,
  say: (line: string) => void,
): Promise<LocalKafka | undefined> {
  try {
    return await starting
  } catch (error) {
    if (!(error instanceof NothingToUse)) throw error
    say(`There is no Kafka to use. Found: ${error.found.join(' ')}`)
    return undefined
  }
}
