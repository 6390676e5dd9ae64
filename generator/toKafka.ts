import { Kafka, logLevel } from 'kafkajs'
import type { KafkaConfig } from 'kafkajs'
import type { Logger } from 'pino'
import { timedByKafka } from './domain.ts'
import type { Topic } from './domain.ts'
import { ensureTopics } from './ensureTopics.ts'
import { KafkaSink } from './kafkaSink.ts'
import type { Sink } from './sink.ts'

/**
 * Events to Kafka, into the partition that Kafka's own clients choose for the key. Missing topics are made. The order
 * within a partition is kept, also over retries: a partition has one request on its way at a time. Delivery is at least
 * once; the time of a record is the wall clock when it is sent, but where it is the only time of the event.
 */
export async function toKafka(
  config: KafkaConfig,
  topics: readonly Topic[],
  logger: Logger,
  signal?: AbortSignal,
): Promise<Sink> {
  // kafkajs tries little itself: its retries can't be stopped by a signal, ours can.
  const kafka = new Kafka({
    clientId: 'sluice-generator',
    ...config,
    retry: { retries: 2 },
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => logger.debug(`kafkajs: ${entry.log.message}`),
  })
  const partitions = await ensureTopics(kafka, config, topics, logger)
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: () => (args) => args.message.partition!,
  })
  await producer.connect()
  return new KafkaSink(producer, partitions, timedByKafka(topics), logger, signal)
}
