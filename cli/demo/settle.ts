import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { aborted } from '../stopSignal.ts'
import { UserError } from '../userError.ts'
import type { Child } from './children.ts'
import { readLayers } from './figures.ts'
import { accountFor, rangesBetween, type Account } from './account.ts'
import type { DemoLog } from './demoLog.ts'
import type { Screen } from './screen.ts'

interface Finite {
  client: pg.Client
  log: DemoLog
  before: Map<string, number>
  startedAt: number
  generator: Child
  screen: Screen
  signal: AbortSignal
}

const number = new Intl.NumberFormat('en')

/**
 * Waits until the generator is done and all it sent is stored, and prints what came of it. Returns the exit
 * code: 0 only if what the log has of this run is all stored, as rows or dead letters, and none of it twice.
 */
export async function settle(run: Finite): Promise<number> {
  const { client, log, before, generator, screen, signal, startedAt } = run
  const ended = await Promise.race([generator.ended, aborted(signal)])
  if (signal.aborted) return 130
  if (ended !== 0) throw new UserError(`The generator failed. Its log: ${generator.logFile}`)

  const ranges = rangesBetween(before, await log.ends(signal), log.firstOffset)
  while (!signal.aborted && !(await isRead(client, ranges)))
    await wait(100, undefined, { signal }).catch(() => undefined)
  if (signal.aborted) return 130
  const account = await accountFor(client, ranges)
  const seconds = (performance.now() - startedAt) / 1000
  const layers = await readLayers(client)
  const isExact = account.rows + account.deadLetters === account.events && account.repeated === 0

  screen.end()
  for (const line of summary(log, account, layers, seconds, isExact)) screen.say(line)
  return isExact ? 0 : 1
}

/** Whether every partition's position is at the end of the run's range. */
async function isRead(
  client: pg.Client,
  ranges: { topic: string; partition: number; next_offset: number }[],
): Promise<boolean> {
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

function summary(
  { name }: DemoLog,
  account: Account,
  layers: { layer: string; relations: string; rows: string }[],
  seconds: number,
  isExact: boolean,
): string[] {
  const line = (name: string, value: number | string) =>
    `  ${name.padEnd(14)} ${number.format(Number(value)).padStart(12)}`
  return [
    '',
    `Summary of this run, from the ${name} and the database`,
    line('events made', account.events),
    line('stored', account.rows),
    line('dead letters', account.deadLetters),
    ...(account.repeated > 0 ? [line('stored twice', account.repeated)] : []),
    line('seconds', seconds.toFixed(1)),
    ...layers.map(({ layer, rows }) => line(`rows in ${layer}`, rows)),
    isExact
      ? 'Exactly once: events made = stored + dead letters.'
      : 'NOT exact: events made differ from stored + dead letters. See ops.incidents and the logs.',
  ]
}
