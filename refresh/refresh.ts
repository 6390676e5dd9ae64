import type pg from 'pg'
import { keepRunningJobs, runAllJobs, type LostRuns } from './jobs.ts'
import { keepTrying, pause, Rests, type WorkerOptions } from './keepTrying.ts'
import { catchUpOnce, keepCatchingUp, keepTicking, tickAll, type TickContext } from './ticks.ts'

export interface RefreshOptions extends WorkerOptions {
  /** Bring all models level with what is stored, run every job once, and end. */
  untilCaughtUp: boolean
}

/** Unconnected groups of models tick side by side, and so do models that catch up, and jobs: on so many connections each. */
const sessions = 2

/**
 * Keeps models current and runs jobs, until `signal`. Any number of workers may run. A failing model or job is
 * recorded and shown in ops.health; a server that is away is waited for.
 */
export async function refresh(options: RefreshOptions): Promise<void> {
  if (options.untilCaughtUp) {
    const rests = new Rests()
    const lost: LostRuns = new Map()
    await keepTrying(options, (client, pulse) =>
      catchUp(client, { ...options, pulse, rests }, lost),
    )
    return
  }
  const loops = Array.from({ length: sessions }, () => [
    keepTicking(options),
    keepCatchingUp(options),
  ])
  await Promise.all([...loops.flat(), keepRunningJobs(options, sessions)])
}

async function catchUp(
  client: pg.Client,
  context: RefreshOptions & TickContext,
  lost: LostRuns,
): Promise<void> {
  const { signal } = context
  for (let isDone = false; !isDone && !signal.aborted;) {
    const isStepDone = await catchUpOnce(client, context)
    const events = await tickAll(client, context)
    if (isStepDone || events > 0) continue
    isDone = !(await isTicking(client))
    if (!isDone) await pause(100, signal)
  }
  await runAllJobs(client, context, lost)
}

/** Whether another worker holds what is left: models that do not fail and lack something. */
async function isTicking(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ is_behind: boolean }>(`
    select exists (select from ops.lagging_models where error is null) as is_behind`)
  return rows[0]!.is_behind
}
