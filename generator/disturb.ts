import type { GeneratedEvent } from './generate.ts'
import type { GenerateOptions } from './options.ts'
import { broken } from './poison.ts'
import { Random } from './random.ts'
import { TimeQueue } from './timeQueue.ts'

type Send = (event: GeneratedEvent) => void

const leastLateMs = 60_000
const meanLateMs = 40 * 60_000
const meanDisorderMs = 20_000

/**
 * What goes wrong between a device and the log: late, repeated and broken events. Its random numbers are its own,
 * so that the story stays the same when more of it goes wrong (but for its pace, as the rate counts all events).
 */
export function disturber(options: GenerateOptions) {
  const lateRandom = new Random(options.seed, 'late')
  const repeatRandom = new Random(options.seed, 'duplicates')
  const poisonRandom = new Random(options.seed, 'poison')
  const held = new TimeQueue<GeneratedEvent>()

  return {
    /**
     * How late (ms) all events of the next actor are, mostly 0. A whole visit is late, like that of a phone which was
     * offline: it happened minutes to hours ago, and its story still holds. So late events come from the first second.
     */
    lateness(): number {
      const isLate = lateRandom.fraction() < options.late
      return isLate ? leastLateMs + Math.floor(lateRandom.spread() * meanLateMs) : 0
    },

    /** Sends an event, or holds it (for `heldMs`, as a device that is offline does); and what it brings along. */
    pass(event: GeneratedEvent, heldMs: number, send: Send): void {
      if (heldMs > 0 && options.late > 0) {
        event.due += heldMs
        held.push(event.due, event)
      } else if (event.at < event.due && lateRandom.below(4) === 0) {
        // What was stored on the device does not arrive in its order.
        event.due += Math.floor(lateRandom.spread() * meanDisorderMs)
        held.push(event.due, event)
      } else {
        send(event)
      }
      if (repeatRandom.fraction() < options.duplicates) {
        const due = event.due + 20 + Math.floor(repeatRandom.spread() * 5_000)
        held.push(due, { ...event, due })
      }
      if (poisonRandom.fraction() < options.poison) {
        const value = broken(event.value as string, poisonRandom)
        held.push(event.due, { ...event, value, isBroken: true })
      }
    },

    /** Sends what was held until `now`. */
    release(now: number, send: Send): void {
      while (held.nextAt <= now) send(held.pop())
    },
  }
}
