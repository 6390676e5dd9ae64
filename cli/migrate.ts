import { Command } from 'commander'
import type pg from 'pg'
import { applyModels, type Change } from '../models/apply.ts'
import { readConfig, type Config } from './config.ts'
import { roles, withDatabase } from './database.ts'
import { runMigrations } from './runMigrations.ts'
import { engineViews } from './viewFolders.ts'

export function migrateCommand(): Command {
  return new Command('migrate')
    .description(
      'make schemas, roles and the engine itself in the database, or bring them up to date',
    )
    .option('--json', 'report as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const config = readConfig()
      const { migrations, changes } = await migrate(config)
      if (json) console.log(JSON.stringify({ migrations, objects: changes.length }))
      else if (migrations.length + changes.length === 0)
        console.log('Nothing to do: the database is up to date.')
      else {
        for (const name of migrations) console.log(`migrated ${name}`)
        if (changes.length > 0)
          console.log(`changed ${changes.length} functions and views of schema ops`)
      }
    })
}

/**
 * Migrations, then the engine's own functions and views, then its standing jobs.
 * Safe from any number of processes at once; a second run changes nothing.
 */
export async function migrate(
  config: Config,
): Promise<{ migrations: string[]; changes: Change[] }> {
  return withDatabase(config, 'migrate', undefined, async (client) => {
    // held until the connection ends: one process after the other
    await client.query(`select pg_advisory_lock(hashtext('sluice migrate'))`)
    const migrations = await runMigrations(client)
    await enableCron(client)
    if (config.SLUICE_ROLE_PASSWORD) await setRolePasswords(client, config.SLUICE_ROLE_PASSWORD)
    const folders = [engineViews]
    const changes = await applyModels(client, {
      folders,
      planOnly: false,
      prune: false,
      opsOnly: true,
    })
    await client.query('begin')
    await client.query('set local role sluice_owner')
    await client.query(`select pg_advisory_xact_lock(hashtext('sluice models'))`)
    await client.query('select ops.put_standing_jobs()')
    await client.query('commit')
    return { migrations, changes }
  })
}

/** Takes pg_cron into use where the server has it loaded for this database and the user may. */
async function enableCron(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ is_superuser: boolean }>(
    'select rolsuper as is_superuser from pg_roles where rolname = current_user',
  )
  // others may not even read the setting
  if (rows[0]!.is_superuser) {
    const { rows: found } = await client.query(`
      select
      from pg_available_extensions
      where name = 'pg_cron'
        and installed_version is null
        and current_setting('cron.database_name', true) = current_database()`)
    if (found.length > 0) await client.query('create extension if not exists pg_cron')
  }
  await client.query(`
    do $$
    begin
      if exists (select from pg_extension where extname = 'pg_cron')
        and not has_schema_privilege('sluice_owner', 'cron', 'usage')
      then
        grant usage on schema cron to sluice_owner;
      end if;
    end
    $$`)
}

/**
 * Roles belong to the whole server: whoever sets their passwords at the same moment, from this database or
 * another, makes the server refuse one of both ("tuple concurrently updated", XX000). That one tries again.
 */
async function setRolePasswords(client: pg.Client, password: string): Promise<void> {
  for (const role of roles) {
    const statement = `alter role ${role} password ${client.escapeLiteral(password)}`
    for (let attempt = 1; ; attempt += 1) {
      try {
        await client.query(statement)
        break
      } catch (error) {
        if ((error as pg.DatabaseError).code !== 'XX000' || attempt === 100) throw error
      }
    }
  }
}
