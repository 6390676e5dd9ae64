import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { pino } from 'pino'
import { exampleViews } from '../cli/viewFolders.ts'
import { generateOptions } from '../generator/index.ts'
import { runGenerator } from '../generator/run.ts'
import { historyViews } from './historyModels.ts'
import { progressOf, startSluice, type Where } from './runningSluice.ts'

const history = 1_000_000

/** Has a million events of the shop in gold, by way of the broker and the `sluice run` that is running. */
export async function storeHistory(owner: pg.Client, brokers: string[]): Promise<void> {
  const start = Date.now() - 2 * 86_400_000
  const options = generateOptions({
    domains: 'ecommerce',
    start,
    events: history,
    rate: history / 86_400,
  })
  const logger = pino({ level: 'silent' })
  await runGenerator({ options, sink: 'kafka', kafka: { brokers }, isPaced: false, logger })
  for (;;) {
    const { stored, isLevel } = await progressOf(owner)
    if (stored >= history && isLevel) return
    await wait(250)
  }
}

/**
 * Adds the models of bench/history/ by `sluice apply`, and resolves with the time from then until they had caught up (ms,
 * as performance.now()).
 */
export async function catchUp(
  owner: pg.Client,
  where: Where,
): Promise<{ from: number; to: number }> {
  const from = performance.now()
  const [, ...examples] = exampleViews(['ecommerce'])
  const apply = startSluice('apply', where, { SLUICE_VIEWS: [...examples, historyViews].join(':') })
  if ((await apply.ended) !== 0) throw new Error('sluice apply failed')
  while (!(await areComplete(owner))) await wait(100)
  return { from, to: performance.now() }
}

async function areComplete(owner: pg.Client): Promise<boolean> {
  const { rows } = await owner.query<{ are_complete: boolean }>(
    'select bool_and(is_complete) as are_complete from ops.freshness',
  )
  return rows[0]!.are_complete
}
