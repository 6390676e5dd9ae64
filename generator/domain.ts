import type { Random } from './random.ts'
import type { Shop } from './shop.ts'

export interface Topic {
  topic: string
  partitions: number
  /** Reference data: Kafka keeps the newest value of each key. */
  isCompacted: boolean
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
  /** Sends an event of this moment. */
  emit(topic: string, key: string | null, value: string): void
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
  /** Reference data, sent before everything else. */
  reference(shop: Shop): Iterable<Message>
  /** A new actor; `haste` (0 to 1] shortens its pauses. */
  begin(world: World, haste: number): Actor
}
