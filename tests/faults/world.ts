import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { readConfig } from '../../cli/config.ts'
import { migrate } from '../../cli/migrate.ts'
import { Random } from '../../generator/random.ts'
import { prepareDatabase, withClient } from '../../local/postgresDatabase.ts'
import { atEnd } from '../support/cleanUp.ts'
import { newDataFolder } from '../support/dataFolder.ts'
import { until } from '../support/until.ts'
import { startBroker, type Broker } from './broker.ts'
import { startFeed, type Feed } from './feed.ts'
import { mountDisk, triggersAsDisk, type Disk } from './fullDisk.ts'
import { kafkaFrames, postgresFrames } from './frames.ts'
import { openLine } from './line.ts'
import { makePostgres, password, type PostgresNode } from './postgresNode.ts'
import { complaintOf, startIngester, type Seat } from './seat.ts'

/** Servers, ingesters and a producer, all of this run alone, and lines between them that can fail. */
export interface World {
  broker: Broker
  /** The one that the lines lead to. */
  postgres: PostgresNode
  disk: Disk
  topics: string[]
  /** The first two have an ingester whenever no fault is under way. */
  seats: Seat[]
  feed: Feed
}

const seatCount = 4
const usual = 2
const partitions = 3

export async function makeWorld(seed: number): Promise<World> {
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  mkdirSync(join(folder, 'kafka'))
  const seats: Seat[] = []
  for (let number = 0; number < seatCount; number += 1) {
    const kafkaLine = await openLine(kafkaFrames)
    const postgresLine = await openLine(postgresFrames)
    seats.push({ number, kafkaLine, postgresLine, ingester: undefined })
  }
  const mounted = await mountDisk(join(folder, 'disk'))
  const [broker, postgres] = await Promise.all([
    startBroker(
      join(folder, 'kafka'),
      seats.map((seat) => seat.kafkaLine),
    ),
    makePostgres(join(folder, 'disk')),
  ])
  await prepareDatabase(postgres.url('postgres'), 'sluice')
  const config = { DATABASE_URL: postgres.url('postgres'), SLUICE_ROLE_PASSWORD: password }
  await migrate(readConfig(config))
  const topics = [await broker.kafka.topic('one', { numPartitions: partitions })]
  topics.push(await broker.kafka.topic('other', { numPartitions: partitions }))
  const feed = await startFeed(broker.kafka.brokers, topics, new Random(seed, 'feed'))
  const tables = topics.map((topic) => topic.replaceAll('-', '_'))
  const disk = mounted ?? triggersAsDisk(() => world.postgres, tables)
  const world: World = { broker, postgres, disk, topics, seats, feed }
  leadTo(world, postgres)
  await asOwner(world, async (owner) => {
    for (const topic of topics) await owner.query('select ops.add_source($1)', [topic])
  })
  return world
}

/** Has all lines lead to this PostgreSQL from now on. */
export function leadTo(world: World, postgres: PostgresNode): void {
  world.postgres = postgres
  for (const { postgresLine } of world.seats) postgresLine.leadTo(postgres.port)
}

export const asOwner = <Result>(
  { postgres }: World,
  work: (owner: pg.Client) => Promise<Result>,
): Promise<Result> => withClient(postgres.url('sluice_owner'), work)

export const seated = (world: World): Seat[] => world.seats.filter((seat) => seat.ingester)

function fillSeats(world: World): void {
  for (const seat of world.seats.slice(0, usual)) {
    if (!seat.ingester) startIngester(seat, world.postgres.url('sluice_ingest'))
  }
}

/** A seat with an ingester. */
export function anySeat(world: World, random: Random): Seat {
  const taken = seated(world)
  return taken[random.below(taken.length)]!
}

/** Where the partitions stand, by topic and number. */
async function positions(world: World): Promise<Map<string, number>> {
  const rows = await asOwner(world, async (owner) => {
    const { rows } = await owner.query<{ topic: string; partition: number; next: number }>(
      `select topic, kafka_partition as partition, next_offset::int as next
      from ops.offsets join ops.sources using (source_id)`,
    )
    return rows
  })
  return new Map(rows.map(({ topic, partition, next }) => [`${topic}/${partition}`, next]))
}

/** Waits until everything that the broker has now is stored. */
export async function catchesUp(world: World): Promise<void> {
  const ends = await until('the broker tells its ends', () =>
    world.broker.kafka.offsets(...world.topics).catch(() => false as const),
  )
  await until(
    'each partition is stored up to where its end was',
    async () => {
      const stored = await positions(world).catch(() => undefined)
      return ends.every(
        ({ topic, partition, end }) => (stored?.get(`${topic}/${partition}`) ?? -1) >= end,
      )
    },
    { everyMs: 50 },
  )
}

/** Waits until the usual ingesters are there: one that starts without servers ends, as it should. */
export async function begins(world: World): Promise<void> {
  fillSeats(world)
  await Promise.all(seated(world).map(complaintOf))
}

/** Waits until the usual ingesters are there and ready, and all goes on. */
export async function recovers(world: World): Promise<void> {
  fillSeats(world)
  await catchesUp(world)
  for (const seat of seated(world)) {
    await until(`seat ${seat.number} is ready`, async () => (await complaintOf(seat)) === '')
  }
}
