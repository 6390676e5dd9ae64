import type { DemoLog } from './demoLog.ts'

export interface Making {
  domains: string[]
  rate: string
  seed: string
  /** Of a finite run. */
  events?: string
}

/** The arguments of `sluice generate` for a demo. */
export function generatorArguments(making: Making, { sink }: DemoLog): string[] {
  const { domains, rate, events, seed } = making
  const common = ['generate', '--domain', domains.join(','), '--seed', seed, '--rate', rate]
  const story = events === undefined ? past : finite(events, rate)
  return [...common, '--no-rhythm', ...story, '--to', sink]
}

/**
 * So that hours have something to show from the beginning. An hour only, and some sessions begin an hour earlier still:
 * after three hours at this other rate the step that follows would be unusual traffic, and an alert.
 */
const past = ['--history', '1h', '--history-rate', '2']

/** The events of a finite run lie in the time up to now, as if they had come live. */
function finite(events: string, rate: string): string[] {
  const start = new Date(Date.now() - (Number(events) / Number(rate)) * 1000).toISOString()
  return ['--events', events, '--no-pace', '--start', start]
}
