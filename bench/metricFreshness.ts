import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import type { BenchServers } from './benchServers.ts'
import { percentile } from './openLoop.ts'
import { startSluice } from './runningSluice.ts'
import { watchMemory } from './watchMemory.ts'

const warmUpMs = 10_000
/** One in so many events is asked for. */
const every = 50

/**
 * Prints how long events take from the moment they are due to be sent until they are seen in gold, by those of users who
 * come once; and the memory of `sluice run`, which is started for it. `send` sends the events on schedule from `begin` on
 * (ms by performance.now), the n-th of the user given.
 */
export async function freshness(
  owner: pg.Client,
  { client, url, brokers }: BenchServers,
  { rate, seconds }: { rate: number; seconds: number },
  send: (begin: number, userOf: (n: number) => string | undefined) => Promise<void>,
): Promise<void> {
  const reader = await client('grafana_reader')
  const run = startSluice('run', { url: url('postgres'), brokers })
  while ((await sessionCount(owner)) < 2) await wait(50)
  const memory = watchMemory(owner, run.pid)
  const began = performance.now()
  const sending = send(began, (n) => (n % every === 0 ? marker(n / every) : undefined))
  const dueAt = (no: number) => began + (no * every * 1_000) / rate
  const markers = Math.ceil((rate * seconds) / every)
  const delays: number[] = []
  const awaited = new Map<string, number>()
  let next = 0
  for (let seen = 0; seen < markers;) {
    while (next < markers && dueAt(next) <= performance.now()) awaited.set(marker(next), next++)
    const { rows } = await reader.query<{ user_id: string }>({
      name: 'seen',
      text: 'select user_id from gold.user_figures where user_id = any ($1)',
      values: [[...awaited.keys()]],
    })
    const now = performance.now()
    for (const { user_id: user } of rows) {
      const due = dueAt(awaited.get(user)!)
      if (due - began >= warmUpMs) delays.push(now - due)
      awaited.delete(user)
      seen += 1
    }
    if (run.hasEnded()) throw new Error('sluice run ended')
    await wait(5)
  }
  await sending
  const most = await memory.end()
  await run.stop()
  const ms = (share: number) => `${Math.round(percentile(delays, share))} ms`
  console.log(
    `  due until seen in gold: p50 ${ms(0.5)}, p99 ${ms(0.99)}, at most ${ms(1)} (${delays.length} events)`,
  )
  console.log(`  at most ${Math.round(most.process + most.sessions)} MB`)
}

async function sessionCount(owner: pg.Client): Promise<number> {
  const { rows } = await owner.query<{ count: number }>(
    `select count(distinct application_name)::int as count
    from pg_stat_activity
    where application_name in ('sluice ingest', 'sluice refresh')`,
  )
  return rows[0]!.count
}

/** A user who comes once. */
function marker(no: number): string {
  return `m${no}`
}
