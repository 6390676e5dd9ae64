import type pg from 'pg'
import { keepTrying, pause, type Told, type WorkerOptions } from './keepTrying.ts'

const idleMs = 500

/** Runs the jobs of ops.jobs when they are due. Several may run: a job never runs twice at once. */
export function keepRunningJobs(options: WorkerOptions): Promise<void> {
  const { signal } = options
  return keepTrying(options, async (client, { steady }) => {
    while (!signal.aborted) {
      const due = await jobNames(client, 'select job_name from ops.due_jobs()')
      for (const job of due) if (!signal.aborted) await runJob(client, job, options)
      steady()
      await pause(idleMs, signal)
    }
  })
}

/** Runs every job once, due or not. */
export async function runAllJobs(client: pg.Client, told: Told): Promise<void> {
  for (const job of await jobNames(client, 'select job_name from ops.jobs order by 1')) {
    await runJob(client, job, told)
  }
}

async function jobNames(client: pg.Client, query: string): Promise<string[]> {
  return (await client.query<{ job_name: string }>(query)).rows.map((row) => row.job_name)
}

async function runJob(client: pg.Client, job: string, { logger, watch }: Told): Promise<void> {
  const started = performance.now()
  const { rows } = await client.query<{ outcome: string }>('select ops.run_job($1) as outcome', [
    job,
  ])
  const ms = Math.round(performance.now() - started)
  const { outcome } = rows[0]!
  watch.jobRan(job, outcome)
  if (outcome === 'failed') logger.error({ job, ms }, 'job failed; see ops.health')
  else logger.info({ job, ms, outcome }, 'job ran')
}
