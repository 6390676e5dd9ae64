import pg from 'pg'
import { until } from '../support/until.ts'
import type { Fault } from './fault.ts'
import { reach, type Point } from './points.ts'
import { complaintOf, notReady, type Seat } from './seat.ts'
import { anySeat, seated, type World } from './world.ts'

const crashed = (point: Point): Fault => ({
  kind: 'PostgreSQL stopped (immediate)',
  point,
  async strike(world, random) {
    const seat = anySeat(world, random)
    const { release } = await reach(seat, point, 1 + random.below(3))
    await world.postgres.crash()
    // what is on its way does not arrive
    seat.postgresLine.cut()
    release()
    await notReady(seated(world), /^database: /m)
    await world.postgres.start()
  },
})

const brokerKilled: Fault = {
  kind: 'broker killed (-9)',
  point: 'at any moment',
  async strike(world) {
    await world.broker.kill()
    await notReady(seated(world), /^ingest: /m)
    await world.broker.start()
  },
}

const readOnly: Fault = {
  kind: 'PostgreSQL read-only',
  point: 'at any moment',
  async strike(world) {
    await setReadOnly(world, 'on')
    await notReady(seated(world), /^database: PostgreSQL is read-only$/m)
    await notReady(seated(world), /^ingest: 25006: /m)
    await setReadOnly(world, 'off')
  },
}

export async function setReadOnly({ postgres }: World, value: 'on' | 'off'): Promise<void> {
  await postgres.ask(`alter system set default_transaction_read_only = ${value}`)
  await postgres.ask('select pg_reload_conf()')
}

const noConnectionLeft: Fault = {
  kind: 'PostgreSQL out of connections',
  point: 'sessions ended, others there',
  async strike(world) {
    const others: pg.Client[] = []
    for (const seat of seated(world)) await takeAll(world, seat, others)
    await Promise.all(others.map((client) => client.end()))
  },
}

/** Takes every connection that the server has, also those of the ingesters, until one says that it gets none. */
async function takeAll(world: World, seat: Seat, others: pg.Client[]): Promise<void> {
  do {
    await world.postgres.ask(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'sluice %'`,
    )
    for (;;) {
      const client = new pg.Client({ connectionString: world.postgres.url('analyst') })
      client.on('error', () => undefined)
      try {
        await client.connect()
        others.push(client)
      } catch {
        break
      }
    }
  } while (!/^ingest: .*no connection left/m.test(await complaintOf(seat)))
}

const diskFull: Fault = {
  kind: 'disk full',
  point: 'at any moment',
  async strike(world) {
    const { postgres, disk } = world
    await disk.fill()
    await notReady(seated(world), /^ingest: 53100: /m)
    await disk.makeRoom()
    // without room for its log it may crash, and not come again by itself
    const answers = () => postgres.ask('select').catch(() => !postgres.isRunning())
    await until('it answers or has ended', answers)
    if (!postgres.isRunning()) await postgres.start()
  },
}

export const serverFaults: Fault[] = [
  crashed('during COPY'),
  crashed('after COMMIT'),
  brokerKilled,
  readOnly,
  noConnectionLeft,
  diskFull,
]
