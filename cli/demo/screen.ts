import { stripVTControlCharacters, styleText } from 'node:util'
import { createLogUpdate } from 'log-update'
import { formatTable } from '../table.ts'
import { gigabyte } from './bounds.ts'
import type { Figures } from './figures.ts'
import type { Metrics, MetricTable } from './metrics.ts'

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
      say(
        [
          `${count(figures.eventsPerSecond)} events/s`,
          `stored ${count(figures.stored)}`,
          `lag ${count(figures.lag)}`,
          `dead letters ${count(figures.deadLetters)}`,
          ...(metrics ? [`gold behind ${metrics.models.behind} s`] : []),
        ].join('  '),
      )
      for (const { model, rows } of metrics?.tables ?? []) {
        if (rows[0]) say(`  ${model}  ${fields(rows[0])}`)
      }
      for (const trouble of troubles) say(`  can't be read now: ${trouble}`)
      for (const { subject, message, mend } of figures.problems)
        say(`  ${subject}: ${message}. ${mend}`)
    },
    end: () => undefined,
  }
}

function fields(row: MetricTable['rows'][0]): string {
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
      figures.domains.map(({ domain, topics, eventsPerSecond, stored, lag, deadLetters }) => ({
        domain,
        topics: count(topics),
        'per s': count(eventsPerSecond),
        stored: count(stored),
        lag: count(lag),
        'dead letters': count(deadLetters),
      })),
    ),
    '',
  ]
  if (metrics) lines.push(...modelLines(metrics), '')
  else lines.push(faint('asking for metrics …'), '')
  for (const { severity, subject, message, mend } of figures.problems) {
    lines.push(styleText('red', `${severity}: ${subject}: ${message}`), `  ${mend}`)
  }
  for (const trouble of troubles) lines.push(styleText('red', `can't be read now: ${trouble}`))
  return [...lines, ...notes.map(faint)]
}

/** So few rows of each table that all of it fits on a screen of 40 lines. */
const rowsOf = ({ tables }: Metrics) => (tables.length > 3 ? 2 : 4)

function modelLines(metrics: Metrics): string[] {
  const { silver, gold, behind, database } = metrics.models
  return [
    `models: ${strong(silver)} in silver, ${strong(gold)} in gold, the last one ${strong(behind)} s behind   ` +
      `database ${(Number(database) / gigabyte).toFixed(2)} GB`,
    '',
    ...metrics.tables.flatMap(({ model, title, rows }) => [
      strong(model) + faint(`  ${title}`),
      ...table(rows.slice(0, rowsOf(metrics))),
    ]),
  ]
}

/** The heading faint, everything a little to the right. */
function table(rows: MetricTable['rows']): string[] {
  const [heading, ...lines] = formatTable(rows)
  if (heading === undefined) return [faint('  nothing yet')]
  return [faint(`  ${heading}`), ...lines.map((line) => `  ${line}`)]
}
