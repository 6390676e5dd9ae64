import {
  existsSync,
  lstatSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { engineViews, exampleViews } from '../../cli/viewFolders.ts'
import { atEnd } from '../support/cleanUp.ts'
import { newDataFolder } from '../support/dataFolder.ts'
import { sluice } from '../support/sluice.ts'
import { numberIn } from './summary.ts'

vi.setConfig({ testTimeout: 240_000 })

const domains = ['--domain', 'ecommerce,sales']

test('--domain leaves out the models of the other examples alone', () => {
  const [engine, ...folders] = exampleViews(['ecommerce', 'sales'])
  expect(engine).toBe(engineViews)
  expect(folders.map((folder) => basename(folder))).toEqual(['ecommerce', 'sales', 'shared'])
})

test('npm start without Kafka makes its events, stores each once and ends with 0; again it goes on', async () => {
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  const start = () =>
    sluice(['demo', '--no-kafka', ...domains, '--events', '10000', '--exit', '--data', folder])
  for (const times of [1, 2]) {
    const { code, stdout, stderr } = await start()
    expect({ code, error: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, error: '' })
    expect(stdout).toContain('Summary of this run, from the files and the database')
    expect(numberIn(stdout, 'events made')).toBe(10_000)
    expect(numberIn(stdout, 'stored') + numberIn(stdout, 'dead letters')).toBe(10_000)
    expect(stdout).toContain('Exactly once: events made = stored + dead letters.')
    // models have all of both runs, and the files of the first run went when all of it was stored
    expect(ordersIn(stdout)).toBeGreaterThan(times * 3_000)
    const before = times === 1 ? 0 : 7
    expect(linesBelow(join(folder, 'events'))).toHaveLength(before + 10_000)
    // as of a run that was killed before all of it was read: the next run stores it, and counts its own
    leaveBehind(join(folder, 'events', 'sales_topic'), 7)
  }
  expect(existsSync(join(folder, 'kafka-data'))).toBe(false)
})

test('npm start goes through files where there is no Kafka', async () => {
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  const env = { PATH: pathWithout(['java', 'mvn', 'docker']), JAVA_HOME: '' }
  const { code, stdout } = await sluice(
    ['demo', ...domains, '--events', '1000', '--exit', '--data', folder],
    env,
  )
  expect(stdout).toContain('There is no Kafka to use. Found: no java on PATH')
  expect(stdout).toContain('Exactly once: events made = stored + dead letters.')
  expect(code).toBe(0)
})

test('npm start goes through files where Maven cannot fetch Kafka, and says so in a line', async () => {
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  const nobody = ['http', 'https'].map((one) => `-D${one}.proxyHost=127.0.0.1 -D${one}.proxyPort=9`)
  const env = {
    SLUICE_KAFKA_JARS: '',
    HOME: folder,
    MAVEN_OPTS: [`-Dmaven.repo.local=${join(folder, 'm2')}`, ...nobody].join(' '),
  }
  const { code, stdout } = await sluice(
    ['demo', ...domains, '--events', '1000', '--exit', '--data', join(folder, 'data')],
    env,
  )
  expect(stdout).toMatch(/^There is no Kafka to use\. Found: Maven could not fetch Kafka .+$/m)
  expect(stdout).toContain('Exactly once: events made = stored + dead letters.')
  expect(code).toBe(0)
})

test('a domain that does not exist is a mistake, told before anything starts', async () => {
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  const { code, stderr } = await sluice(['demo', '--domain', 'sales,shoes', '--data', folder])
  expect(stderr).toMatch(/^There is no domain "shoes"\. --domain takes one or more of .*sales/)
  expect(code).toBe(1)
  expect(readdirSync(folder)).toEqual([])
})

test.each([
  ['--events', 'abc'],
  ['--events', '0'],
  ['--rate', '-5'],
  ['--seed', 'x'],
])('%s %s is a mistake, told before anything starts', async (option, value) => {
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  const { code, stderr } = await sluice(['demo', option, value, '--data', folder])
  expect(stderr).toContain(`${option.slice(2)} is "${value}": expected `)
  expect(stderr).not.toMatch(/^ +at /m)
  expect(code).toBe(1)
  expect(readdirSync(folder)).toEqual([])
})

/** Of the table of gold.sales_totals, whose first column they are. */
function ordersIn(summary: string): number {
  return Number(/gold\.sales_totals.*\n.*orders.*\n +(\d+)/.exec(summary)?.[1])
}

/** A file with lines of those that are there, as an earlier run would have written it. */
function leaveBehind(folder: string, count: number): void {
  const lines = linesBelow(folder).slice(0, count)
  writeFileSync(join(folder, '20260101T000000Z-000001.records.ndjson'), `${lines.join('\n')}\n`)
}

function linesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap(({ parentPath, name }) =>
      readFileSync(join(parentPath, name), 'utf8').trimEnd().split('\n'),
    )
}

/** A PATH with all programs of ours but these. */
function pathWithout(names: string[]): string {
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  for (const part of process.env.PATH!.split(delimiter).filter(existsSync)) {
    for (const name of readdirSync(part)) {
      const link = join(folder, name)
      if (!names.includes(name) && !lstatSync(link, { throwIfNoEntry: false }))
        symlinkSync(join(part, name), link)
    }
  }
  return folder
}
