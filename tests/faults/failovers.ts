import { until } from '../support/until.ts'
import type { Fault } from './fault.ts'
import { noFrames } from './frames.ts'
import { openLine, type Line } from './line.ts'
import type { PostgresNode } from './postgresNode.ts'
import { reach } from './points.ts'
import { anySeat, leadTo, type World } from './world.ts'

/** A standby that has got everything, when the primary is stopped. */
const switchover: Fault = {
  kind: 'failover',
  point: 'nothing lost',
  async strike(world) {
    const { standby } = await followed(world)
    const old = world.postgres
    await old.stop()
    await takeOver(world, standby)
    old.remove()
  },
}

/** An asynchronous standby that has not got the last commits: the positions go back, and so must the ingesters. */
const withLoss: Fault = {
  kind: 'failover',
  point: 'last commits lost',
  async strike(world, random) {
    const { standby, line } = await followed(world)
    const old = world.postgres
    line.hold()
    const got = await stored(standby)
    await until(
      'more is committed than the standby has',
      async () => (await stored(old)) > got + 100,
    )
    const had = await stored(old)
    const { release } = await reach(anySeat(world, random), 'after COMMIT', 1)
    await old.crash()
    for (const seat of world.seats) seat.postgresLine.cut()
    release()
    line.cut()
    await takeOver(world, standby, had)
    old.remove()
  },
}

async function followed(world: World): Promise<{ standby: PostgresNode; line: Line }> {
  const line = await openLine(noFrames)
  line.leadTo(world.postgres.port)
  const standby = await world.postgres.standby(line.port)
  await until('the standby follows', async () => {
    const rows = await world.postgres.ask(
      `select from pg_stat_replication where state = 'streaming' and replay_lag is not null`,
    )
    return rows.length > 0
  })
  return { standby, line }
}

/** Promotes a standby, which must have less than this, and leads the lines there. */
async function takeOver(world: World, standby: PostgresNode, hadMore?: number): Promise<void> {
  await standby.promote()
  const has = await stored(standby)
  if (hadMore !== undefined && has >= hadMore) {
    throw new Error(
      `The standby has ${has} events, expected less than the ${hadMore} of the primary.`,
    )
  }
  leadTo(world, standby)
}

async function stored(postgres: PostgresNode): Promise<number> {
  const [row] = await postgres.ask<{ sum: number }>('select sum(next_offset)::int from ops.offsets')
  return row!.sum
}

export const failovers: Fault[] = [switchover, withLoss]
