// A broker behind a line that falls silent: nothing is refused, nothing is answered.
import { beforeAll, expect, test } from 'vitest'
import { startBroker, type Broker } from '../faults/broker.ts'
import { kafkaFrames } from '../faults/frames.ts'
import { openLine, type Line } from '../faults/line.ts'
import { atEnd } from '../support/cleanUp.ts'
import { newDataFolder } from '../support/dataFolder.ts'
import type { RunningSluice } from '../support/sluice.ts'
import { onAnyPort, ready } from './endpoints.ts'
import { ingesting, type Ingesting } from './ingesting.ts'

let line: Line
let broker: Broker
let world: Ingesting

beforeAll(async () => {
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  line = await openLine(kafkaFrames)
  broker = await startBroker(folder, [line])
  world = await ingesting([`127.0.0.1:${line.port}`], onAnyPort)
})

/** An ingester at work, and how to give it one more event. */
async function atWork(
  base: string,
): Promise<{ running: RunningSluice; more: () => Promise<unknown> }> {
  const { kafka } = broker
  const topic = await kafka.topic(base)
  await world.addSource(topic)
  let events = 0
  const more = async () => {
    await kafka.produce(topic, [{ value: { number: (events += 1) } }])
    await world.stored(topic, events)
  }
  const running = world.start()
  await more()
  return { running, more }
}

test('connections that the network has forgotten are given up for new ones', async () => {
  const { running, more } = await atWork('forgotten')
  atEnd(line.forget())
  await more()
  expect((await running.kill('SIGTERM')).code).toBe(0)
  await world.rows('select ops.pause_source(topic) from ops.sources')
})

test('so they are while there is nothing to read yet', async () => {
  const running = world.start()
  await ready(running)
  atEnd(line.forget())
  const topic = await broker.kafka.topic('late')
  await world.addSource(topic)
  await broker.kafka.produce(topic, [{ value: '{}' }])
  await world.stored(topic, 1)
  expect((await running.kill('SIGTERM')).code).toBe(0)
})

test('a broker that does not answer does not hold up an ingester that is told to stop', async () => {
  const { running } = await atWork('stopped')
  line.hold()
  atEnd(line.release)
  const askedAt = performance.now()
  expect((await running.kill('SIGTERM')).code).toBe(0)
  expect(performance.now() - askedAt).toBeLessThan(10_000)
})
