import { setTimeout as wait } from 'node:timers/promises'
import type { Random } from '../../generator/random.ts'
import type { Fault } from './fault.ts'
import { reach, type Point } from './points.ts'
import { ingesterOf, killIngester, startIngester, stopIngester } from './seat.ts'
import { anySeat, catchesUp, seated, type World } from './world.ts'

const killed = (point: Point): Fault => ({
  kind: 'ingester killed (-9)',
  point,
  async strike(world, random) {
    const seat = anySeat(world, random)
    await reach(seat, point, 1 + random.below(3))
    await killIngester(seat)
  },
})

/** Until the others have its partitions, which is longer than its session lasts; then it wakes and goes on with what it did. */
const frozen = (point: Point): Fault => ({
  kind: 'ingester frozen, woken',
  point,
  async strike(world, random) {
    const seat = anySeat(world, random)
    const { pid } = ingesterOf(seat)
    const { release } = await reach(seat, point, 1 + random.below(3))
    process.kill(pid, 'SIGSTOP')
    await catchesUp(world)
    process.kill(pid, 'SIGCONT')
    release()
  },
})

const stoppedInSilence = (server: 'PostgreSQL' | 'the broker'): Fault => ({
  kind: 'ingester stopped (SIGTERM)',
  point: `${server} does not answer`,
  async strike(world, random) {
    const seat = anySeat(world, random)
    const line = server === 'PostgreSQL' ? seat.postgresLine : seat.kafkaLine
    await reach(seat, 'after COMMIT', 1 + random.below(3)).then(({ release }) => release())
    line.hold()
    await stopIngester(seat)
    line.cut()
    line.release()
  },
})

const storm: Fault = {
  kind: 'rebalance storm',
  point: 'come, go, killed',
  async strike(world, random) {
    for (let move = 0; move < 8; move += 1) {
      await oneComesOrGoes(world, random)
      // not waiting for anything: the next one comes before the group has settled
      await wait(random.below(500))
    }
    for (const seat of world.seats.slice(2)) if (seat.ingester) await stopIngester(seat)
  },
}

async function oneComesOrGoes(world: World, random: Random): Promise<void> {
  const seat = world.seats[random.below(world.seats.length)]!
  if (!seat.ingester) startIngester(seat, world.postgres.url('sluice_ingest'))
  else if (seated(world).length === 1) return
  else if (random.below(3) === 0) await killIngester(seat)
  else await stopIngester(seat)
}

export const ingesterFaults: Fault[] = [
  killed('before COPY'),
  killed('during COPY'),
  killed('before COMMIT'),
  killed('after COMMIT'),
  killed('before the advisory commit'),
  frozen('during COPY'),
  frozen('before COMMIT'),
  stoppedInSilence('PostgreSQL'),
  stoppedInSilence('the broker'),
  storm,
]
