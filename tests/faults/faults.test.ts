import { afterEach, expect, test, vi } from 'vitest'
import { cleanUp } from '../support/cleanUp.ts'
import { runFaults, type Options } from './runFaults.ts'
import { command } from './summary.ts'

vi.setConfig({ testTimeout: 480_000 })

const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 2 ** 31)

afterEach(cleanUp)

test('whatever happens, in any order, every event is stored once', async () => {
  const options: Options = { count: 25, seed }
  console.log(`Again: ${command(options)}`)
  const { failure, hits } = await runFaults(options)
  expect(failure).toBe(undefined)
  expect(new Set(hits.map(({ name }) => name)).size).toBe(25)
})

test('without the fence, what a frozen ingester stores late is found', async () => {
  const { failure } = await runFaults({ count: 10, seed, only: 'frozen', unfenced: true })
  expect(failure).toMatch(/^fault \d+, ingester frozen, woken: .* are not as they must be/)
})
