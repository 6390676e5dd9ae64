import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import type { Logger } from 'pino'

export interface RefreshOptions {
  /** Opens a connection that may call ops.due_jobs and ops.run_job. */
  connect: () => Promise<pg.Client>
  logger: Logger
  signal: AbortSignal
  /** Run every job of the worker's once, due or not, and end. */
  untilCaughtUp: boolean
}

const idleMs = 500
const longestBackoffMs = 5_000

/**
 * Runs the jobs of ops.jobs when they are due, until `signal`. Any number of workers may run: a job never
 * runs twice at once. A failing job is recorded and shown in ops.health; a server that is away is waited for.
 */
export async function refresh({
  connect,
  logger,
  signal,
  untilCaughtUp,
}: RefreshOptions): Promise<void> {
  for (let backoff = 100; !signal.aborted; backoff = Math.min(longestBackoffMs, backoff * 2)) {
    let client: pg.Client | undefined
    try {
      client = await connect()
      if (untilCaughtUp) {
        for (const job of await jobNames(client, 'select job_name from ops.jobs order by 1')) {
          await runJob(client, job, logger)
        }
        return
      }
      while (!signal.aborted) {
        const due = await jobNames(client, 'select job_name from ops.due_jobs()')
        for (const job of due) if (!signal.aborted) await runJob(client, job, logger)
        backoff = 100
        await wait(idleMs, undefined, { signal }).catch(() => undefined)
      }
    } catch (error) {
      logger.warn({ error: String(error) }, 'fault; trying again')
      await wait(backoff, undefined, { signal }).catch(() => undefined)
    } finally {
      await client?.end().catch(() => undefined)
    }
  }
}

async function jobNames(client: pg.Client, query: string): Promise<string[]> {
  return (await client.query<{ job_name: string }>(query)).rows.map((row) => row.job_name)
}

async function runJob(client: pg.Client, job: string, logger: Logger): Promise<void> {
  const started = performance.now()
  const { rows } = await client.query<{ outcome: string }>('select ops.run_job($1) as outcome', [
    job,
  ])
  const ms = Math.round(performance.now() - started)
  const { outcome } = rows[0]!
  if (outcome === 'failed') logger.error({ job, ms }, 'job failed; see ops.health')
  else logger.info({ job, ms, outcome }, 'job ran')
}
