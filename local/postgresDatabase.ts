import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import pg from 'pg'

const cronFiles = [
  'lib/pg_cron.so',
  'lib/postgresql/pg_cron.so',
  'lib/postgresql/pg_cron.dylib',
  'lib64/pg_cron.so',
]

/** Whether pg_cron's library lies with these binaries. A server that shall preload one it lacks does not start. */
export function hasCronLibrary(bin: string): boolean {
  return cronFiles.some((file) => existsSync(join(dirname(bin), file)))
}

/** Creates the database if it is missing (in the cluster's encoding and locale), and tells whether it has pg_cron. */
export async function prepareDatabase(adminUrl: string, database: string): Promise<boolean> {
  const serverUrl = new URL(adminUrl)
  serverUrl.pathname = '/postgres'
  await withClient(serverUrl.href, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [
      database,
    ])
    if (rowCount === 0) {
      await client.query(`create database ${pg.escapeIdentifier(database)} template template0`)
    }
  })
  return withClient(adminUrl, cronIsLoaded)
}

/** Whether `create extension pg_cron` works in the database of this connection. */
export async function cronIsLoaded(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ has_cron: boolean }>(
    `select exists (select from pg_available_extensions where name = 'pg_cron')
        and current_setting('cron.database_name', true) = current_database() as has_cron`,
  )
  return rows[0]?.has_cron ?? false
}

export async function withClient<Result>(
  url: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
