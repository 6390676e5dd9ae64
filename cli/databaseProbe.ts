import type pg from 'pg'

/** So long an answer of /readyz waits for PostgreSQL. */
const patienceMs = 3_000
/** So long a connection may be silent before the next look takes another one. */
const longestSilenceMs = 10_000

export interface DatabaseProbe {
  /** Why the database can't be written to just now; undefined when it can. */
  ask: () => Promise<string | undefined>
  close: () => Promise<void>
}

/** Asks PostgreSQL over a connection of its own, which is kept: a look must not cost a new session each time. */
export function createDatabaseProbe(connect: () => Promise<pg.Client>): DatabaseProbe {
  let client: pg.Client | undefined
  let asking: Promise<string | undefined> | undefined

  const close = async () => {
    const closed = client
    client = undefined
    await closed?.end().catch(() => undefined)
  }
  const look = async () => {
    try {
      client ??= await connect()
      const { rows } = await client.query<{ transaction_read_only: string }>({
        text: 'show transaction_read_only',
        query_timeout: longestSilenceMs,
      } as pg.QueryConfig)
      return rows[0]!.transaction_read_only === 'on' ? 'PostgreSQL is read-only' : undefined
    } catch (error) {
      void close()
      return error instanceof Error ? error.message : String(error)
    }
  }
  return {
    async ask() {
      // all that ask meanwhile get the one answer
      asking ??= look().finally(() => (asking = undefined))
      return answeredInTime(asking)
    },
    async close() {
      await close()
      // a connection may just have been opening
      if (asking) void asking.then(close)
    },
  }
}

async function answeredInTime(asking: Promise<string | undefined>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(
      () => resolve(`PostgreSQL has not answered for ${patienceMs / 1000} s`),
      patienceMs,
    )
  })
  try {
    return await Promise.race([asking, late])
  } finally {
    clearTimeout(timer)
  }
}
