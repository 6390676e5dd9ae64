import type { GeneratedEvent } from './generate.ts'

/** Where events go. */
export interface Sink {
  /** Takes events in order. A promise means: full, wait for it before the next write. Throws what went wrong before. */
  write(events: readonly GeneratedEvent[]): Promise<void> | undefined
  /** Waits until all that was written is stored. */
  finish(): Promise<void>
  /** Drops what was not yet sent, waits for what was, and lets go of files and connections. Also after finish. */
  close(): Promise<void>
  /** Events stored so far, by topic. */
  readonly counts: ReadonlyMap<string, number>
}

export function addCount(counts: Map<string, number>, topic: string, events = 1): void {
  counts.set(topic, (counts.get(topic) ?? 0) + events)
}
