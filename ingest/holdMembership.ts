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

/** Keeps the membership of a group alive by heartbeats of its own, whatever the rest waits for. */
export function holdMembership(
  kafka: KafkaClient,
  options: { sessionTimeoutMs: number; logger: Logger; signal: AbortSignal },
): Membership {
  const { logger } = options
  const ended = new AbortController()
  const signal = AbortSignal.any([options.signal, ended.signal])
  const advisory = new Map<string, FetchRequest>()
  const end = (reason: string) => {
    if (!signal.aborted) logger.info({ reason }, 'assignment ended')
    ended.abort()
  }

  const sendAdvisory = async () => {
    const positions = [...advisory.values()]
    advisory.clear()
    if (positions.length === 0) return
    await kafka.commit(positions).catch((error: unknown) => {
      logger.debug(
        { error: String(error) },
        'Kafka did not take the positions; the database has them',
      )
    })
  }

  const beat = async () => {
    const interval = options.sessionTimeoutMs / 6
    let lastAt = performance.now()
    while (!signal.aborted) {
      try {
        if (!(await kafka.heartbeat())) end('the group is rebalancing')
        lastAt = performance.now()
      } catch (error) {
        // a broker that is away for a moment need not cost the membership
        if (performance.now() - lastAt > options.sessionTimeoutMs / 2)
          end(`no heartbeat: ${String(error)}`)
      }
      await sendAdvisory()
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
      await sendAdvisory()
    },
  }
}
