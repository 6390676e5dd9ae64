import type pg from 'pg'
import { until } from '../support/until.ts'

/** The backend of an ingester that is doing this now. */
function backendThat(ingester: pg.Client, doing: string, condition: string): Promise<number> {
  return until(
    `an ingester ${doing}`,
    async () => {
      const { rows } = await ingester.query<{ pid: number }>(
        `select pid
        from pg_stat_activity
        where datname = current_database() and application_name = 'sluice ingest' and ${condition}`,
      )
      return rows[0]?.pid
    },
    { everyMs: 2 },
  )
}

export const moments = ['in a COPY', 'between COPY and positions', 'after a commit'] as const
export type Moment = (typeof moments)[number]

export interface Watchers {
  /** A session of sluice_ingest: it sees what others of its role are doing. */
  ingester: pg.Client
  /** Holds positions, so that an ingester has copied and waits. */
  locker: pg.Client
}

/** Strikes the ingester of this database at a moment; the blow is given its backend. */
export async function strike(
  { ingester, locker }: Watchers,
  moment: Moment,
  blow: (pid: number) => Promise<unknown>,
): Promise<void> {
  if (moment === 'in a COPY') {
    await blow(await backendThat(ingester, 'copies', `state = 'active' and query ilike 'copy %'`))
  } else if (moment === 'after a commit') {
    await blow(await backendThat(ingester, 'is there', 'true'))
  } else {
    await locker.query('begin')
    await locker.query('select from ops.offsets for update')
    await blow(
      await backendThat(ingester, 'waits', `wait_event_type = 'Lock' and query ~ 'ops.advance'`),
    )
    await locker.query('rollback')
  }
}
