import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { aborted } from '../stopSignal.ts'
import { formatTable } from '../table.ts'
import { UserError } from '../userError.ts'
import type { Child } from './children.ts'
import { readLayers, readTables, type MetricTable } from './metrics.ts'
import { accountFor, rangesBetween, type Account, type LogRange } from './account.ts'
import type { DemoLog } from './demoLog.ts'
import type { Screen } from './screen.ts'

interface Finite {
  client: pg.Client
  /** As sluice_refresh, who may run jobs. */
  worker: pg.Client
  log: DemoLog
  domains: string[]
  before: Map<string, number>
  startedAt: number
  generator: Child
  screen: Screen
  signal: AbortSignal
}

interface Outcome {
  account: Account
  layers: { layer: string; rows: string }[]
  tables: MetricTable[]
  /** What ops.health calls an error, such as a model that failed. */
  problems: string[]
  storedSeconds: number
  levelSeconds: number
}

const number = new Intl.NumberFormat('en')

/**
 * Waits until the generator is done, all it sent is stored and in every model, and prints what came of it. Returns the
 * exit code: 0 only if what the log has of this run is all stored, as rows or dead letters, none of it twice, and no model
 * failed.
 */
export async function settle(run: Finite): Promise<number> {
  const { client, worker, log, before, generator, screen, signal, startedAt } = run
  const ended = await Promise.race([generator.ended, aborted(signal)])
  if (signal.aborted) return 130
  if (ended !== 0) throw new UserError(`The generator failed. Its log: ${generator.logFile}`)

  const seconds = () => (performance.now() - startedAt) / 1000
  const ranges = rangesBetween(before, await log.ends(signal), log.firstOffset)
  if (!(await waitFor(() => isRead(client, ranges), signal))) return 130
  const storedSeconds = seconds()
  if (!(await waitFor(() => isLevel(client), signal))) return 130
  if (!(await refreshAll(worker, signal))) return 130
  const outcome: Outcome = {
    account: await accountFor(client, ranges),
    storedSeconds,
    levelSeconds: seconds(),
    layers: await readLayers(client),
    tables: await readTables(client, run.domains),
    problems: await readProblems(client),
  }
  screen.end()
  for (const line of summary(log, outcome)) screen.say(line)
  return isExact(outcome.account) && outcome.problems.length === 0 ? 0 : 1
}

/** False when the signal came before. */
async function waitFor(isSo: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted && !(await isSo()))
    await wait(100, undefined, { signal }).catch(() => undefined)
  return !signal.aborted
}

/** Whether every partition's position is at the end of the run's range. */
async function isRead(client: pg.Client, ranges: LogRange[]): Promise<boolean> {
  const { rows } = await client.query<{
    topic: string
    kafka_partition: number
    next_offset: string
  }>('select topic, kafka_partition, next_offset from ops.lag')
  const positions = new Map(
    rows.map((row) => [`${row.topic} ${row.kafka_partition}`, Number(row.next_offset)]),
  )
  return ranges.every(
    ({ topic, partition, next_offset }) =>
      (positions.get(`${topic} ${partition}`) ?? 0) >= next_offset,
  )
}

/** Whether every model that works has taken all that is stored. */
async function isLevel(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query('select from ops.lagging_models where error is null limit 1')
  return rows.length === 0
}

/** Refreshes each materialized model once, after the tables below it are level. */
async function refreshAll(worker: pg.Client, signal: AbortSignal): Promise<boolean> {
  const { rows } = await worker.query<{ job_name: string }>(`
    select job_name
    from ops.jobs
    where command like 'select ops.refresh_materialized(%'
    order by job_name`)
  for (const { job_name } of rows) {
    // one that runs already may have begun too early
    const isRun = async () =>
      (await worker.query<{ outcome: string }>('select ops.run_job($1) as outcome', [job_name]))
        .rows[0]!.outcome !== 'busy'
    if (!(await waitFor(isRun, signal))) return false
  }
  return true
}

async function readProblems(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(`
    select format('%s: %s: %s. %s', problem, subject, message, mend) as line
    from ops.health
    where severity = 'error'
    order by problem, subject`)
  return rows.map(({ line }) => line)
}

const isExact = ({ events, rows, deadLetters, repeated }: Account) =>
  rows + deadLetters === events && repeated === 0

function summary({ name }: DemoLog, outcome: Outcome): string[] {
  const { account, layers, tables, problems, storedSeconds, levelSeconds } = outcome
  const line = (name: string, value: number | string) =>
    `  ${name.padEnd(14)} ${number.format(Number(value)).padStart(12)}`
  return [
    '',
    `Summary of this run, from the ${name} and the database`,
    line('events made', account.events),
    line('stored', account.rows),
    line('dead letters', account.deadLetters),
    ...(account.repeated > 0 ? [line('stored twice', account.repeated)] : []),
    line('seconds', storedSeconds.toFixed(1)),
    line('  and in gold', levelSeconds.toFixed(1)),
    ...layers.map(({ layer, rows }) => line(`rows in ${layer}`, rows)),
    ...tables.flatMap(({ model, title, rows }) => [
      '',
      `${model}  ${title}`,
      ...(rows.length === 0 ? ['nothing'] : formatTable(rows)).map((text) => `  ${text}`),
    ]),
    '',
    ...problems,
    isExact(account)
      ? 'Exactly once: events made = stored + dead letters.'
      : 'NOT exact: events made differ from stored + dead letters. See ops.incidents and the logs.',
  ]
}
