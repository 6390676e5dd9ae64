import { once } from 'node:events'
import { createServer } from 'node:net'
import { readdirSync } from 'node:fs'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { UserError } from '../../cli/userError.ts'
import { withClient } from '../../local/postgresDatabase.ts'
import { isAlive } from '../../local/processes.ts'
import {
  findOrStartKafka,
  findOrStartPostgres,
  type LocalKafka,
  type LocalPostgres,
} from '../../local/servers.ts'
import { newDataFolder, optionsFor, processesOf } from './dataFolder.ts'
import { startHolder, type Holder } from './holder.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 })

// One after the other: each goes on with the servers as the one before left them.
describe('local servers', () => {
  const { folder, remove } = newDataFolder()
  const largeValue = Buffer.alloc(20 * 1024 * 1024, 'x')
  let holder: Holder
  let postgres: LocalPostgres | undefined
  let kafka: LocalKafka | undefined

  beforeAll(async () => {
    holder = await startHolder(folder, 'postgres', 'kafka')
  })

  afterAll(async () => {
    holder.process.kill('SIGKILL')
    await postgres?.stop()
    await kafka?.stop()
    remove()
  })

  test('store a row and a value of 20 MB', async () => {
    await withClient(holder.adminUrl, async (client) => {
      await client.query('create table public.kept as select 42 as answer')
    })
    const admin = kafkaClient(holder.brokers).admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: 'kept' }], waitForLeaders: true })
    await admin.disconnect()
    const producer = kafkaClient(holder.brokers).producer()
    await producer.connect()
    const [sent] = await producer.send({ topic: 'kept', messages: [{ value: largeValue }] })
    await producer.disconnect()
    expect(sent?.baseOffset).toBe('0')
  })

  test('refuse a second process, naming the one that holds them', async () => {
    for (const start of [findOrStartPostgres, findOrStartKafka]) {
      const error: unknown = await start(optionsFor(folder)).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(UserError)
      expect((error as Error).message).toContain(`in use by process ${holder.process.pid} (node`)
      expect((error as Error).message).toContain('--data FOLDER')
    }
  })

  test('end within 15 s when their parent is killed with kill -9', async () => {
    const processes = [...processesOf(folder, 'postgres'), ...processesOf(folder, 'kafka')]
    expect(processes.filter(isAlive)).toHaveLength(4)
    holder.process.kill('SIGKILL')
    await vi.waitFor(() => expect(processes.filter(isAlive)).toEqual([]), {
      timeout: 15_000,
      interval: 20,
    })
  })

  test('start again with their data, on other ports where theirs are taken', async () => {
    const formerPorts = [Number(new URL(holder.adminUrl).port), portOf(holder.brokers)]
    const squatters = formerPorts.map((port) => createServer().listen(port, '127.0.0.1'))
    await Promise.all(squatters.map((squatter) => once(squatter, 'listening')))
    ;[postgres, kafka] = await Promise.all([
      findOrStartPostgres(optionsFor(folder)),
      findOrStartKafka(optionsFor(folder)),
    ])
    squatters.forEach((squatter) => squatter.close())

    const { rows } = await withClient(postgres.adminUrl, (client) =>
      client.query('select answer from public.kept'),
    )
    expect(rows).toEqual([{ answer: 42 }])
    // Compared at once: toEqual would look at 20 million keys.
    expect((await firstValue(kafka.brokers, 'kept'))?.equals(largeValue)).toBe(true)
    expect(formerPorts).not.toContain(Number(new URL(postgres.adminUrl).port))
    expect(formerPorts).not.toContain(portOf(kafka.brokers))
  })

  test('end by stop(), which may be called twice, and leave no lock', async () => {
    const processes = [...processesOf(folder, 'postgres'), ...processesOf(folder, 'kafka')]
    await Promise.all([postgres?.stop(), kafka?.stop(), postgres?.stop()])
    await kafka?.stop()
    expect(processes.filter(isAlive)).toEqual([])
    expect(readdirSync(folder).filter((name) => /lock|pid|new/.test(name))).toEqual([])
  })
})

function kafkaClient(brokers: string[]): Kafka {
  return new Kafka({ brokers, logLevel: logLevel.NOTHING })
}

function portOf(brokers: string[]): number {
  return Number(brokers[0]?.split(':')[1])
}

async function firstValue(brokers: string[], topic: string): Promise<Buffer | null> {
  const consumer = kafkaClient(brokers).consumer({ groupId: 'test', maxBytesPerPartition: 1 << 25 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const value = await new Promise<Buffer | null>((resolve) => {
    void consumer.run({
      // eslint-disable-next-line @typescript-eslint/require-await -- kafkajs wants a promise
      eachMessage: async ({ message }) => resolve(message.value),
    })
  })
  await consumer.disconnect()
  return value
}
