import type pg from 'pg'
import { expect } from 'vitest'
import { accountOf, expectedAccount, holesInLedger } from '../endToEnd/account.ts'
import type { TestKafka } from '../support/kafka.ts'
import type { RunningSluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'

/** The partitions that the group gave a process last, as topic/number; none before it has joined. */
export function partitionsOf(running: RunningSluice): string[] {
  const assigned = running
    .stderr()
    .split('\n')
    .filter((line) => line.includes('"partitions assigned"'))
  return (JSON.parse(assigned.at(-1) ?? '{"partitions":[]}') as { partitions: string[] }).partitions
}

/** How many times the group has given a process partitions, or none. */
export const timesAssigned = (running: RunningSluice): number =>
  running.stderr().split('"partitions assigned"').length - 1

/** Waits until each of the members has its share of a topic's partitions, and none has another's. */
export async function shared(members: RunningSluice[], partitions: number): Promise<void> {
  const isShared = () => {
    const shares = members.map(partitionsOf)
    const sizes = shares.map((share) => share.length)
    return (
      new Set(shares.flat()).size === partitions &&
      shares.flat().length === partitions &&
      Math.max(...sizes) - Math.min(...sizes) <= 1
    )
  }
  await until(`${members.length} share ${partitions} partitions`, isShared)
}

/** Where each partition of a topic stands, by its number. */
export async function positionsOf(owner: pg.Client, topic: string): Promise<Map<number, number>> {
  const { rows } = await owner.query<{ partition: number; next: number }>(
    `select kafka_partition as partition, next_offset::int as next
    from ops.offsets
    join ops.sources using (source_id)
    where topic = $1`,
    [topic],
  )
  return new Map(rows.map(({ partition, next }) => [partition, next]))
}

/** Waits until something more of each of the partitions is stored. Returns how long it took, in ms. */
export async function goesOn(
  owner: pg.Client,
  topic: string,
  partitions?: number[],
): Promise<number> {
  const started = performance.now()
  const before = await positionsOf(owner, topic)
  await until('each partition goes on', async () => {
    const now = await positionsOf(owner, topic)
    return (partitions ?? [...now.keys()]).every(
      (partition) => now.get(partition)! > (before.get(partition) ?? 0),
    )
  })
  return performance.now() - started
}

/**
 * Watches the partitions of a topic that always has more. Returns the function that ends it and says how long, in
 * ms, the partition that stood still longest did so.
 */
export function watchStandstill(owner: pg.Client, topic: string): () => Promise<number> {
  let isOver = false
  let longest = 0
  const seen = new Map<number, { next: number; at: number }>()
  const look = async () => {
    const now = performance.now()
    for (const [partition, next] of await positionsOf(owner, topic)) {
      const last = seen.get(partition) ?? { next, at: now }
      longest = Math.max(longest, now - last.at)
      seen.set(partition, last.next === next ? last : { next, at: now })
    }
    return isOver
  }
  const watching = until('it is over', look, { timeoutMs: 240_000, everyMs: 50 })
  // its failure is thrown to whom ends it
  watching.catch(() => undefined)
  return async () => {
    isOver = true
    await watching
    return longest
  }
}

/** Each offset of a topic is stored once, and the ledger has no hole. */
export async function expectExactlyOnce(
  kafka: TestKafka,
  owner: pg.Client,
  topic: string,
): Promise<void> {
  expect(await accountOf(owner, [topic])).toEqual(expectedAccount(await kafka.offsets(topic)))
  expect(await holesInLedger(owner, topic)).toEqual([])
}

/** Ends processes by SIGTERM, all at once; each must end well. */
export async function terminate(members: RunningSluice[]): Promise<void> {
  const ends = await Promise.all(members.map((running) => running.kill('SIGTERM')))
  for (const { code, signal, stderr } of ends) {
    expect({ code, signal, error: code === 0 ? '' : stderr }).toEqual({
      code: 0,
      signal: null,
      error: '',
    })
  }
}
