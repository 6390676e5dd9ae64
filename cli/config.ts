import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { findRunningDemo } from './runningDemo.ts'
import { engineViews, exampleViews, packageViews } from './viewFolders.ts'
import { UserError } from './userError.ts'

const count = (fallback: number) =>
  z.coerce.number({ error: 'expected a whole number' }).int().positive().default(fallback)
const port = z.coerce
  .number({ error: 'expected a port, from 0 to 65535' })
  .refine((value) => Number.isInteger(value) && value >= 0 && value <= 65_535, {
    error: 'expected a port, from 0 to 65535',
  })
const flag = z
  .enum(['true', 'false', '1', '0'], { error: 'expected true or false' })
  .transform((value) => value === 'true' || value === '1')
const text = z.string().min(1)
const list = (separator: string) =>
  text.transform((value) =>
    value
      .split(separator)
      .map((part) => part.trim())
      .filter(Boolean),
  )

const schema = z.object({
  DATABASE_URL: text
    .regex(/^postgres(ql)?:\/\//, 'expected postgres://user@host:5432/database')
    .optional(),
  KAFKA_BROKERS: list(',').optional(),
  KAFKA_SSL: flag.default(false),
  KAFKA_SSL_CA: text.optional(),
  KAFKA_SSL_CERT: text.optional(),
  KAFKA_SSL_KEY: text.optional(),
  KAFKA_SASL_MECHANISM: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'], {
      error: 'expected plain, scram-sha-256 or scram-sha-512',
    })
    .optional(),
  KAFKA_SASL_USERNAME: text.optional(),
  KAFKA_SASL_PASSWORD: text.optional(),
  SLUICE_VIEWS: list(':').optional(),
  SLUICE_FILES: text.optional(),
  SLUICE_GROUP_ID: text.default('sluice'),
  SLUICE_FLUSH_ROWS: count(20_000),
  SLUICE_FLUSH_BYTES: count(16 * 1024 * 1024),
  SLUICE_FLUSH_MS: count(200),
  SLUICE_BUFFER_BYTES: count(16 * 1024 * 1024),
  SLUICE_INGEST_CONNECTIONS: count(2),
  SLUICE_REDACT_KEY: text.optional(),
  SLUICE_ROLE_PASSWORD: text.optional(),
  SLUICE_HTTP_PORT: port.optional(),
  SLUICE_HTTP_HOST: text.default('127.0.0.1'),
  SLUICE_LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'expected fatal, error, warn, info, debug, trace or silent',
    })
    .default('info'),
})

/** Settings, read once from the environment. `.env.example` says what each does. */
export type Config = Omit<z.output<typeof schema>, 'SLUICE_VIEWS'> & {
  /** The folders of views, the package's `views/ops` parent first. */
  viewFolders: string[]
  /** Whether DATABASE_URL, PGHOST and its kin, or a running `npm start` name a server. */
  hasDatabase: boolean
}

/**
 * Reads and checks every setting. `X_FILE` gives the name of a file that holds X. Without a database in the
 * environment, that of a running `npm start` is taken.
 * Throws one UserError that names every wrong setting.
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const problems: string[] = []
  const values: Record<string, string> = {}
  for (const name of Object.keys(schema.shape)) {
    const value = readSetting(env, name, problems)
    if (value !== undefined && value !== '') values[name] = value
  }
  const parsed = schema.safeParse(values)
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0])
    const found = /PASSWORD|KEY|URL/.test(name) ? '' : ` (found: ${values[name] ?? ''})`
    problems.push(`${name}: ${issue.message}${found}`)
  }
  const sasl = ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD']
  const given = sasl.filter((name) => values[name] !== undefined)
  if (given.length > 0 && given.length < sasl.length) {
    problems.push(
      'KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD go together: set all three or none.',
    )
  }
  if (problems.length > 0 || !parsed.data) {
    throw new UserError(
      `The environment has wrong settings:\n  ${problems.join('\n  ')}\nSee .env.example.`,
    )
  }
  const { SLUICE_VIEWS, ...settings } = parsed.data
  if (settings.DATABASE_URL ?? env['PGHOST'] ?? env['PGPORT']) {
    return { ...settings, viewFolders: viewFoldersOf(SLUICE_VIEWS), hasDatabase: true }
  }
  const demo = findRunningDemo()
  return {
    ...settings,
    DATABASE_URL: demo?.databaseUrl,
    KAFKA_BROKERS: settings.KAFKA_BROKERS ?? demo?.brokers,
    viewFolders: viewFoldersOf(SLUICE_VIEWS, demo?.domains),
    hasDatabase: demo !== undefined,
  }
}

/**
 * Without SLUICE_VIEWS the package's own views, or those of the domains that a running `npm start` was given; with it,
 * the engine's own and the user's folders.
 */
function viewFoldersOf(folders: string[] | undefined, domains?: string[]): string[] {
  if (folders) {
    // the engine's folder is in the package's
    const own = folders.filter((folder) => resolve(folder) !== packageViews)
    return [own.length < folders.length ? packageViews : engineViews, ...own]
  }
  return domains ? exampleViews(domains) : [packageViews]
}

function readSetting(env: NodeJS.ProcessEnv, name: string, problems: string[]): string | undefined {
  const file = env[`${name}_FILE`]
  if (!file) return env[name]
  if (env[name]) problems.push(`${name} and ${name}_FILE are both set: keep one`)
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    const reason = existsSync(file) ? String((error as Error).message) : `there is no file ${file}`
    problems.push(`${name}_FILE: ${reason}`)
    return undefined
  }
}

/** The brokers, or a UserError that says how to name them. */
export function brokersOf(config: Config): string[] {
  if (config.KAFKA_BROKERS) return config.KAFKA_BROKERS
  throw new UserError(
    'KAFKA_BROKERS is not set. Give the brokers, for example KAFKA_BROKERS=localhost:9092, or try `npm start`, which brings its own.',
  )
}
