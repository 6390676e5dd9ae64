import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type pg from 'pg'
import { projectFolder } from '../cli/projectFolder.ts'

export interface RunningSluice {
  pid: number
  hasEnded(): boolean
  /** Its exit code, when it has; null after a signal. */
  ended: Promise<number | null>
  stop(): Promise<void>
}

export interface Where {
  url: string
  brokers: string[]
}

/** Starts `sluice ingest`, `refresh`, `run` or `apply`, as users do; what goes wrong is shown. */
export function startSluice(
  command: 'ingest' | 'refresh' | 'run' | 'apply',
  where: Where,
  settings: NodeJS.ProcessEnv = {},
): RunningSluice {
  const child = spawn(process.execPath, [join(projectFolder, 'cli/sluice.mjs'), command], {
    env: {
      ...process.env,
      DATABASE_URL: where.url,
      KAFKA_BROKERS: where.brokers.join(','),
      SLUICE_REDACT_KEY: 'bench',
      SLUICE_LOG_LEVEL: process.env.BENCH_LOG ?? 'error',
      ...settings,
    },
    stdio: ['ignore', command === 'apply' ? 'ignore' : 'inherit', 'inherit'],
  })
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  return {
    pid: child.pid!,
    ended,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** The server's processes for the connections of ingesters and workers, by what they do: `ingest`, `refresh`. */
export async function sessionsOf(
  client: pg.Client,
): Promise<{ pid: number; purpose: 'ingest' | 'refresh' }[]> {
  const { rows } = await client.query<{ pid: number; purpose: 'ingest' | 'refresh' }>(
    `select pid, substr(application_name, 8) as purpose
    from pg_stat_activity
    where application_name in ('sluice ingest', 'sluice refresh')`,
  )
  return rows
}

export interface Stored {
  /** In bronze, or dead letters. */
  stored: number
  /** Whether all models have everything that is stored. */
  isLevel: boolean
}

export async function progressOf(client: pg.Client): Promise<Stored> {
  const { rows } = await client.query<{ stored: string; is_level: boolean }>(
    `select
      (select coalesce(sum(stored_rows + dead_letters), 0) from ops.source_status) as stored,
      not exists (select from ops.lagging_models) as is_level`,
  )
  return { stored: Number(rows[0]!.stored), isLevel: rows[0]!.is_level }
}
