import { once } from 'node:events'
import type pg from 'pg'
import { keepTrying, pause, type Told, type WorkerOptions } from './keepTrying.ts'

/** Without a word from the ingester, look for new batches so often. */
const idleMs = 1_000

/** What a crash of the server takes away of these commits is in bronze, or comes again into it, and is taken once more. */
const keepTaking: typeof keepTrying = (options, work) =>
  keepTrying(options, async (client, steady) => {
    await client.query('set synchronous_commit = off')
    await work(client, steady)
  })

/**
 * Ticks all groups of models, again and again while there is something to take; then waits until the ingester
 * says that it stored something. Several may run: a group that ticks already is passed over.
 */
export function keepTicking(options: WorkerOptions): Promise<void> {
  const { signal } = options
  return keepTaking(options, async (client, steady) => {
    await client.query('listen sluice_batches')
    let isKnown = false
    while (!signal.aborted) {
      // while a worker lives, pg_cron's heart-beat has nothing to do
      isKnown ||= await showAsWorker(client)
      const news = new AbortController()
      const notified = once(client, 'notification', { signal: news.signal }).catch(() => undefined)
      const events = await tickAll(client, options)
      steady()
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

/** One tick of each group. Returns how many events they took. */
export async function tickAll(client: pg.Client, { logger, watch }: Told): Promise<number> {
  const { rows } = await client.query<{ group: string }>(
    'select distinct tick_group as group from ops.models where tick_group is not null order by 1',
  )
  let total = 0
  for (const { group } of rows) {
    const started = performance.now()
    const result = await client.query<{ events: string }>('select ops.tick($1) as events', [group])
    const events = Number(result.rows[0]!.events)
    total += events
    watch.ticked(group, events, (performance.now() - started) / 1000)
    if (events > 0) logger.info({ group, events, ms: elapsed(started) }, 'tick')
  }
  return total
}

/** Brings models that are far behind on, one step at a time; several may run side by side. */
export function keepCatchingUp(options: WorkerOptions): Promise<void> {
  const { signal } = options
  return keepTaking(options, async (client, steady) => {
    while (!signal.aborted) {
      const isDone = !(await catchUpOnce(client, options))
      steady()
      if (isDone) await pause(idleMs, signal)
    }
  })
}

/** One step of catching up; false when no model needs one. */
export async function catchUpOnce(client: pg.Client, { logger, watch }: Told): Promise<boolean> {
  const started = performance.now()
  const { rows } = await client.query<{ model: string | null }>('select ops.catch_up() as model')
  const model = rows[0]!.model
  if (model === null) return false
  watch.caughtUp(model)
  logger.info({ model, ms: elapsed(started) }, 'caught up a step')
  return true
}

const elapsed = (started: number) => Math.round(performance.now() - started)
