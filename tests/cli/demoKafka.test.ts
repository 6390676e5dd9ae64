import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { atEnd } from '../support/cleanUp.ts'
import { newDataFolder, serverOptions } from '../support/dataFolder.ts'
import { sluice } from '../support/sluice.ts'
import { numberIn } from './summary.ts'

vi.setConfig({ testTimeout: 240_000 })

test('npm start with a Kafka of its own stores each event once and ends with 0; again it goes on', async () => {
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  const { jars } = await serverOptions(folder)
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
