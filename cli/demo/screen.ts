import { stripVTControlCharacters, styleText } from 'node:util'
import { createLogUpdate } from 'log-update'
import { formatTable } from '../table.ts'
import type { Figures, Metrics } from './figures.ts'

export interface Screen {
  /** A line that stays. */
  say(line: string): void
  /** `troubles` are what could not be read, and why. */
  show(figures: Figures, metrics: Metrics | undefined, troubles: string[], notes: string[]): void
  /** Leaves the last picture standing. */
  end(): void
}

const number = new Intl.NumberFormat('en')
const count = (value: number | string) => number.format(Number(value))
const strong = (text: string) => styleText('bold', text)
const faint = (text: string) => styleText('dim', text)

/** Redraws in place on a terminal; elsewhere writes one plain line about every five seconds. */
export function openScreen(output: NodeJS.WriteStream): Screen {
  const say = (line: string) => output.write(`${line}\n`)
  if (!output.isTTY) return plainScreen(say)
  const update = createLogUpdate(output)
  return {
    say(line) {
      update.clear()
      say(line)
    },
    show: (...frame) => update(draw(...frame).join('\n')),
    end: () => update.done(),
  }
}

function plainScreen(say: (line: string) => void): Screen {
  let shownAt = -Infinity
  return {
    say: (line) => say(stripVTControlCharacters(line)),
    show(figures, metrics, troubles) {
      if (performance.now() - shownAt < 5_000) return
      shownAt = performance.now()
      const layers = metrics?.layers.map(({ layer, rows }) => `${layer} ${count(rows)}`) ?? []
      say(
        [
          `${count(figures.eventsPerSecond)} events/s`,
          `bronze ${count(figures.stored)}`,
          ...layers,
          `lag ${count(figures.lag)}`,
          `dead letters ${count(figures.deadLetters)}`,
          ...(metrics ? [`gold behind ${metrics.freshness.behind} s`] : []),
        ].join('  '),
      )
      const tops = metrics && {
        'gold.real_time_metrics': metrics.realTime.at(-1),
        'gold.product_performance': metrics.products[0],
        'gold.hourly_sales': metrics.hours[0],
      }
      for (const [model, row] of Object.entries(tops ?? {})) {
        if (row) say(`  ${model}  ${fields(row)}`)
      }
      for (const trouble of troubles) say(`  can't be read now: ${trouble}`)
      for (const { subject, message, mend } of figures.problems)
        say(`  ${subject}: ${message}. ${mend}`)
    },
    end: () => undefined,
  }
}

function fields(row: Record<string, string>): string {
  return Object.entries(row)
    .map(([name, value]) => `${name} ${value ?? '–'}`)
    .join(', ')
}

function draw(
  figures: Figures,
  metrics: Metrics | undefined,
  troubles: string[],
  notes: string[],
): string[] {
  const age =
    figures.secondsSinceEvent === null
      ? '–'
      : `${Number(figures.secondsSinceEvent).toFixed(1)} s ago`
  const lines = [
    '',
    `${strong(count(figures.eventsPerSecond))} events/s in   lag ${strong(count(figures.lag))}   newest event ${strong(age)}   dead letters ${count(figures.deadLetters)}`,
    '',
    ...table(
      figures.topics.map(({ topic, rate, stored_rows, lag }) => ({
        topic,
        'per s': count(rate),
        stored: count(stored_rows),
        lag: count(lag),
      })),
    ),
    '',
  ]
  if (metrics) {
    const layers = metrics.layers.map(
      ({ layer, relations, rows }) => `${layer} ${strong(count(rows))} in ${relations} models`,
    )
    lines.push(
      `rows: bronze ${strong(count(figures.stored))}   ${layers.join('   ')}`,
      `freshness: ${metrics.freshness.models} gold models, the last one ${metrics.freshness.behind} s behind, newest event of ${metrics.freshness.newest} UTC`,
      '',
      strong('gold.real_time_metrics'),
      ...table(metrics.realTime),
      '',
      strong('gold.product_performance') + faint('  best three by revenue'),
      ...table(metrics.products),
      '',
      strong('gold.hourly_sales') + faint('  newest three hours, UTC'),
      ...table(metrics.hours),
      '',
    )
  } else lines.push(faint('asking for metrics …'), '')
  for (const { severity, subject, message, mend } of figures.problems) {
    lines.push(styleText('red', `${severity}: ${subject}: ${message}`), `  ${mend}`)
  }
  for (const trouble of troubles) lines.push(styleText('red', `can't be read now: ${trouble}`))
  return [...lines, ...notes.map(faint)]
}

/** The heading faint, everything a little to the right. */
function table(rows: Record<string, string>[]): string[] {
  const [heading, ...lines] = formatTable(rows)
  if (heading === undefined) return [faint('  nothing yet')]
  return [faint(`  ${heading}`), ...lines.map((line) => `  ${line}`)]
}
