import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { FetchRequest, KafkaClient } from './kafka.ts'

export interface Membership {
  /** Aborted when the assignment has ended: a rebalance, a lost coordinator, `end()`, or the given signal. */
  signal: AbortSignal
  end: (reason: string) => void
  /** Positions that are stored; told to Kafka about once a second, for lag tools only. */
  committed: (positions: FetchRequest[]) => void
  close(): Promise<void>
}

/** So long the end of an assignment may wait for Kafka to take positions that are only told for others' sake. */
const lastAdvisoryMs = 1_000

/** Keeps the membership of a group alive by heartbeats of its own, whatever the rest waits for. */
export function holdMembership(
  kafka: KafkaClient,
  options: {
    sessionTimeoutMs: number
    logger: Logger
    signal: AbortSignal
    /** Called when Kafka has answered one. */
    onHeartbeat?: () => void
  },
): Membership {
  const { logger } = options
  const ended = new AbortController()
  const signal = AbortSignal.any([options.signal, ended.signal])
  const advisory = new Map<string, FetchRequest>()
  const end = (reason: string) => {
    if (!signal.aborted) logger.info({ reason }, 'assignment ended')
    ended.abort()
  }

  let sending: Promise<void> | undefined
  /** Beside the heartbeats: however long Kafka takes for it, none of them waits. */
  const sendAdvisory = () => {
    if (sending || advisory.size === 0) return
    const positions = [...advisory.values()]
    advisory.clear()
    sending = kafka
      .commit(positions)
      .catch((error: unknown) => {
        logger.debug(
          { error: String(error) },
          'Kafka did not take the positions; the database has them',
        )
      })
      .finally(() => {
        sending = undefined
      })
  }

  const beat = async () => {
    const interval = options.sessionTimeoutMs / 6
    let lastAt = performance.now()
    while (!signal.aborted) {
      // by then the group has lost this member, and the connection may be dead without a word
      const silence = setTimeout(() => kafka.cut(false), 1.5 * options.sessionTimeoutMs)
      try {
        if (!(await kafka.heartbeat())) end('the group is rebalancing')
        else options.onHeartbeat?.()
        lastAt = performance.now()
      } catch (error) {
        // a broker that is away for a moment need not cost the membership
        if (performance.now() - lastAt > options.sessionTimeoutMs / 2)
          end(`no heartbeat: ${String(error)}`)
      } finally {
        clearTimeout(silence)
      }
      sendAdvisory()
      await wait(interval, undefined, { signal }).catch(() => undefined)
    }
  }
  const beats = beat()

  return {
    signal,
    end,
    committed: (positions) => {
      for (const position of positions)
        advisory.set(`${position.topic} ${position.partition}`, position)
    },
    async close() {
      ended.abort()
      await beats
      const last = async () => {
        await sending
        sendAdvisory()
        await sending
      }
      await Promise.race([last(), wait(lastAdvisoryMs, undefined, { ref: false })])
    },
  }
}
