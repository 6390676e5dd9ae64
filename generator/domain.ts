import type { Random } from './random.ts'
import type { Shop } from './shop.ts'

export interface Topic {
  topic: string
  partitions: number
  /** Reference data: Kafka keeps the newest value of each key. */
  isCompacted: boolean
  /** Its events have no time of their own but Kafka's: sinks set it, so that a history is of more than one day. */
  isTimedByKafka?: boolean
}

/** The names of those topics. */
export function timedByKafka(topics: readonly Topic[]): ReadonlySet<string> {
  return new Set(topics.filter((topic) => topic.isTimedByKafka).map(({ topic }) => topic))
}

/** An event before it gets its time: domains make these, `generate` does the rest. */
export interface Message {
  topic: string
  key: string | null
  value: string
}

/** What a domain's actors share. */
export interface World {
  shop: Shop
  random: Random
  /** Sends an event of this moment; `heldMs` later, if the device is offline and events may be late at all. */
  emit(topic: string, key: string | null, value: string, heldMs?: number): void
}

/** Someone who does several things one after another: a visit of a customer, a campaign, a till. */
export interface Actor {
  /** Does the next thing at `time` (ISO, UTC); returns the milliseconds until the one after it, or -1 at the end. */
  step(time: string): number
}

export interface Domain {
  name: string
  topics: readonly Topic[]
  /** Events an actor makes on average: turns a rate of events into a rate of actors. */
  eventsPerActor: number
  /** The hours of this domain, where they are not those of the shop: how many times the average, 1 over a day. */
  rhythmAt?(ms: number): number
  /** How many times as many actors come at this moment, whatever the hour: 1, but for a burst. */
  burstAt?(ms: number, seed: number): number
  /** Reference data, sent before everything else. */
  reference(shop: Shop): Iterable<Message>
  /** A new actor; `haste` (0 to 1] shortens its pauses. */
  begin(world: World, haste: number): Actor
  /** An actor that is there from the beginning, and whose events are never late, repeated or broken. */
  attend?(world: World): Actor
}
