import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import type { Logger } from 'pino'
import type { RefreshWatch } from './refreshWatch.ts'

export interface WorkerOptions {
  /** Opens a connection that may call ops.try_tick, ops.try_catch_up, ops.due_jobs, ops.run_due_job and ops.run_job. */
  connect: () => Promise<pg.Client>
  logger: Logger
  signal: AbortSignal
  /** Is told what happens. */
  watch: RefreshWatch
}

/** Who is told of what was done. */
export type Told = Pick<WorkerOptions, 'logger' | 'watch'>

/** What the work on one connection tells of itself. */
export interface Pulse {
  /** All is well. */
  steady: () => void
  /** A part of the work met a fault, and is tried again. */
  fault: (reason: string, details?: object) => void
}

const longestBackoffMs = 5_000

/**
 * Does work on a connection of its own, until it ends or `signal` does. After an error (a server away) it begins
 * again on a new connection, with growing pauses.
 */
export async function keepTrying(
  { connect, logger, signal, watch }: WorkerOptions,
  work: (client: pg.Client, pulse: Pulse) => Promise<void>,
): Promise<void> {
  let backoff = 100
  const worker = {}
  const pulse: Pulse = {
    steady() {
      backoff = 100
      watch.works(worker)
    },
    fault(reason, details) {
      logger.warn({ ...details, error: reason }, 'fault; trying again')
      watch.fault(worker, reason)
    },
  }
  while (!signal.aborted) {
    let client: pg.Client | undefined
    try {
      client = await connect()
      await work(client, pulse)
      return
    } catch (error) {
      pulse.fault(String(error))
      await pause(backoff, signal)
      backoff = Math.min(longestBackoffMs, backoff * 2)
    } finally {
      await client?.end().catch(() => undefined)
    }
  }
}

/** What met a fault rests, each time longer, while the rest of the work goes on. */
export class Rests {
  private readonly resting = new Map<string, { ms: number; until: number }>()

  /** It met a fault. */
  begin(name: string): void {
    const ms = Math.min(longestBackoffMs, 2 * (this.resting.get(name)?.ms ?? 50))
    this.resting.set(name, { ms, until: performance.now() + ms })
  }

  /** It went well. */
  end(name: string): void {
    this.resting.delete(name)
  }

  /** Forgets all others: they are no more. */
  keep(names: string[]): void {
    for (const name of this.resting.keys()) if (!names.includes(name)) this.end(name)
  }

  isResting(name: string): boolean {
    return performance.now() < (this.resting.get(name)?.until ?? 0)
  }

  /** Whether nothing met a fault when it was last tried. */
  get areOver(): boolean {
    return this.resting.size === 0
  }
}

/** Waits, no longer than `signal` lets it. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined)
}
