import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { generateOptions } from '../../generator/index.ts'
import { runGenerator } from '../../generator/run.ts'
import { events, start } from './support.ts'

const logger = pino({ level: 'silent' })
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-generator-'))
})
afterAll(() => rm(folder, { recursive: true }))

const options = generateOptions({ start, events: 20_000, rhythm: false, poison: 0.01 })

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

it('a folder that is not there is an error that names the file', async () => {
  const path = join(folder, 'nowhere', 'events.ndjson')
  await expect(runGenerator({ options, sink: path, isPaced: false, logger })).rejects.toThrow(
    `could not be written to ${path}`,
  )
})

it('the signal ends a stream without end, with the events so far', async () => {
  const path = join(folder, 'endless.ndjson')
  const endless = generateOptions({ start, rate: 2_000 })
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
