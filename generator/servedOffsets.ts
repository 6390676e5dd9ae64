import { setTimeout } from 'node:timers/promises'
import type { Admin } from 'kafkajs'
import { isPassing } from './kafkaSink.ts'

/**
 * The offsets of a topic's partitions, once all their leaders serve them: the metadata name a leader of a topic that is
 * new, or whose broker has just begun, before it does. Throws when one does not within ten seconds.
 */
export async function servedOffsets(
  admin: Admin,
  topic: string,
): Promise<{ partition: number; high: string }[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await admin.fetchTopicOffsets(topic)
    } catch (error) {
      if (attempt === 100 || !isPassing(error as Error)) throw error
      await setTimeout(100)
    }
  }
}
