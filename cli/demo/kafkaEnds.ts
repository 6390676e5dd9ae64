import { Kafka, logLevel, type KafkaConfig } from 'kafkajs'
import { servedOffsets } from '../../generator/servedOffsets.ts'

/** The ends of all partitions of those of the topics that exist, as the broker says. */
export async function kafkaEnds(
  config: KafkaConfig,
  topics: string[],
): Promise<Map<string, number>> {
  const admin = new Kafka({ ...config, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const existing = new Set(await admin.listTopics())
    const ends = new Map<string, number>()
    for (const topic of topics.filter((name) => existing.has(name))) {
      for (const { partition, high } of await servedOffsets(admin, topic))
        ends.set(`${topic} ${partition}`, Number(high))
    }
    return ends
  } finally {
    await admin.disconnect()
  }
}
