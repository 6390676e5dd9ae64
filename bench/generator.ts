/** How many events a second one core generates, against JSON.stringify of the same objects in the same run. */
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { generateBatches, generateOptions } from '../generator/index.ts'
import { runGenerator } from '../generator/run.ts'

const count = Number(process.argv[2] ?? 500_000)
const options = generateOptions({ start: '2026-03-02T12:00:00Z', events: count, rate: 5_000 })
/** All values are turned into bytes here: a string that is only linked together would be half a result. */
const buffer = Buffer.alloc(1 << 16)

const generated: object[] = []
for (const batch of generateBatches({ ...options, events: Math.min(count, 100_000) })) {
  for (const { value, isBroken } of batch) {
    if (!isBroken) generated.push(JSON.parse(value as string) as object)
  }
}

const baseline = rate('plain objects, Date, randomUUID, JSON.stringify', () => {
  for (let i = 0; i < count; i++) {
    const event = {
      ...generated[i % generated.length],
      event_id: randomUUID(),
      event_time: new Date(options.start + i).toISOString(),
    }
    buffer.write(JSON.stringify(event))
  }
})
rate('generator, to nowhere', generateAll, baseline)

const path = join(tmpdir(), `sluice-bench-${process.pid}.ndjson`)
const logger = pino({ level: 'silent' })
await report('generator, to a file', { sink: path })
await rm(path)
if (process.env.KAFKA_BROKERS) {
  const kafka = { brokers: process.env.KAFKA_BROKERS.split(',') }
  await report('generator, to Kafka', { sink: 'kafka', kafka })
}

function generateAll(): void {
  for (const batch of generateBatches(options)) {
    for (const { value } of batch) {
      if (typeof value === 'string') buffer.write(value)
    }
  }
}

function rate(name: string, work: () => void, against?: number): number {
  const before = process.cpuUsage()
  const startedAt = performance.now()
  work()
  return print(name, performance.now() - startedAt, process.cpuUsage(before), against)
}

async function report(name: string, target: { sink: string; kafka?: { brokers: string[] } }) {
  const before = process.cpuUsage()
  const { seconds } = await runGenerator({ options, ...target, isPaced: false, logger })
  print(name, seconds * 1000, process.cpuUsage(before), baseline)
}

/** Prints and returns events per second of processor time, which other processes disturb less than the wall clock. */
function print(name: string, ms: number, cpu: NodeJS.CpuUsage, against?: number): number {
  const perCpuSecond = count / ((cpu.user + cpu.system) / 1e6)
  const ratio = against ? `${(perCpuSecond / against).toFixed(2)} x the baseline` : 'baseline'
  const wall = Math.round(count / (ms / 1000))
  console.log(
    `${name.padEnd(50)} ${wall} events/s, ${Math.round(perCpuSecond)} per CPU second, ${ratio}`,
  )
  return perCpuSecond
}
