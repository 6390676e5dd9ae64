import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import type { Logger } from 'pino'

export interface WorkerOptions {
  /** Opens a connection that may call ops.tick, ops.catch_up, ops.due_jobs and ops.run_job. */
  connect: () => Promise<pg.Client>
  logger: Logger
  signal: AbortSignal
}

const longestBackoffMs = 5_000

/**
 * Does work on a connection of its own, until it ends or `signal` does. After a fault (a server away, a deadlock)
 * it begins again on a new connection, with growing pauses; `steady` is called by the work when all is well.
 */
export async function keepTrying(
  { connect, logger, signal }: WorkerOptions,
  work: (client: pg.Client, steady: () => void) => Promise<void>,
): Promise<void> {
  let backoff = 100
  while (!signal.aborted) {
    let client: pg.Client | undefined
    try {
      client = await connect()
      await work(client, () => (backoff = 100))
      return
    } catch (error) {
      logger.warn({ error: String(error) }, 'fault; trying again')
      await pause(backoff, signal)
      backoff = Math.min(longestBackoffMs, backoff * 2)
    } finally {
      await client?.end().catch(() => undefined)
    }
  }
}

/** Waits, no longer than `signal` lets it. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined)
}
