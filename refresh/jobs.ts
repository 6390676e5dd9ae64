import type pg from 'pg'
import { keepTrying, pause, type Told, type WorkerOptions } from './keepTrying.ts'

const idleMs = 500

/** Jobs whose connection was lost while they ran: since when, why, and how often in a row. */
export type LostRuns = Map<string, { at: Date; reason: string; times: number }>

/**
 * Runs the jobs of ops.jobs when they are due, on so many connections: one that takes long keeps no other waiting. Several
 * workers may run: a job never runs twice at once.
 */
export async function keepRunningJobs(options: WorkerOptions, sessions: number): Promise<void> {
  const { signal } = options
  const lost: LostRuns = new Map()
  const work = () =>
    keepTrying(options, async (client, { steady }) => {
      while (!signal.aborted) {
        const due = await jobNames(client, 'select job_name from ops.due_jobs()')
        // one at a time: while it runs others may run the rest
        const [job] = lostLast(due, lost)
        if (job !== undefined) await runOrRecord(client, job, 'run_due_job', options, lost)
        steady()
        if (job === undefined) await pause(idleMs, signal)
      }
    })
  await Promise.all(Array.from({ length: sessions }, work))
}

/** Runs every job once, due or not. */
export async function runAllJobs(
  client: pg.Client,
  options: WorkerOptions,
  lost: LostRuns,
): Promise<void> {
  const jobs = await jobNames(client, 'select job_name from ops.jobs order by 1')
  for (const job of lostLast(jobs, lost)) {
    if (!options.signal.aborted) await runOrRecord(client, job, 'run_job', options, lost)
  }
}

/** Those whose connection was lost come last: what makes that happen each time shall not keep others waiting. */
const lostLast = (jobs: string[], lost: LostRuns): string[] => [
  ...jobs.filter((job) => !lost.has(job)),
  ...jobs.filter((job) => lost.has(job)),
]

async function runOrRecord(
  client: pg.Client,
  job: string,
  call: 'run_job' | 'run_due_job',
  options: WorkerOptions,
  lost: LostRuns,
): Promise<void> {
  const before = lost.get(job)
  // once, the server may just have been restarted
  if (before && before.times > 1) await recordLost(client, job, before, options)
  else await runJob(client, job, call, options, lost)
  lost.delete(job)
}

async function jobNames(client: pg.Client, query: string): Promise<string[]> {
  return (await client.query<{ job_name: string }>(query)).rows.map((row) => row.job_name)
}

async function recordLost(
  client: pg.Client,
  job: string,
  { at, reason }: { at: Date; reason: string },
  { logger, watch }: Told,
): Promise<void> {
  await client.query('select ops.record_job_run($1, $2, $3)', [job, at, reason])
  watch.jobRan(job, 'failed')
  logger.error({ job }, 'job failed; see ops.health')
}

async function runJob(
  client: pg.Client,
  job: string,
  call: 'run_job' | 'run_due_job',
  { logger, watch }: Told,
  lost: LostRuns,
): Promise<void> {
  const at = new Date()
  const started = performance.now()
  const outcome = await askForRun(client, job, call).catch((error: unknown) => {
    const times = (lost.get(job)?.times ?? 0) + 1
    lost.set(job, { at, reason: String(error), times })
    throw error
  })
  const ms = Math.round(performance.now() - started)
  watch.jobRan(job, outcome)
  if (outcome === 'failed') logger.error({ job, ms }, 'job failed; see ops.health')
  else logger.info({ job, ms, outcome }, 'job ran')
}

async function askForRun(client: pg.Client, job: string, call: string): Promise<string> {
  const { rows } = await client.query<{ outcome: string }>(`select ops.${call}($1) as outcome`, [
    job,
  ])
  return rows[0]!.outcome
}
