import type { Fault } from './fault.ts'
import { isCommitted, isHeartbeat, reach, type Point } from './points.ts'
import { notReady } from './seat.ts'
import { anySeat, catchesUp, recovers } from './world.ts'

const cut = (point: Point): Fault => ({
  kind: 'PostgreSQL line cut',
  point,
  async strike(world, random) {
    const seat = anySeat(world, random)
    const { release } = await reach(seat, point, 1 + random.below(3))
    seat.postgresLine.cut()
    release()
  },
})

/** The server goes on waiting in its COPY, while the same rows come over another connection. */
const serverNotTold: Fault = {
  kind: 'PostgreSQL line half-open',
  point: 'server not told, during COPY',
  async strike(world, random) {
    const seat = anySeat(world, random)
    await reach(seat, 'during COPY', 1 + random.below(3))
    const tellServer = seat.postgresLine.cutClients()
    await catchesUp(world)
    tellServer()
  },
}

const postgresSilent: Fault = {
  kind: 'PostgreSQL line half-open',
  point: 'silent, then cut',
  async strike(world, random) {
    const { postgresLine, ...seat } = anySeat(world, random)
    postgresLine.hold()
    await notReady([{ postgresLine, ...seat }], /^database: PostgreSQL has not answered for 3 s$/m)
    postgresLine.cut()
    postgresLine.release()
  },
}

/** As a firewall does that was restarted: what was there is dead and nobody says so; what is new works. */
const postgresForgotten: Fault = {
  kind: 'PostgreSQL line half-open',
  point: 'forgotten, during COPY',
  async strike(world, random) {
    const seat = anySeat(world, random)
    const { release } = await reach(seat, 'during COPY', 1 + random.below(3))
    const tellServer = seat.postgresLine.forget()
    release()
    await catchesUp(world)
    tellServer()
  },
}

const postgresSlow: Fault = {
  kind: 'PostgreSQL line slow',
  point: '40 kB/s',
  async strike(world, random) {
    const { postgresLine } = anySeat(world, random)
    postgresLine.slowDown(40_000)
    await postgresLine.seen(isCommitted, 5)
    postgresLine.release()
  },
}

const brokerCut: Fault = {
  kind: 'broker line cut',
  point: 'at any moment',
  strike(world, random) {
    anySeat(world, random).kafkaLine.cut()
    return Promise.resolve()
  },
}

const brokerSilent: Fault = {
  kind: 'broker line half-open',
  point: 'silent, then cut',
  async strike(world, random) {
    const seat = anySeat(world, random)
    seat.kafkaLine.hold()
    await notReady([seat], /^ingest: /m)
    // the others have its partitions
    await catchesUp(world)
    seat.kafkaLine.cut()
    seat.kafkaLine.release()
  },
}

const brokerForgotten: Fault = {
  kind: 'broker line half-open',
  point: 'forgotten',
  async strike(world, random) {
    const { kafkaLine, ...seat } = anySeat(world, random)
    const tellServer = kafkaLine.forget()
    await notReady([{ kafkaLine, ...seat }], /^ingest: /m)
    await recovers(world)
    tellServer()
  },
}

const brokerSlow: Fault = {
  kind: 'broker line slow',
  point: '100 kB/s',
  async strike(world, random) {
    const { kafkaLine } = anySeat(world, random)
    kafkaLine.slowDown(100_000)
    await kafkaLine.seen(isHeartbeat, 3)
    kafkaLine.release()
  },
}

export const lineFaults: Fault[] = [
  cut('during COPY'),
  cut('before COMMIT'),
  cut('after COMMIT'),
  serverNotTold,
  postgresSilent,
  postgresForgotten,
  postgresSlow,
  brokerCut,
  brokerSilent,
  brokerForgotten,
  brokerSlow,
]
