import type { Domain } from '../domain.ts'
import { Random } from '../random.ts'
import { Visit } from './visit.ts'

/** A web site: pages, clicks, carts and searches, as the browser reports them. */
export const clickstream: Domain = {
  name: 'clickstream',
  topics: [{ topic: 'clickstream', partitions: 4, isCompacted: false }],
  eventsPerActor: 4.25,
  burstAt,
  reference: () => [],
  begin: (world, haste) => new Visit(world, haste),
}

const minuteMs = 60_000
const slotMs = 90 * minuteMs
const burstMs = 4 * minuteMs
const burstFactor = 5

/** Once in ninety minutes a link spreads somewhere, and for four minutes there are five times as many visits. */
function burstAt(ms: number, seed: number): number {
  const slot = Math.floor(ms / slotMs)
  const begin = new Random(seed, `burst ${slot}`).below(slotMs - burstMs)
  const since = ms - slot * slotMs - begin
  return since >= 0 && since < burstMs ? burstFactor : 1
}
