import { appendFileSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, expect, it } from 'vitest'
import { generateOptions } from '../../generator/index.ts'
import { runGenerator } from '../../generator/run.ts'
import { newDataFolder } from '../support/dataFolder.ts'
import { events, start } from './support.ts'

const logger = pino({ level: 'silent' })
const options = generateOptions({
  domains: 'ecommerce',
  start,
  events: 20_000,
  rhythm: false,
  poison: 0.01,
})
const { folder, remove } = newDataFolder()
afterAll(remove)

const generate = (to: string) => runGenerator({ options, sink: to, isPaced: false, logger })
const linesOf = (to: string, topic: string) =>
  readFileSync(join(to, `${topic}.records.ndjson`), 'utf8')
    .trimEnd()
    .split('\n')

it('a folder has a file for each topic, with every event, byte for byte, in order', async () => {
  const to = join(folder, 'made', 'here/')
  const { byTopic } = await generate(to)
  const made = events({ poison: 0.01 })
  expect(readdirSync(to).toSorted()).toEqual(
    Object.keys(byTopic)
      .toSorted()
      .map((topic) => `${topic}.records.ndjson`),
  )
  for (const topic of Object.keys(byTopic)) {
    const read = linesOf(to, topic).map((line) => {
      const { key, value, value_base64 } = JSON.parse(line) as Record<string, unknown>
      const bytes =
        value === undefined
          ? Buffer.from(value_base64 as string, 'base64')
          : Buffer.from(JSON.stringify(value))
      return { key, bytes: bytes.toString('hex') }
    })
    expect(read).toEqual(
      made
        .filter((event) => event.topic === topic)
        .map(({ key, value }) => ({ key, bytes: Buffer.from(value as string).toString('hex') })),
    )
  }
})

it('what is there is appended to, behind a line that was left without its end', async () => {
  const to = join(folder, 'again/')
  const first = await generate(to)
  const topic = 'ecommerce-searches'
  appendFileSync(join(to, `${topic}.records.ndjson`), '{"key":"half')
  await generate(to)
  const lines = linesOf(to, topic)
  const count = first.byTopic[topic]!
  expect(lines).toHaveLength(2 * count + 1)
  expect(lines[count]).toBe('{"key":"half')
  expect(lines.slice(count + 1)).toEqual(lines.slice(0, count))
})

it('a file in the place of the folder is an error that names it', async () => {
  const to = join(folder, 'file/')
  writeFileSync(join(folder, 'file'), '')
  await expect(generate(to)).rejects.toThrow(/^The events could not be written to .*file\/: /)
})
