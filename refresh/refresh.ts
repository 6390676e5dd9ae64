import type pg from 'pg'
import { UserError } from '../cli/userError.ts'
import { keepRunningJobs, runAllJobs, type LostRuns } from './jobs.ts'
import { keepTrying, pause, Rests, type WorkerOptions } from './keepTrying.ts'
import { catchUpOnce, keepCatchingUp, keepTicking, tickAll, type TickContext } from './ticks.ts'

export interface RefreshOptions extends WorkerOptions {
  /** Bring all models level with what is stored, run every job once, and end: by a UserError when a model failed. */
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
    let failed: FailedModel[] = []
    await keepTrying(options, async (client, pulse) => {
      await catchUp(client, { ...options, pulse, rests }, lost)
      failed = await failedModels(client)
    })
    if (failed.length > 0) throw new UserError(complaint(failed))
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

/** Whether another worker holds what is left: models that lack something, and do not fail or wait for one that does. */
async function isTicking(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ is_behind: boolean }>(`
    select exists (
      select
      from ops.lagging_models as lagging
      where lagging.error is null
        and not exists (
          select
          from ops.awaited_entities as awaited
          where awaited.model = lagging.model
            and awaited.error is not null
        )
    ) as is_behind`)
  return rows[0]!.is_behind
}

interface FailedModel {
  model: string
  error: string
}

async function failedModels(client: pg.Client): Promise<FailedModel[]> {
  const { rows } = await client.query<FailedModel>(
    'select model, error from ops.stored_models where error is not null order by model',
  )
  return rows
}

const complaint = (failed: FailedModel[]) =>
  [
    'Not all is caught up: these models failed, and what waits for them with them.',
    ...failed.map(({ model, error }) => `  ${model}: ${error}`),
    'Mend their files and run sluice apply. See ops.health.',
  ].join('\n')
