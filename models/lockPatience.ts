import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { UserError } from '../cli/userError.ts'
import { LocatedError } from './locatedQuery.ts'
import type { Run } from './run.ts'

/**
 * How long a change of models waits for one lock. Whoever comes later waits behind it, so that it gives up soon, all
 * is undone, and ticks and readers have their turn before it tries again.
 */
export const lockWaits = {
  /** What readers hold: they shall not notice. */
  readers: '30ms',
  /** Of an old table: autovacuum lets go when somebody has waited for a second. No view shows it any more. */
  oldTables: '1500ms',
  /** While a table is filled: whatever is met is held for moments only. */
  filling: '5s',
  /** What ticks hold together: a tick is done by then. */
  ticks: '20s',
  /** The views of ops, in which ticks look until they end. */
  engine: '5s',
} as const

const pauseMs = 1_000
/** pg_cron's heart-beat ticks for 40 s. */
export const usualPatienceMs = 60_000

export const waitFor = async (
  client: pg.ClientBase,
  what: keyof typeof lockWaits,
): Promise<void> => {
  await client.query(`set local lock_timeout = '${lockWaits[what]}'`)
}

/**
 * Ticks hold this lock together; with it alone, nobody writes to models while they change. What is made for new ones
 * concerns no tick before the end.
 */
export async function keepTicksOut(run: Run): Promise<void> {
  if (run.ticksAreOut || run.options.opsOnly) return
  run.ticksAreOut = true
  run.at.place = ticks
  await waitFor(run.client, 'ticks')
  await run.client.query(`select pg_advisory_xact_lock(hashtext('sluice ticks'))`)
  await waitFor(run.client, 'readers')
}

/** Whether an error says that a lock was not to be had in time. */
export function isLockTimeout(error: unknown): boolean {
  if (error instanceof LocatedError) return error.sqlstate === '55P03'
  return error instanceof pg.DatabaseError && error.code === '55P03'
}

/**
 * Calls `attempt`, a transaction, until it gets its locks: again and again with pauses, in which others go on. After
 * `patienceMs` of pauses throws a UserError that names who has the locks. `place` tells what was to be locked at last.
 */
export async function withPatience<Result>(
  client: pg.ClientBase,
  patienceMs: number,
  attempt: () => Promise<Result>,
  place: () => string,
): Promise<Result> {
  for (let waitedMs = 0; ; waitedMs += pauseMs) {
    try {
      return await attempt()
    } catch (error) {
      if (!isLockTimeout(error)) throw error
      if (waitedMs >= patienceMs) throw await explain(client, place(), waitedMs, error)
      await wait(pauseMs)
    }
  }
}

interface Holder {
  pid: number
  user: string | null
  application: string | null
  state: string | null
  since: string | null
  query: string | null
}

async function explain(
  client: pg.ClientBase,
  place: string,
  waitedMs: number,
  cause: unknown,
): Promise<UserError> {
  const holders = await holdersOf(client, place)
  const sessions = holders.map(
    ({ pid, user, application, state, since, query }) =>
      `  ${[
        `pid ${pid}`,
        user && `user ${user}`,
        application,
        state,
        since && `in a transaction since ${since}`,
      ]
        .filter(Boolean)
        .join(', ')}${query ? `: ${query}` : ''}`,
  )
  const [first] = holders
  return new UserError(
    [
      `${place} can't be locked: tried for ${Math.round(waitedMs / 1000)} s. Nothing was changed.`,
      ...(first
        ? [
            'Locks are held by',
            ...sessions,
            `Run this again when they have ended, or end them: select pg_terminate_backend(${first.pid});`,
          ]
        : ['Who held it has ended meanwhile. Run this again.']),
    ].join('\n'),
    { cause },
  )
}

/**
 * The sessions that hold locks on a model's relations, and on others where there is none: a reader of a view holds those
 * of all that the view reads. Ticks that go on meanwhile are not meant, unless it is they that were waited for.
 */
async function holdersOf(client: pg.ClientBase, place: string): Promise<Holder[]> {
  // the user of the connection may be told more of other sessions than the role that it acts as
  await client.query('begin; set local role none')
  const { rows } = await client.query<Holder & { isAtPlace: boolean }>(
    `with held as (
      select pg_locks.pid, bool_or(
          format('%s.%s', nspname, relname) = $1
          or nspname = 'store' and relname ~ ('^' || replace($1, '.', '_') || '_v\\d+')
        ) as is_at_place
      from pg_locks
      join pg_class on pg_class.oid = pg_locks.relation
      join pg_namespace on pg_namespace.oid = relnamespace
      where granted and nspname in ('silver', 'gold', 'store', 'ops', 'bronze') and $1 <> $2
        and pid not in (select pid from pg_locks where ${isTicks})
      group by pg_locks.pid
      union all
      select pid, true from pg_locks where ${isTicks} and granted and $1 = $2
    )
    select
      pid, usename as user, nullif(application_name, '') as application, state,
      to_char(xact_start, 'YYYY-MM-DD HH24:MI:SS TZ') as since,
      left(regexp_replace(nullif(query, '<insufficient privilege>'), '\\s+', ' ', 'g'), 100) as query,
      is_at_place as "isAtPlace"
    from held
    join pg_stat_activity using (pid)
    where pid <> pg_backend_pid() and datname = current_database()
    order by xact_start, pid`,
    [place, ticks],
  )
  await client.query('rollback')
  const atPlace = rows.filter(({ isAtPlace }) => isAtPlace)
  return (atPlace.length > 0 ? atPlace : rows).slice(0, 5)
}

/** The place of the lock that ticks hold. */
const ticks = 'The tables of all models'
const isTicks = `locktype = 'advisory' and objsubid = 1
  and objid::bigint = hashtext('sluice ticks')::bigint & 4294967295`
