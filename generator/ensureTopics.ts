import type { Kafka, KafkaConfig } from 'kafkajs'
import type { Logger } from 'pino'
import { UserError } from '../cli/userError.ts'
import type { Topic } from './domain.ts'
import { servedOffsets } from './servedOffsets.ts'

/** Makes the topics that are missing and leaves the others as they are. Returns how many partitions each has. */
export async function ensureTopics(
  kafka: Kafka,
  config: KafkaConfig,
  topics: readonly Topic[],
  logger: Logger,
): Promise<Map<string, number>> {
  const admin = kafka.admin()
  try {
    await admin.connect()
    const present = new Set(await admin.listTopics())
    const missing = topics.filter(({ topic }) => !present.has(topic))
    if (missing.length > 0) {
      await admin.createTopics({ topics: missing.map(topicConfig), waitForLeaders: true })
      logger.info({ topics: missing.map(({ topic }) => topic) }, 'topics created')
    }
    // of a request that comes too soon some partitions may be taken and others refused; sent again, it would repeat
    // the events of the first
    for (const { topic } of topics) await servedOffsets(admin, topic)
    const { topics: found } = await admin.fetchTopicMetadata({
      topics: topics.map(({ topic }) => topic),
    })
    return new Map(found.map(({ name, partitions }) => [name, partitions.length]))
  } catch (cause) {
    throw new UserError(
      `The topics could not be made ready on ${brokersText(config)}: ${(cause as Error).message}. ` +
        'Check that a broker runs there (KAFKA_BROKERS) and lets this user create topics.',
      { cause },
    )
  } finally {
    await admin.disconnect()
  }
}

function topicConfig({ topic, partitions, isCompacted }: Topic) {
  return {
    topic,
    numPartitions: partitions,
    // The broker's own default.
    replicationFactor: -1,
    configEntries: isCompacted ? [{ name: 'cleanup.policy', value: 'compact' }] : [],
  }
}

function brokersText({ brokers }: KafkaConfig): string {
  return Array.isArray(brokers) ? brokers.join(', ') : 'the given brokers'
}
