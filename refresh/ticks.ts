import { once } from 'node:events'
import type pg from 'pg'
import {
  keepTrying,
  pause,
  Rests,
  type Pulse,
  type Told,
  type WorkerOptions,
} from './keepTrying.ts'

/** Without a word from the ingester, look for new batches so often. */
const idleMs = 1_000

/** What a crash of the server takes away of these commits is in bronze, or comes again into it, and is taken once more. */
const keepTaking: typeof keepTrying = (options, work) =>
  keepTrying(options, async (client, pulse) => {
    await client.query('set synchronous_commit = off')
    await work(client, pulse)
  })

/**
 * Ticks all groups of models, again and again while there is something to take; then waits until the ingester
 * says that it stored something. Several may run: a group that ticks already is passed over.
 */
export function keepTicking(options: WorkerOptions): Promise<void> {
  const { signal } = options
  const rests = new Rests()
  return keepTaking(options, async (client, pulse) => {
    await client.query('listen sluice_batches')
    let isKnown = false
    while (!signal.aborted) {
      // while a worker lives, pg_cron's heart-beat has nothing to do
      isKnown ||= await showAsWorker(client)
      const news = new AbortController()
      const notified = once(client, 'notification', { signal: news.signal }).catch(() => undefined)
      const events = await tickAll(client, { ...options, pulse, rests })
      if (rests.areOver) pulse.steady()
      if (events === 0) {
        await Promise.race([notified, pause(idleMs, AbortSignal.any([signal, news.signal]))])
      }
      news.abort()
    }
  })
}

async function showAsWorker(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ is_held: boolean }>(
    `select pg_try_advisory_lock_shared(hashtext('sluice worker')) as is_held`,
  )
  return rows[0]!.is_held
}

/** Who is told of ticks and steps, and of those that must be tried again. */
export type TickContext = Told & { pulse: Pulse; rests: Rests }

/** One tick of each group, but of those that rest after a fault. Returns how many events they took. */
export async function tickAll(client: pg.Client, context: TickContext): Promise<number> {
  const { rests } = context
  const { rows } = await client.query<{ group: string }>(
    'select distinct tick_group as group from ops.models where tick_group is not null order by 1',
  )
  rests.keep(rows.map(({ group }) => group))
  let total = 0
  for (const { group } of rows.filter((row) => !rests.isResting(row.group))) {
    try {
      total += await tick(client, group, context)
    } catch (error) {
      // the connection is lost: the next one shall not begin with the same group
      rests.begin(group)
      throw error
    }
  }
  return total
}

async function tick(client: pg.Client, group: string, context: TickContext): Promise<number> {
  const { logger, watch, pulse, rests } = context
  const started = performance.now()
  const { rows } = await client.query<{ events: string; fault: string | null }>(
    'select events, fault from ops.try_tick($1)',
    [group],
  )
  const { fault } = rows[0]!
  const events = Number(rows[0]!.events)
  if (fault !== null) {
    rests.begin(group)
    pulse.fault(fault, { group })
    return 0
  }
  rests.end(group)
  watch.ticked(group, events, (performance.now() - started) / 1000)
  if (events > 0) logger.info({ group, events, ms: elapsed(started) }, 'tick')
  return events
}

/** Brings models that are far behind on, one step at a time; several may run side by side. */
export function keepCatchingUp(options: WorkerOptions): Promise<void> {
  const { signal } = options
  const rests = new Rests()
  return keepTaking(options, async (client, pulse) => {
    while (!signal.aborted) {
      const isDone = !(await catchUpOnce(client, { ...options, pulse, rests }))
      if (rests.areOver) pulse.steady()
      if (isDone) await pause(idleMs, signal)
    }
  })
}

const catchingUp = 'catching up'

/** One step of catching up; false when no model needs one, and while a rest after a fault lasts. */
export async function catchUpOnce(
  client: pg.Client,
  { logger, watch, pulse, rests }: TickContext,
): Promise<boolean> {
  if (rests.isResting(catchingUp)) return false
  const started = performance.now()
  const { rows } = await client.query<{ model: string | null; fault: string | null }>(
    'select model, fault from ops.try_catch_up()',
  )
  const { model, fault } = rows[0]!
  if (fault !== null) {
    rests.begin(catchingUp)
    pulse.fault(fault)
    return false
  }
  rests.end(catchingUp)
  if (model === null) return false
  watch.caughtUp(model)
  logger.info({ model, ms: elapsed(started) }, 'caught up a step')
  return true
}

const elapsed = (started: number) => Math.round(performance.now() - started)
