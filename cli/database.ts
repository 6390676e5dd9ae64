import pg from 'pg'
import type { Config } from './config.ts'
import { UserError } from './userError.ts'

export const roles = [
  'sluice_owner',
  'sluice_ingest',
  'sluice_refresh',
  'grafana_reader',
  'analyst',
] as const
export type Role = (typeof roles)[number]

const oldestVersion = 15

/**
 * A connection, as `role` where one is given: the user of the URL must be it or a member of it.
 * Throws a UserError that says what is wrong with the server, the URL or the rights.
 */
export async function connect(config: Config, purpose: string, role?: Role): Promise<pg.Client> {
  if (!config.hasDatabase) {
    throw new UserError(
      'DATABASE_URL is not set. Give the database, for example DATABASE_URL=postgres://localhost:5432/sluice, or try `npm start`, which brings its own.',
    )
  }
  const client = createClient(config, purpose)
  // an error between queries would otherwise end the process; the next query fails with it
  client.on('error', () => undefined)
  try {
    await client.connect()
    await checkVersion(client)
    await setSession(client)
    if (role && client.user !== role) await client.query(`set role ${role}`)
    return client
  } catch (error) {
    await client.end().catch(() => undefined)
    throw explain(error, client, role)
  }
}

function createClient(config: Config, purpose: string): pg.Client {
  try {
    return new pg.Client({
      connectionString: config.DATABASE_URL,
      application_name: `sluice ${purpose}`,
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
    })
  } catch (error) {
    // the message of a wrong URL quotes it, with the password
    throw new UserError(
      'DATABASE_URL is not a URL. Expected postgres://user:password@host:5432/database, special characters in the password written as %XX.',
      { cause: error },
    )
  }
}

async function checkVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ number: number; version: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as version`,
  )
  const { number, version } = rows[0]!
  if (number < oldestVersion * 10_000) {
    throw new UserError(
      `PostgreSQL at ${client.host}:${client.port} is version ${version}; Sluice needs ${oldestVersion} or newer.`,
    )
  }
}

/**
 * What Sluice can't work with otherwise, whatever the role, the database or the server has: each tick sees what was
 * committed while it waited, and what takes long is cut into pieces by itself. Others stay: who says read-only means it.
 */
async function setSession(client: pg.Client): Promise<void> {
  await client.query(
    `select set_config(name, wanted.setting, false)
    from (values
      ('default_transaction_isolation', 'read committed'), ('statement_timeout', '0'), ('transaction_timeout', '0')
    ) as wanted (name, setting)
    join pg_settings using (name)`,
  )
}

function explain(error: unknown, client: pg.Client, role: Role | undefined): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error
  const where = `PostgreSQL at ${client.host}:${client.port}, database ${client.database}, user ${client.user}`
  const code = (error as { code?: string }).code ?? ''
  const mends: Record<string, string> = {
    ECONNREFUSED: 'Nothing listens there. Is the server running? See DATABASE_URL.',
    ENOTFOUND: 'The host is not known. See DATABASE_URL.',
    ETIMEDOUT: 'The server does not answer. See DATABASE_URL and firewalls.',
    '28P01': 'The password is wrong. See DATABASE_URL.',
    '28000': 'The server does not let this user in. See DATABASE_URL and pg_hba.conf.',
    '3D000': `Create it: createdb ${client.database ?? ''}`,
    '53300': 'The server has no connection left. See max_connections.',
    '22023': `Run \`sluice migrate\` first: it makes the role ${role ?? ''}.`,
    '42501': `Let this user act as the role: grant ${role ?? ''} to ${client.user ?? ''}.`,
  }
  if (!code && !/timeout/i.test(error.message)) return error
  const mend = mends[code] ?? 'See DATABASE_URL.'
  return new UserError(`${where}: ${error.message || code}. ${mend}`, { cause: error })
}

/** What PostgreSQL says, or pg, when a connection is ended that was in use. */
const lossCodes = /^(08|57P0|25P03|ECONNRESET|EPIPE|ETIMEDOUT)/
const lossMessages = /^Connection terminated|^Client has encountered a connection error/

/** The UserError for an error that says that a connection is lost: the server stopped, an administrator ended it, or the network. */
export function explainLoss(error: unknown): UserError | undefined {
  if (!(error instanceof Error)) return undefined
  const { code = '', message } = error as Error & { code?: string }
  if (!lossCodes.test(code) && !lossMessages.test(message)) return undefined
  return new UserError(
    `The connection was lost: ${message}. What was not committed is undone; when the server answers again, run this once more.`,
    { cause: error },
  )
}

/** Runs `work` with a connection that is closed afterwards. */
export async function withDatabase<T>(
  config: Config,
  purpose: string,
  role: Role | undefined,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connect(config, purpose, role)
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Throws a UserError when the database of the connection was never migrated. */
export async function requireMigrated(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ found: boolean }>(
    `select to_regclass('ops.sources') is not null and to_regclass('ops.health') is not null as found`,
  )
  if (!rows[0]!.found) {
    throw new UserError(
      `Database ${client.database} has no Sluice in it yet. Run \`sluice up\` first.`,
    )
  }
}
