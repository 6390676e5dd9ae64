import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'
import { PositionsMovedError } from './flush.ts'
import type { IngestWatch } from './ingestWatch.ts'

const longestBackoffMs = 5_000

/** Runs `work` until it succeeds or `signal` ends it; faults are logged and waited out, longer each time. */
export async function retry<T>(
  { logger, watch }: { logger: Logger; watch: IngestWatch },
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T | undefined> {
  for (let backoff = 100; !signal.aborted;) {
    const started = performance.now()
    try {
      return await work()
    } catch (error) {
      if (signal.aborted) return undefined
      if (error instanceof PositionsMovedError) {
        watch.fenced()
        logger.warn({ error: error.message }, 'positions moved elsewhere; reading them again')
      } else {
        watch.fault(error, describe(error))
        logger.warn({ error: describe(error) }, 'fault; trying again')
      }
      if (performance.now() - started > 2 * longestBackoffMs) backoff = 100
      await pause(backoff, signal)
      backoff = Math.min(longestBackoffMs, backoff * 2)
    }
  }
  return undefined
}

function describe(error: unknown): string {
  const { name, code, message } = error as { name?: string; code?: string; message?: string }
  return [code ?? name, message].filter(Boolean).join(': ')
}

/** Waits, no longer than `signal` lets it. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined)
}
