import { readFileSync } from 'node:fs'
import pg from 'pg'
import { UserError } from '../cli/userError.ts'
import { cronIsLoaded, withClient } from './postgresDatabase.ts'
import { reasonOf } from './reason.ts'
import type { LocalPostgres, LocalServerOptions } from './servers.ts'

/** The PostgreSQL that DATABASE_URL, or else PGHOST or PGPORT and their like, names: checked. Undefined when none is. */
export async function givenPostgres(
  options: Pick<LocalServerOptions, 'env' | 'database'>,
): Promise<LocalPostgres | undefined> {
  const { env } = options
  const fromUrl = secret(env, 'DATABASE_URL')
  const url = fromUrl ?? urlFromVariables(env)
  if (url === undefined) return undefined
  const setting = fromUrl === undefined ? 'PGHOST, PGPORT' : 'DATABASE_URL'
  const target = parseTarget(setting, url)
  const { version, hasCron } = await look(setting, url, target)
  return {
    kind: 'given',
    version,
    adminUrl: url,
    urlFor: (_role, database) => (database === undefined ? url : withDatabase(url, database)),
    description: `PostgreSQL ${version} (given by ${setting}) on ${target.address}, database "${target.database}"`,
    hasCron,
    stop: () => Promise.resolve(),
  }
}

interface Target {
  address: string
  database: string
  user: string
  password?: string
}

async function look(
  setting: string,
  url: string,
  target: Target,
): Promise<{ version: string; hasCron: boolean }> {
  let found: { version: string; number: number; hasCron: boolean }
  try {
    found = await withClient(url, async (client) => {
      const { rows } = await client.query<{ version: string; number: number }>(
        `select current_setting('server_version') as version,
           current_setting('server_version_num')::int as number`,
      )
      const row = rows[0] ?? { version: '', number: 0 }
      return { ...row, hasCron: await cronIsLoaded(client) }
    })
  } catch (error) {
    throw unreachable(setting, target, error)
  }
  if (found.number < 150000) {
    throw new UserError(
      `PostgreSQL 15 or newer is required; ${setting} names a server at ${target.address} of version ${found.version}. ` +
        `Give a newer one, or unset ${setting}: Sluice then starts one of its own.`,
    )
  }
  return { version: found.version.split(' ')[0] ?? found.version, hasCron: found.hasCron }
}

function unreachable(setting: string, target: Target, cause: unknown): UserError {
  const code = (cause as { code?: string }).code
  let reason = reasonOf(cause)
  if (target.password) reason = reason.replaceAll(target.password, '***')
  const mends: Record<string, string> = {
    '28P01': 'Correct the password.',
    '28000': "Allow this user in the server's pg_hba.conf, or give another.",
    '3D000': `Create it: \`createdb ${target.database}\`.`,
  }
  const mend = mends[code ?? ''] ?? `Start that server, or correct ${setting}`
  return new UserError(
    `PostgreSQL at ${target.address}, database "${target.database}", user "${target.user}" (from ${setting}) ` +
      `cannot be used: ${reason}. Tried once, for 5 s at most.\n` +
      `${mend.replace(/\.$/, '')}; or unset ${setting}: Sluice then starts a PostgreSQL of its own.`,
  )
}

function parseTarget(setting: string, url: string): Target {
  try {
    const { host, port, database, user, password } = new pg.Client({ connectionString: url })
    return {
      address: host.startsWith('/') ? host : `${host}:${port}`,
      database: database ?? user ?? '',
      user: user ?? '',
      password: typeof password === 'string' ? password : undefined,
    }
  } catch {
    // Without the cause: it quotes the URL, with the password in it.
    throw new UserError(
      `${setting} is not a URL of PostgreSQL. Expected: postgres://user:password@host:5432/database, ` +
        `with special characters in the password written as %XX.`,
    )
  }
}

function urlFromVariables(env: NodeJS.ProcessEnv): string | undefined {
  if (!env.PGHOST && !env.PGPORT) return undefined
  const user = env.PGUSER ?? env.USER ?? 'postgres'
  const password = secret(env, 'PGPASSWORD')
  const host = env.PGHOST ?? 'localhost'
  const isSocket = host.startsWith('/')
  const login = [user, ...(password === undefined ? [] : [password])]
    .map(encodeURIComponent)
    .join(':')
  const address = isSocket ? 'localhost' : host.includes(':') ? `[${host}]` : host
  const url = new URL(`postgres://${login}@${address}:${env.PGPORT ?? 5432}`)
  url.pathname = `/${encodeURIComponent(env.PGDATABASE ?? user)}`
  if (isSocket) url.searchParams.set('host', host)
  if (env.PGSSLMODE) url.searchParams.set('sslmode', env.PGSSLMODE)
  return url.href
}

/** X, or what the file that X_FILE names holds. */
function secret(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const file = env[`${name}_FILE`]
  if (env[name]) return env[name]
  if (!file) return undefined
  try {
    return readFileSync(file, 'utf8').trimEnd()
  } catch (cause) {
    throw new UserError(
      `${name}_FILE names ${file}, which cannot be read: ${reasonOf(cause)}. Correct it, or set ${name}.`,
      { cause },
    )
  }
}

function withDatabase(url: string, database: string): string {
  const other = new URL(url)
  other.pathname = `/${encodeURIComponent(database)}`
  return other.href
}
