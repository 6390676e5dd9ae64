import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { connect } from '../database.ts'
import { readFigures, type Figures } from './figures.ts'
import { readMetrics, type Metrics } from './metrics.ts'
import type { Screen } from './screen.ts'
import type { Stack } from './start.ts'

/**
 * Shows figures every second, and metrics at a rhythm of their own, so that a slow query never stops the
 * picture. What can't be read is said on the screen, and asked again.
 */
export async function draw(
  stack: Stack,
  domains: string[],
  screen: Screen,
  notes: string[],
  signal: AbortSignal,
): Promise<void> {
  if (!process.stdout.isTTY) for (const note of notes) screen.say(note)
  let metrics: Metrics | undefined
  const troubles = new Map<string, string>()
  const show = (figures: Figures) => {
    if (!signal.aborted) screen.show(figures, metrics, [...troubles.values()], notes)
  }
  await Promise.all([
    keepAsking({
      ...{ stack, signal, troubles, purpose: 'demo' },
      ask: readFigures,
      answer: show,
      pauseMs: () => 1_000,
    }),
    keepAsking({
      ...{ stack, signal, troubles, purpose: 'demo metrics' },
      ask: (client) => readMetrics(client, domains),
      answer: (found) => (metrics = found),
      // asking takes at most a quarter of a core, however much is stored
      pauseMs: (askedMs) => Math.max(1_000, 3 * askedMs),
    }),
  ])
}

interface Question<T> {
  stack: Stack
  purpose: string
  signal: AbortSignal
  troubles: Map<string, string>
  ask: (client: pg.Client) => Promise<T>
  answer: (found: T) => void
  pauseMs: (askedMs: number) => number
}

async function keepAsking<T>(question: Question<T>): Promise<void> {
  const { signal, troubles, purpose } = question
  while (!signal.aborted) {
    try {
      await askWhileItGoes(question)
    } catch (error) {
      troubles.set(purpose, error instanceof Error ? error.message : String(error))
    }
    await wait(1_000, undefined, { signal }).catch(() => undefined)
  }
}

async function askWhileItGoes<T>(question: Question<T>): Promise<void> {
  const { stack, signal, troubles, purpose, ask, answer, pauseMs } = question
  const client = await connect(stack.configFor('analyst'), purpose, 'analyst')
  const end = () => void client.end().catch(() => undefined)
  // a running query need not be waited for when the demo stops
  signal.addEventListener('abort', end, { once: true })
  try {
    while (!signal.aborted) {
      const started = performance.now()
      answer(await ask(client))
      troubles.delete(purpose)
      const pause = pauseMs(performance.now() - started)
      await wait(pause, undefined, { signal }).catch(() => undefined)
    }
  } finally {
    signal.removeEventListener('abort', end)
    end()
  }
}
