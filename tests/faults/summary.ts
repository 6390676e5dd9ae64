import { faults, nameOf, type Hit, type Options, type Report } from './runFaults.ts'

/** A line for one fault. */
export function lineOf({ name, ms, recoveredMs, memory }: Hit, number: number): string {
  const recovered = recoveredMs === undefined ? 'next at once' : `recovered ${seconds(recoveredMs)}`
  return `${String(number).padStart(4)}  ${name.padEnd(62)}${seconds(ms).padStart(7)}  ${recovered.padEnd(16)}  ${memory.map(megabytes).join(' ')} MB`
}

/** What a person reads at the end of a run. */
export function summary({ hits, totals, failure }: Report, options: Options, ms: number): string {
  const lines = ['', 'hits  recovered: median  longest  fault']
  for (const fault of faults) {
    const own = hits.filter(({ name }) => name === nameOf(fault))
    lines.push(`${String(own.length).padStart(4)}${recovery(own)}  ${nameOf(fault)}`)
  }
  lines.push('', `${hits.length} faults in ${seconds(ms)}. ${memoryText(hits)}`)
  if (totals) {
    lines.push(
      `${totals.events} events: ${totals.rows} rows and ${totals.deadLetters} dead letters in ${totals.batches} batches. ` +
        'Each is stored, none twice; the ledger has no hole.',
    )
  }
  if (failure !== undefined)
    lines.push('', `FAILED at ${failure}`, '', `Again: ${command(options)}`)
  return lines.join('\n')
}

/** What runs the same faults again. */
export function command({ count, seed, only, unfenced }: Options): string {
  const rest = `${only ? ` --only '${only}'` : ''}${unfenced ? ' --unfenced' : ''}`
  return `npm run faults -- --count ${count} --seed ${seed}${rest}`
}

function recovery(hits: Hit[]): string {
  const all = hits.flatMap(({ recoveredMs }) => recoveredMs ?? [])
  const shown = (ms: number) => (all.length === 0 ? '–' : seconds(ms))
  return `${shown(median(all)).padStart(19)}${shown(Math.max(...all, 0)).padStart(9)}`
}

function memoryText(hits: Hit[]): string {
  const third = Math.ceil(hits.length / 3)
  const of = (some: Hit[]) => some.flatMap(({ memory }) => memory)
  return (
    `An ingester's memory: at most ${megabytes(Math.max(...of(hits), 0))} MB; ` +
    `median of the first third ${megabytes(median(of(hits.slice(0, third))))}, ` +
    `of the last ${megabytes(median(of(hits.slice(-third))))} MB.`
  )
}

const median = (values: number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0)
