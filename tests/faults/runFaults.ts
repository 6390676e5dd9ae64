import { Random } from '../../generator/random.ts'
import { checkNumbers, checkStored, type Totals } from './check.ts'
import { failovers } from './failovers.ts'
import type { Fault } from './fault.ts'
import { ingesterFaults } from './ingesterFaults.ts'
import { lineFaults } from './lineFaults.ts'
import { logOf, memoryOf } from './seat.ts'
import { serverFaults } from './serverFaults.ts'
import { takeFenceAway } from './unfence.ts'
import { begins, makeWorld, recovers, seated, type World } from './world.ts'

export const faults: Fault[] = [...ingesterFaults, ...serverFaults, ...failovers, ...lineFaults]

export interface Options {
  count: number
  seed: number
  /** Without the compare-and-swap: such a run must fail. */
  unfenced?: boolean
  /** Faults whose name holds this text alone. */
  only?: string
  /** Called with each fault once it is over. */
  tell?: (hit: Hit, number: number) => void
}

export interface Hit {
  name: string
  ms: number
  /** From its end until all that was sent before is stored and all are ready; undefined when the next one did not wait. */
  recoveredMs: number | undefined
  /** Resident memory of the ingesters after it, in bytes. */
  memory: number[]
}

export interface Report {
  hits: Hit[]
  totals: Totals | undefined
  /** What went wrong; undefined when nothing did. */
  failure: string | undefined
}

export const nameOf = ({ kind, point }: Fault): string => `${kind}: ${point}`

/** How many faults come between two looks at everything that is stored. */
const between = 10

/** Resident, in bytes: the bound of the contract. */
const mostMemory = 300e6

/**
 * Has faults happen, one after the other, in an order that the seed decides, each of them once before any comes again,
 * while events are produced. Checks that every event is stored, once. Its servers last until the clean-up.
 */
export async function runFaults(options: Options): Promise<Report> {
  const { count, seed, unfenced = false, tell = () => undefined } = options
  const report: Report = { hits: [], totals: undefined, failure: undefined }
  const world = await makeWorld(seed)
  let where = 'the start'
  try {
    if (unfenced) await takeFenceAway(world)
    await recovers(world)
    const chosen = faults.filter((fault) => nameOf(fault).includes(options.only ?? ''))
    const deck = inRandomOrder(chosen, new Random(seed, 'deck'))
    for (let number = 1; number <= count; number += 1) {
      const fault = deck.next().value
      where = `fault ${number}, ${nameOf(fault)}`
      const hit = await happens(world, fault, new Random(seed, `fault ${number}`))
      report.hits.push(hit)
      tell(hit, number)
      if (unfenced || number % between === 0) await checkStored(world)
    }
    where = 'the end'
    await world.feed.stop()
    await recovers(world)
    report.totals = await checkStored(world, await world.broker.kafka.offsets(...world.topics))
    await checkNumbers(world)
    checkMemory(report)
  } catch (error) {
    report.failure = `${where}: ${(error as Error).message}\n${logs(world)}`
  }
  return report
}

/** All of them in random order, then all in another one, and so on. */
function* inRandomOrder(all: Fault[], random: Random): Generator<Fault, never> {
  for (;;) {
    const left = [...all]
    while (left.length > 0) yield left.splice(random.below(left.length), 1)[0]!
  }
}

/** One in four does not wait until all goes on: the next one comes when servers and ingesters are there. */
async function happens(world: World, fault: Fault, random: Random): Promise<Hit> {
  const beganAt = performance.now()
  await fault.strike(world, random)
  const endedAt = performance.now()
  const isInHaste = random.below(4) === 0
  await (isInHaste ? begins(world) : recovers(world))
  return {
    name: nameOf(fault),
    ms: endedAt - beganAt,
    recoveredMs: isInHaste ? undefined : performance.now() - endedAt,
    memory: await Promise.all(seated(world).map(memoryOf)),
  }
}

function checkMemory({ hits }: Report): void {
  const most = Math.max(...hits.flatMap(({ memory }) => memory))
  if (most > mostMemory) {
    throw new Error(`An ingester took ${most / 1e6} MB, expected at most ${mostMemory / 1e6}.`)
  }
}

const logs = (world: World): string =>
  seated(world)
    .map((seat) => `The log of seat ${seat.number} ends with:\n${logOf(seat.ingester!)}`)
    .join('\n')
