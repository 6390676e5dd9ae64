import { median } from './benchServers.ts'
import type { CpuFigures } from './cpuFigures.ts'

/** What it took to bring a day's events from Kafka to gold. */
export interface Step {
  /** How many events were stored before. */
  before: number
  events: number
  seconds: number
  cpu: CpuFigures
  /** Seconds that each model took. */
  models: Record<string, number>
}

const parts = ['ingester', 'ingest session', 'worker', 'refresh sessions', 'server'] as const
const millions = (count: number) => `${(count / 1e6).toFixed(1)} million`
const perMillion = (seconds: number, { events }: Step) => (seconds / events) * 1e6

/** One line of what is going on. */
export function lineOf(step: Step): string {
  const figures = parts.map((part) => `${part} ${perMillion(step.cpu[part], step).toFixed(1)}`)
  return `${millions(step.before)} stored: ${Math.round(step.events / step.seconds)} events/s; ${figures.join(', ')}`
}

/** CPU seconds with little and with much stored, each the median of up to three steps, and the rows that are kept. */
export function printHistory(
  steps: Step[],
  rowsAtFirst: Record<string, number>,
  rowsAtLast: Record<string, number>,
): void {
  // the very first fills empty tables, which nobody has analyzed
  const later = steps.slice(1)
  if (later.length === 0) throw new Error('There was no room for a second step.')
  const width = later.length >= 6 ? 3 : 1
  const [little, much] = [later.slice(0, width), later.slice(-width)]
  const row = (name: string, secondsOf: (step: Step) => number) => {
    const [least, most] = [little, much].map((some) =>
      median(some.map((step) => perMillion(secondsOf(step), step))),
    ) as [number, number]
    console.log(
      `  ${name.padEnd(34)} ${least.toFixed(2).padStart(8)} ${most.toFixed(2).padStart(8)}   ratio ${(most / least).toFixed(2)}`,
    )
  }
  const [from, to] = [little[0]!.before, much.at(-1)!.before].map(millions)
  console.log(`CPU seconds per million events, with ${from} and with ${to} stored`)
  for (const part of parts)
    row(part === 'server' ? 'all of PostgreSQL' : part, ({ cpu }) => cpu[part])
  row('ingest (both)', ({ cpu }) => cpu.ingester + cpu['ingest session'])
  row('ingest and refresh (all four)', ({ cpu }) =>
    parts.slice(0, 4).reduce((sum, part) => sum + cpu[part], 0),
  )
  console.log('seconds that models took per million events (ops.model_runs)')
  for (const model of Object.keys(much[0]!.models)) row(model, ({ models }) => models[model] ?? 0)
  console.log('rows of the tables that models keep, after the first step and in the end')
  for (const [table, rows] of Object.entries(rowsAtLast)) {
    const shown = [rowsAtFirst[table] ?? 0, rows].map((count) =>
      count.toLocaleString('en').padStart(12),
    )
    console.log(`  ${table.padEnd(44)} ${shown.join(' ')}`)
  }
}
