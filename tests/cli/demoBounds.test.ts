// What keeps the data folder of `npm start` from growing for ever.
import { appendFileSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { expect, test, vi } from 'vitest'
import { openEventFolder } from '../../cli/demo/eventFolder.ts'
import { shortenLogs } from '../../cli/demo/bounds.ts'
import { atEnd } from '../support/cleanUp.ts'
import { newDataFolder } from '../support/dataFolder.ts'
import { testDatabase } from '../support/database.ts'
import { sluiceOk, startSluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'

vi.setConfig({ testTimeout: 240_000 })

const line = (topic: string, n: number) => `{"topic":"${topic}","key":"k","value":{"n":${n}}}\n`

function newFolder(): string {
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  return folder
}

test('events go into files of their topic, line by line as they were written, and into a next one when a file is long', async () => {
  const folder = newFolder()
  const text = Array.from({ length: 9 }, (_, n) => line(n % 3 === 0 ? 'tea' : 'cakes', n)).join('')
  // cut anywhere, also within lines
  const chunks = text.match(/[^]{1,70}/g)!.map((part) => Buffer.from(part))
  await pipeline(Readable.from(chunks), openEventFolder(folder, 100).sink)
  const linesOf = (topic: string) =>
    readdirSync(join(folder, topic))
      .sort()
      .map((name) => readFileSync(join(folder, topic, name), 'utf8'))
  expect(linesOf('tea').join('')).toBe([0, 3, 6].map((n) => line('tea', n)).join(''))
  expect(linesOf('cakes').join('')).toBe([1, 2, 4, 5, 7, 8].map((n) => line('cakes', n)).join(''))
  expect(linesOf('cakes').length).toBeGreaterThan(1)
})

test('a file goes when all of its lines are stored, and not before', async () => {
  const database = await testDatabase('migrated')
  const owner = await database.client()
  await owner.query(`select ops.add_source('tea')`)
  const folder = newFolder()
  await pipeline(Readable.from([Buffer.from(line('tea', 1))]), openEventFolder(folder).sink)
  const [name] = readdirSync(join(folder, 'tea'))
  const path = join(folder, 'tea', name!)
  const later = openEventFolder(folder)

  await later.removeTaken(owner)
  expect(existsSync(path)).toBe(true)

  const env = { DATABASE_URL: database.url('sluice_ingest') }
  await sluiceOk(['ingest', '--files', folder, '--until-caught-up'], env)
  appendFileSync(path, line('tea', 2))
  await later.removeTaken(owner)
  expect(existsSync(path)).toBe(true)

  await sluiceOk(['ingest', '--files', folder, '--until-caught-up'], env)
  await later.removeTaken(owner)
  expect(existsSync(path)).toBe(false)
  await sluiceOk(['ingest', '--files', folder, '--until-caught-up'], env)
  expect((await owner.query('select payload from bronze.tea order by kafka_offset')).rows).toEqual([
    { payload: { n: 1 } },
    { payload: { n: 2 } },
  ])
  expect((await owner.query('select from ops.incidents')).rows).toEqual([])
})

test('a log that has grown too long is cut short, and what was in it kept beside', async () => {
  const folder = newFolder()
  writeFileSync(join(folder, 'long.log'), 'x'.repeat(101))
  writeFileSync(join(folder, 'short.log'), 'x'.repeat(100))
  await shortenLogs(folder, 100)
  appendFileSync(join(folder, 'long.log'), 'more')
  expect(readFileSync(join(folder, 'long.log'), 'utf8')).toBe('more')
  expect(readFileSync(join(folder, 'long.log.old'), 'utf8')).toBe('x'.repeat(101))
  expect(readFileSync(join(folder, 'short.log'), 'utf8')).toBe('x'.repeat(100))
})

test('no more events are made once the database is as large as --limit, and all else goes on', async () => {
  const folder = newFolder()
  const demo = startSluice([
    'demo',
    '--no-kafka',
    '--no-grafana',
    '--domain',
    'sales',
    '--limit',
    '0.001',
    '--data',
    folder,
  ])
  await until('the limit is told', () => demo.stdout().includes('no more events are made'))
  const told = demo.stdout().length
  await until('figures are shown after that', () => / events\/s /.test(demo.stdout().slice(told)))
  expect(demo.isRunning()).toBe(true)
  expect(readFileSync(join(folder, 'logs/generate.log'), 'utf8')).toContain('generator finished')
  const { code } = await demo.kill('SIGTERM')
  expect(code).toBe(0)
})
