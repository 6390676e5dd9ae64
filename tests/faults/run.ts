// npm run faults -- --count 300 --seed 1 [--only TEXT] [--unfenced], or --outages SECONDS
import { parseArgs } from 'node:util'
import { cleanUp } from '../support/cleanUp.ts'
import { runOutages } from './outages.ts'
import { runFaults } from './runFaults.ts'
import { lineOf, summary } from './summary.ts'

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '25' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    only: { type: 'string' },
    unfenced: { type: 'boolean', default: false },
    outages: { type: 'string' },
  },
})
const options = { ...values, count: Number(values.count), seed: Number(values.seed) }
process.on('SIGINT', () => void cleanUp().finally(() => process.exit(130)))

try {
  if (values.outages) await runOutages(options.seed, Number(values.outages), console.log)
  else await faults()
} finally {
  await cleanUp()
}

async function faults(): Promise<void> {
  console.log(
    `${options.count} faults, seed ${options.seed}${options.unfenced ? ', unfenced' : ''}`,
  )
  const startedAt = performance.now()
  const tell = (...hit: Parameters<typeof lineOf>) => console.log(lineOf(...hit))
  const report = await runFaults({ ...options, tell })
  console.log(summary(report, options, performance.now() - startedAt))
  process.exitCode = report.failure === undefined ? 0 : 1
}
