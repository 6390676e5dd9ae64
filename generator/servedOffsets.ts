import { setTimeout } from 'node:timers/promises'
import type { Admin } from 'kafkajs'
import { isPassing } from './kafkaSink.ts'

const givesUpAfterMs = 10_000

/**
 * The offsets of a topic's partitions, once all their leaders serve them: the metadata name a leader of a topic that is
 * new, or whose broker has just begun, before it does. Throws the client's error when one still does not after ten
 * seconds, and at once one that does not pass, as of missing rights.
 */
export async function servedOffsets(
  admin: Admin,
  topic: string,
): Promise<{ partition: number; high: string }[]> {
  const givesUpAt = performance.now() + givesUpAfterMs
  for (;;) {
    try {
      return await admin.fetchTopicOffsets(topic)
    } catch (error) {
      if (!isPassing(error as Error) || performance.now() > givesUpAt) throw error
      await setTimeout(100)
    }
  }
}
