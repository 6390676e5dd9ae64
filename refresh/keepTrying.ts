import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import type { Logger } from 'pino'
import type { RefreshWatch } from './refreshWatch.ts'

export interface WorkerOptions {
  /** Opens a connection that may call ops.tick, ops.catch_up, ops.due_jobs and ops.run_job. */
  connect: () => Promise<pg.Client>
  logger: Logger
  signal: AbortSignal
  /** Is told what happens. */
  watch: RefreshWatch
}

/** Who is told of what was done. */
export type Told = Pick<WorkerOptions, 'logger' | 'watch'>

const longestBackoffMs = 5_000

/**
 * Does work on a connection of its own, until it ends or `signal` does. After a fault (a server away, a deadlock)
 * it begins again on a new connection, with growing pauses; `steady` is called by the work when all is well.
 */
export async function keepTrying(
  { connect, logger, signal, watch }: WorkerOptions,
  work: (client: pg.Client, steady: () => void) => Promise<void>,
): Promise<void> {
  let backoff = 100
  const worker = {}
  const steady = () => {
    backoff = 100
    watch.works(worker)
  }
  while (!signal.aborted) {
    let client: pg.Client | undefined
    try {
      client = await connect()
      await work(client, steady)
      return
    } catch (error) {
      logger.warn({ error: String(error) }, 'fault; trying again')
      watch.fault(worker, String(error))
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
