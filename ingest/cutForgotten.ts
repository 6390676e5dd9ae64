import type { Socket } from 'node:net'
import type pg from 'pg'

const lookEveryMs = 5_000

/** What of pg's client is not among its types. */
interface Inside {
  /** Nothing is asked of the server just now. */
  readyForQuery: boolean
  connection: { stream: Socket }
}

/**
 * Cuts a connection that the network has forgotten without telling us, as firewalls do: TCP would find out after 15
 * minutes, or after hours. It is cut when nothing moves on it while we wait for the server, and the server, asked over
 * another connection, waits for us there too, or knows no such session. One that works, or waits for a lock, is left
 * alone, however long it takes. Returns the function that ends the looking.
 */
export async function cutForgotten(
  client: pg.Client,
  connect: () => Promise<pg.Client>,
  everyMs = lookEveryMs,
): Promise<() => void> {
  const inside = client as unknown as Inside
  const { stream } = inside.connection
  // not the one that pg knows: a pooler would have made it up
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const { pid } = rows[0]!
  let before = ''
  let isLooking = false
  const look = async () => {
    const moved = `${stream.bytesRead} ${stream.bytesWritten} `
    if (inside.readyForQuery || !before.startsWith(moved)) {
      before = moved
      return
    }
    const now = moved + (await sessionState(pid, connect))
    if (now === before && isOver(now.slice(moved.length))) {
      stream.destroy(new Error('The network has forgotten a connection to PostgreSQL; it was cut'))
    }
    before = now
  }
  const timer = setInterval(() => {
    if (isLooking) return
    isLooking = true
    // a server that can't be asked may be asked again
    void look()
      .catch(() => undefined)
      .finally(() => (isLooking = false))
  }, everyMs)
  return () => clearInterval(timer)
}

const isOver = (state: string) => state === 'gone' || state.startsWith('Client ')

/** What the server waits for in a session, and how far its COPY has come. */
async function sessionState(pid: number, connect: () => Promise<pg.Client>): Promise<string> {
  const client = await connect()
  try {
    // as the user who logged in: sessions of others are hidden, and the role acted as is another
    const answer: unknown = await client.query(
      `reset role;
      select concat_ws(' ', wait_event_type, state, bytes_processed) as state
      from pg_stat_activity
      left join pg_stat_progress_copy using (pid)
      where pg_stat_activity.pid = ${pid}`,
    )
    const [, { rows }] = answer as [unknown, pg.QueryResult<{ state: string }>]
    return rows[0]?.state ?? 'gone'
  } finally {
    await client.end()
  }
}
