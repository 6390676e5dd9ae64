import { Command } from 'commander'
import { Kafka, logLevel } from 'kafkajs'
import type pg from 'pg'
import { readConfig, type Config } from './config.ts'
import { roles, withDatabase } from './database.ts'
import { kafkaConfig } from './kafkaConfig.ts'
import { formatTable } from './table.ts'

interface Finding {
  check: string
  /** ok; hint: works, but less well; missing: does not work. */
  state: 'ok' | 'hint' | 'missing'
  found: string
  mend: string
}

/** `sluice doctor`: exit code 1 when something is missing that Sluice can't do without. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('what is missing on this server, and how to mend it')
    .option('--json', 'report as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const config = readConfig()
      const findings = [
        ...(await withDatabase(config, 'doctor', undefined, examineDatabase)),
        ...(await examineKafka(config)),
      ]
      if (json) console.log(JSON.stringify(findings))
      else
        for (const line of formatTable(findings.map((finding) => ({ ...finding }))))
          console.log(line)
      if (findings.some((finding) => finding.state === 'missing')) process.exitCode = 1
    })
}

async function examineDatabase(client: pg.Client): Promise<Finding[]> {
  const findings: Finding[] = []
  const ask = async (sql: string, values: unknown[] = []) =>
    (await client.query<Record<string, string | null>>(sql, values)).rows[0] ?? {}

  // connecting has checked that the version is 15 or newer
  const { version } = await ask(`select current_setting('server_version') as version`)
  findings.push({ check: 'PostgreSQL version', state: 'ok', found: version ?? '', mend: '' })

  const { missing } = await ask(
    `select string_agg(wanted, ', ') as missing
    from unnest($1::text[]) as wanted
    where not exists (select from pg_roles where rolname = wanted)`,
    [[...roles]],
  )
  const { migrated } = await ask(`select to_regclass('ops.health')::text as migrated`)
  findings.push({
    check: 'migrated',
    state: migrated && !missing ? 'ok' : 'missing',
    found: missing ? `roles missing: ${missing}` : migrated ? 'yes' : 'no schema ops',
    mend: migrated && !missing ? '' : 'sluice up, as a user who may create roles',
  })

  const { cron } = await ask(
    `select extversion as cron from pg_extension where extname = 'pg_cron'`,
  )
  findings.push({
    check: 'pg_cron',
    state: cron ? 'ok' : 'hint',
    found: cron ?? 'not in this database',
    mend: cron
      ? ''
      : 'without it jobs run only while sluice refresh does; to add it: shared_preload_libraries, cron.database_name, sluice migrate',
  })

  const { settings } = await ask(
    `select string_agg(distinct format('%s = %s', name, setting), ', ') as settings
    from (
      select name, reset_val as setting from pg_settings
      union all
      select split_part(entry, '=', 1), split_part(entry, '=', 2)
      from pg_db_role_setting
      cross join unnest(setconfig) as entry
      where setdatabase in (0, (select oid from pg_database where datname = current_database()))
        and setrole in (select oid from pg_roles where rolname = any ($1))
    ) as sessions
    where name = 'default_transaction_read_only' and setting = 'on'
      or name = 'default_transaction_isolation' and setting <> 'read committed'`,
    [['sluice_owner', 'sluice_ingest', 'sluice_refresh']],
  )
  const isReadOnly = settings?.includes('read_only') ?? false
  findings.push({
    check: 'settings of sessions',
    state: isReadOnly ? 'missing' : settings ? 'hint' : 'ok',
    found: settings ?? 'as PostgreSQL has them',
    mend: isReadOnly
      ? 'nothing can be stored: alter database or alter role … reset default_transaction_read_only, once there is room on the disk'
      : settings
        ? "Sluice's own sessions use read committed all the same; in psql, say: begin isolation level read committed"
        : '',
  })

  const { locks } = await ask(`select current_setting('max_locks_per_transaction') as locks`)
  const enough = Number(locks) >= 128
  findings.push({
    check: 'max_locks_per_transaction',
    state: enough ? 'ok' : 'hint',
    found: locks ?? '',
    mend: enough
      ? ''
      : 'a query over many daily partitions takes a lock for each and its indexes: 256 leaves room for 200 days',
  })
  return findings
}

async function examineKafka(config: Config): Promise<Finding[]> {
  if (!config.KAFKA_BROKERS) {
    return [
      {
        check: 'Kafka',
        state: 'hint',
        found: 'KAFKA_BROKERS is not set',
        mend: 'ingest and generate need it',
      },
    ]
  }
  const brokers = config.KAFKA_BROKERS.join(', ')
  const admin = new Kafka({
    ...kafkaConfig(config),
    logLevel: logLevel.NOTHING,
    retry: { retries: 1 },
  }).admin()
  try {
    await admin.connect()
    const { brokers: nodes } = await admin.describeCluster()
    return [{ check: 'Kafka', state: 'ok', found: `${brokers}: ${nodes.length} brokers`, mend: '' }]
  } catch (error) {
    const found = `${brokers}: ${error instanceof Error ? error.message : String(error)}`
    return [
      {
        check: 'Kafka',
        state: 'missing',
        found,
        mend: 'Is it running? See KAFKA_BROKERS, KAFKA_SSL, KAFKA_SASL_*',
      },
    ]
  } finally {
    await admin.disconnect().catch(() => undefined)
  }
}
