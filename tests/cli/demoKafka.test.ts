import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { atEnd } from '../support/cleanUp.ts'
import { newDataFolder, serverOptions } from '../support/dataFolder.ts'
import { sluice, startSluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'
import { numberIn } from './summary.ts'

vi.setConfig({ testTimeout: 240_000 })

test('npm start with a Kafka of its own stores each event once and ends with 0; again it goes on', async () => {
  const { folder: parent, remove } = newDataFolder()
  atEnd(remove)
  const folder = join(parent, 'Süße Daten')
  const { jars } = await serverOptions(parent)
  const args = ['demo', '--domain', 'ecommerce', '--events', '10000', '--exit', '--data', folder]
  const goldRows: number[] = []
  for (let times = 1; times <= 2; times += 1) {
    const { code, stdout, stderr } = await sluice(args, { SLUICE_KAFKA_JARS: jars! })
    expect({ code, error: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, error: '' })
    expect(stdout).toContain('Summary of this run, from the broker and the database')
    expect(numberIn(stdout, 'events made')).toBe(10_000)
    expect(numberIn(stdout, 'stored') + numberIn(stdout, 'dead letters')).toBe(10_000)
    expect(stdout).toContain('Exactly once: events made = stored + dead letters.')
    goldRows.push(numberIn(stdout, 'rows in gold'))
  }
  expect(goldRows[0]).toBeGreaterThan(0)
  // of both runs
  expect(goldRows[1]).toBeGreaterThan(goldRows[0]!)
  expect(existsSync(join(folder, 'kafka-data'))).toBe(true)
  expect(existsSync(join(folder, 'events'))).toBe(false)
})

test.each([
  ['Kafka', /^kafka\.pid$/],
  ['PostgreSQL', /^postgres-\d+\.pid$/],
])('npm start ends with 1 when its %s is gone, and names it', async (name, pidFile) => {
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  const { jars } = await serverOptions(folder)
  const args = ['demo', '--domain', 'ecommerce', '--events', '1000000', '--exit', '--data', folder]
  const running = startSluice(args, { SLUICE_KAFKA_JARS: jars! })
  await until('it stores', () => Promise.resolve(/stored [\d,]+\d/.test(running.stdout())))
  const file = readdirSync(folder).find((one) => pidFile.test(one))!
  const [, server] = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { pid: number }[]
  process.kill(server!.pid, 'SIGKILL')
  const { code, stderr } = await running.ended
  expect(stderr).toMatch(new RegExp(`^${name} [\\d.]+ ended by itself\\. Its log: .*\\.log$`, 'm'))
  expect(stderr).not.toMatch(/^ +at /m)
  expect(code).toBe(1)
})
