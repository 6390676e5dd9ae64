import { setTimeout as wait } from 'node:timers/promises'
import type { GeneratedEvent } from '../generator/generate.ts'
import type { Sink } from '../generator/sink.ts'

const stepMs = 5

/**
 * Sends events on a schedule that nothing holds up: the n-th is due at `begin + n * 1000 / rate` (ms by performance.now),
 * and is sent then or as soon after as the process comes to it, whether or not those before it are stored.
 */
export async function sendOnSchedule(
  sink: Sink,
  { begin, rate, count }: { begin: number; rate: number; count: number },
  event: (n: number) => GeneratedEvent,
): Promise<void> {
  let sent = 0
  while (sent < count) {
    const due = Math.min(count, Math.floor(((performance.now() - begin) * rate) / 1000) + 1)
    if (due > sent)
      void sink.write(Array.from({ length: due - sent }, (_, index) => event(sent + index)))
    sent = Math.max(sent, due)
    await wait(stepMs)
  }
  await sink.finish()
}

/** The value below which this share (0 to 1) of them lies. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
}
