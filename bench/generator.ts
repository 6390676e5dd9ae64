/**
 * How many events a second one core generates, of each domain and of all, against JSON.stringify of the shop's events
 * in the same run. Arguments: events (500,000), and domains with commas between them.
 */
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { domainNames, generateBatches, generateOptions } from '../generator/index.ts'
import type { GenerateOptions } from '../generator/index.ts'
import { runGenerator } from '../generator/run.ts'

const count = Number(process.argv[2] ?? 500_000)
const chosen = process.argv[3]?.split(',') ?? domainNames
const optionsOf = (domains: readonly string[], events = count) =>
  generateOptions({ domains, start: '2026-03-02T12:00:00Z', events, rate: 5_000 })
/** All values are turned into bytes here: a string that is only linked together would be half a result. */
const buffer = Buffer.alloc(1 << 16)

const generated: object[] = []
for (const batch of generateBatches(optionsOf(['ecommerce'], Math.min(count, 100_000)))) {
  for (const { value, isBroken } of batch) {
    if (!isBroken) generated.push(JSON.parse(value as string) as object)
  }
}

const { start } = optionsOf(['ecommerce'])
const baseline = rate('plain objects, Date, randomUUID, JSON.stringify', () => {
  for (let i = 0; i < count; i++) {
    const event = {
      ...generated[i % generated.length],
      event_id: randomUUID(),
      event_time: new Date(start + i).toISOString(),
    }
    buffer.write(JSON.stringify(event))
  }
})
const path = join(tmpdir(), `sluice-bench-${process.pid}.ndjson`)
const logger = pino({ level: 'silent' })
const groups = chosen.length > 1 ? [...chosen.map((name) => [name]), chosen] : [chosen]
for (const group of groups) {
  const name = group.length > 1 ? 'all of them' : group[0]!
  const options = optionsOf(group)
  rate(`${name}, to nowhere`, () => generateAll(options), baseline)
  await report(`${name}, to a file`, options, { sink: path })
  await rm(path)
  if (process.env.KAFKA_BROKERS) {
    const kafka = { brokers: process.env.KAFKA_BROKERS.split(',') }
    await report(`${name}, to Kafka`, options, { sink: 'kafka', kafka })
  }
}

function generateAll(options: GenerateOptions): void {
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

async function report(
  name: string,
  options: GenerateOptions,
  target: { sink: string; kafka?: { brokers: string[] } },
) {
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
