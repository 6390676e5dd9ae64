import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { generateOptions } from '../../generator/index.ts'
import { formatOf } from '../../generator/replay/formatOf.ts'
import { readRecords } from '../../generator/replay/readRecords.ts'
import { isFault } from '../../generator/replay/record.ts'
import { runGenerator } from '../../generator/run.ts'
import { events, start } from './support.ts'

const logger = pino({ level: 'silent' })
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-generator-'))
})
afterAll(() => rm(folder, { recursive: true }))

const options = generateOptions({
  domains: 'ecommerce',
  start,
  events: 20_000,
  rhythm: false,
  poison: 0.01,
})

it('a file holds every event, byte for byte', async () => {
  const path = join(folder, 'events.ndjson')
  const result = await runGenerator({ options, sink: path, isPaced: false, logger })
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  const read = lines.map((line) => {
    const { topic, key, value, value_base64 } = JSON.parse(line) as Record<string, unknown>
    const bytes =
      value === undefined
        ? Buffer.from(value_base64 as string, 'base64')
        : Buffer.from(JSON.stringify(value))
    return { topic, key, bytes: bytes.toString('hex') }
  })
  const made = events({ poison: 0.01 }).map(({ topic, key, value }) => {
    return { topic, key, bytes: Buffer.from(value as string).toString('hex') }
  })
  expect(read).toEqual(made)
  expect(result.events).toBe(20_000)
  expect(result.byTopic['ecommerce-products']).toBe(500)
})

it('a line has the time of its event only where Kafka has the only one', async () => {
  const path = join(folder, 'timed.ndjson')
  const two = { domains: 'sales,activity', start, rhythm: false, events: 1_000 }
  await runGenerator({ options: generateOptions(two), sink: path, isPaced: false, logger })
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  const times = lines.map((line) => (JSON.parse(line) as { timestamp?: number }).timestamp)
  expect(times).toEqual(
    events(two).map(({ topic, due }) => (topic === 'sales_topic' ? due : undefined)),
  )
})

it('at a speed an hour of events takes less than an hour, and they are the same', async () => {
  const hour = { domains: 'sales', start, rhythm: false, rate: 1, events: 3_600 }
  const bytes = async (path: string, isPaced: boolean, speed?: number) => {
    const options = generateOptions({ ...hour, ...(speed ? { speed } : {}) })
    await runGenerator({ options, sink: path, isPaced, logger })
    return readFile(path, 'utf8')
  }
  const paced = await bytes(join(folder, 'paced.ndjson'), true, 36_000)
  expect(paced).toBe(await bytes(join(folder, 'unpaced.ndjson'), false))
})

type Field = string | number | null

const clean = { start, rhythm: false, events: 3_000, rate: 50 }

it.each([
  { domains: 'activity', file: 'activity.csv' },
  { domains: 'sales', file: 'sales.json' },
])('$file is what replay reads, without what is broken', async ({ domains, file }) => {
  const path = join(folder, file)
  const options = generateOptions({ ...clean, domains, poison: 0.05 })
  const { events: written } = await runGenerator({ options, sink: path, isPaced: false, logger })
  const read: unknown[] = []
  const replay = { path, delimiter: ',', emptyAsText: false }
  for await (const items of readRecords(createReadStream(path), formatOf(replay))) {
    for (const item of items) {
      if (isFault(item)) expect.fail(item.fault)
      read.push(JSON.parse(item.value.toString()))
    }
  }
  const made = events({ ...clean, domains, poison: 0.05 })
    .filter((event) => !event.isBroken)
    .map((event) => JSON.parse(event.value as string) as Record<string, Field>)
  const asText = (value: Field) => (value === null ? null : String(value))
  const expected = made.map((event) =>
    file.endsWith('.csv')
      ? Object.fromEntries(Object.entries(event).map(([name, value]) => [name, asText(value)]))
      : event,
  )
  expect(read).toEqual(expected)
  expect(written).toBe(expected.length)
})

it('an array is closed, also when the signal ended it', async () => {
  const path = join(folder, 'ended.json')
  const stop = new AbortController()
  const options = generateOptions({ domains: 'sales', start, rate: 2_000 })
  const running = runGenerator({
    options,
    sink: path,
    isPaced: true,
    signal: stop.signal,
    logger,
  })
  while ((await readFile(path, 'utf8').catch(() => '')).length < 5_000) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  stop.abort()
  const { events: stored } = await running
  expect(JSON.parse(await readFile(path, 'utf8'))).toHaveLength(stored)
})

it('a file for replay is of one topic', async () => {
  const sink = join(folder, 'two.csv')
  await expect(runGenerator({ options, sink, isPaced: false, logger })).rejects.toThrow(
    /two\.csv can hold the events of one topic, but these are of 5: ecommerce-products/,
  )
})

it('a folder that is not there is an error that names the file', async () => {
  const path = join(folder, 'nowhere', 'events.ndjson')
  await expect(runGenerator({ options, sink: path, isPaced: false, logger })).rejects.toThrow(
    `could not be written to ${path}`,
  )
})

it('the signal ends a stream without end, with the events so far', async () => {
  const path = join(folder, 'endless.ndjson')
  const endless = generateOptions({ domains: 'ecommerce', start, rate: 2_000 })
  const stop = new AbortController()
  const running = runGenerator({
    options: endless,
    sink: path,
    isPaced: true,
    signal: stop.signal,
    logger,
  })
  while ((await readFile(path, 'utf8').catch(() => '')).length < 50_000) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  stop.abort()
  const { events: stored } = await running
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  expect(lines).toHaveLength(stored)
})
