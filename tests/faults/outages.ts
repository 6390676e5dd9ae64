import { setTimeout as wait } from 'node:timers/promises'
import { checkNumbers, checkStored } from './check.ts'
import { complaintOf, memoryOf, notReady } from './seat.ts'
import { setReadOnly } from './serverFaults.ts'
import { makeWorld, recovers, seated, type World } from './world.ts'

interface Outage {
  name: string
  begin(this: void, world: World): Promise<unknown>
  end(this: void, world: World): Promise<unknown>
  /** What /readyz says all the time. */
  complaint: RegExp
}

const outages: Outage[] = [
  {
    name: 'PostgreSQL is down',
    begin: ({ postgres }) => postgres.crash(),
    end: ({ postgres }) => postgres.start(),
    complaint: /^database: /m,
  },
  {
    name: 'PostgreSQL is read-only',
    begin: (world) => setReadOnly(world, 'on'),
    end: (world) => setReadOnly(world, 'off'),
    complaint: /^database: PostgreSQL is read-only$/m,
  },
  {
    name: 'the broker is down',
    begin: ({ broker }) => broker.kill(),
    end: ({ broker }) => broker.start(),
    complaint: /^ingest: /m,
  },
]

/**
 * Long outages, one after the other. Throws when an ingester says that it is ready meanwhile, or when not all is stored
 * afterwards, once. Says a line for each: the memory of the ingesters, and how long it took to catch up.
 */
export async function runOutages(
  seed: number,
  seconds: number,
  say: (line: string) => void,
): Promise<void> {
  const world = await makeWorld(seed)
  await recovers(world)
  for (const { name, begin, end, complaint } of outages) {
    const before = await memory(world)
    await begin(world)
    await notReady(seated(world), complaint)
    const memories = await during(world, seconds, complaint)
    await end(world)
    const endedAt = performance.now()
    await recovers(world)
    const recovered = ((performance.now() - endedAt) / 1000).toFixed(1)
    const third = Math.ceil(memories.length / 3)
    say(
      `${name} for ${seconds} s: memory before ${before} MB, most in the first third ${Math.max(...memories.slice(0, third))}, ` +
        `in the last ${Math.max(...memories.slice(-third))}; all stored and ready ${recovered} s after`,
    )
  }
  await world.feed.stop()
  await recovers(world)
  await checkStored(world, await world.broker.kafka.offsets(...world.topics))
  await checkNumbers(world)
}

/** The memory of the larger ingester, in MB. */
async function memory(world: World): Promise<number> {
  return Math.round(Math.max(...(await Promise.all(seated(world).map(memoryOf)))) / 1e6)
}

/** Looks once a second, until the outage is over. */
async function during(world: World, seconds: number, complaint: RegExp): Promise<number[]> {
  const memories: number[] = []
  for (let second = 0; second < seconds; second += 1) {
    await wait(1_000)
    memories.push(await memory(world))
    for (const seat of seated(world)) {
      const said = await complaintOf(seat)
      if (!complaint.test(said)) {
        throw new Error(
          `/readyz of seat ${seat.number} says "${said}", expected ${complaint.source}`,
        )
      }
    }
  }
  return memories
}
