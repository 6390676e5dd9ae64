import { Command } from 'commander'
import type pg from 'pg'
import { readConfig } from './config.ts'
import { requireMigrated, withDatabase } from './database.ts'
import { formatTable } from './table.ts'

const queries = {
  sources: `
    select
      status.topic,
      case when status.stopped_reason is not null then 'stopped' when status.is_paused then 'paused' else 'read' end as state,
      status.partitions, status.stored_rows, status.dead_letters,
      coalesce(lags.lag_records, 0) as lag, status.seconds_since_event
    from ops.source_status as status
    left join (select topic, sum(lag_records) as lag_records from ops.lag group by topic) as lags using (topic)
    order by status.topic`,
  models: `
    select model, kind, newest_event_at, seconds_behind, is_complete
    from ops.freshness
    order by model`,
  jobs: `
    select job_name as job, runner, every_s, last_started_at, last_seconds, last_is_ok as is_ok
    from ops.job_status
    order by job_name`,
  health: `
    select severity, problem, subject, message, mend
    from ops.health
    order by severity, problem, subject`,
}

/** `sluice status`: exit code 1 when ops.health knows an error; warnings are shown and do not count. */
export function statusCommand(): Command {
  return new Command('status')
    .description(
      'lag, freshness, jobs, dead letters and problems; exit code 1 when there is an error',
    )
    .option('--json', 'report as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const config = readConfig()
      const report = await withDatabase(config, 'status', undefined, readStatus)
      if (json) console.log(JSON.stringify(report))
      else for (const line of lines(report)) console.log(line)
      if (report.health.some((problem) => problem['severity'] === 'error')) process.exitCode = 1
    })
}

type Report = Record<keyof typeof queries, Record<string, unknown>[]>

async function readStatus(client: pg.Client): Promise<Report> {
  await requireMigrated(client)
  const report = {} as Report
  for (const [name, sql] of Object.entries(queries)) {
    report[name as keyof Report] = (await client.query<Record<string, unknown>>(sql)).rows
  }
  return report
}

function lines({ sources, models, jobs, health }: Report): string[] {
  const section = (title: string, rows: Record<string, unknown>[], none: string) => [
    title,
    ...(rows.length === 0 ? [none] : formatTable(rows)).map((line) => `  ${line}`),
    '',
  ]
  return [
    ...section('Sources', sources, 'none; declare one with ops.add_source'),
    ...section('Models', models, 'none; write one and run sluice apply'),
    ...section('Jobs', jobs, 'none'),
    'Health',
    ...(health.length === 0 ? ['  all is well'] : []),
    ...health.flatMap(({ severity, problem, subject, message, mend }) => [
      `  ${String(severity)}: ${String(problem)}: ${String(subject)}: ${String(message)}`,
      `    ${String(mend)}`,
    ]),
  ]
}
