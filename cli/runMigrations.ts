import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runner } from 'node-pg-migrate'
import pg from 'pg'
import { projectFolder } from './projectFolder.ts'
import { UserError } from './userError.ts'

interface MigrationFile {
  name: string
  sha256: string
}

/**
 * Runs the migrations that the database lacks, all in one transaction. Any number of processes may call it
 * at once: they take turns. An edited migration is a UserError. Returns the names of those that ran.
 */
export async function runMigrations(
  client: pg.Client,
  folder = join(projectFolder, 'migrations'),
): Promise<string[]> {
  const files = readMigrations(folder)
  await client.query(`select pg_advisory_lock(hashtext('sluice migrations'))`)
  try {
    await client.query('create schema if not exists ops')
    await client.query(
      'create table if not exists ops.migration_checksums (name text primary key, sha256 text not null)',
    )
    await checkUnedited(client, files)
    // written before they run and checked only where applied, so that a crash in between harms nothing
    await client.query(
      `insert into ops.migration_checksums (name, sha256)
      select * from unnest($1::text[], $2::text[])
      on conflict (name) do update set sha256 = excluded.sha256
      where migration_checksums.sha256 <> excluded.sha256`,
      [files.map((file) => file.name), files.map((file) => file.sha256)],
    )
    const ran = await runner({
      dbClient: client,
      dir: folder,
      ignorePattern: '.*(?<!\\.sql)',
      direction: 'up',
      migrationsTable: 'migrations',
      migrationsSchema: 'ops',
      singleTransaction: true,
      noLock: true,
      verbose: false,
      logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    })
    await giveToOwner(client)
    return ran.map((migration) => migration.name)
  } catch (error) {
    // a failed migration leaves its transaction open
    await client.query('rollback').catch(() => undefined)
    throw explain(error, client)
  } finally {
    await client
      .query(`select pg_advisory_unlock(hashtext('sluice migrations'))`)
      .catch(() => undefined)
  }
}

const ignore = () => undefined

function readMigrations(folder: string): MigrationFile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({
      name: name.replace(/\.sql$/, ''),
      sha256: createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    }))
}

async function checkUnedited(client: pg.Client, files: MigrationFile[]): Promise<void> {
  const { rows: tables } = await client.query(
    `select from pg_class where oid = to_regclass('ops.migrations')`,
  )
  if (tables.length === 0) return
  const { rows } = await client.query<MigrationFile>(
    'select name, sha256 from ops.migration_checksums join ops.migrations using (name) order by name',
  )
  for (const applied of rows) {
    const file = files.find((candidate) => candidate.name === applied.name)
    if (!file) {
      throw new UserError(
        `The database was migrated with migrations/${applied.name}.sql, which this version of Sluice lacks: it is older than the database. Use the version that migrated it, or a newer one.`,
      )
    }
    if (file.sha256 !== applied.sha256) {
      throw new UserError(
        `migrations/${file.name}.sql was edited after it was applied (sha256 ${applied.sha256.slice(0, 12)}… became ${file.sha256.slice(0, 12)}…). Restore it and add a new migration.`,
      )
    }
  }
}

async function giveToOwner(client: pg.Client): Promise<void> {
  for (const table of ['migrations', 'migration_checksums']) {
    await client.query(`alter table ops.${table} owner to sluice_owner`)
    await client.query(
      `comment on table ops.${table} is 'Which migrations ran, and what they looked like.'`,
    )
  }
}

/** Insufficient privilege; a session that may only read. */
const noRight = new Set(['42501', '25006'])

function explain(error: unknown, client: pg.Client): unknown {
  if (!(error instanceof pg.DatabaseError) || !noRight.has(error.code ?? '')) return error
  return new UserError(
    `User ${client.user} may not migrate database ${client.database}: ${error.message}. Needed: the right to create schemas in it and, the first time, to create roles (createrole), or the roles sluice_owner, sluice_ingest, sluice_refresh, grafana_reader and analyst made beforehand and sluice_owner granted to this user.`,
    { cause: error },
  )
}
