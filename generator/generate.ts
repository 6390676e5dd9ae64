import type { Actor, Domain, World } from './domain.ts'
import { disturber } from './disturb.ts'
import { domains } from './domains.ts'
import { isoTimeWriter } from './isoTime.ts'
import type { GenerateOptions } from './options.ts'
import { Random } from './random.ts'
import { rhythmAt } from './rhythm.ts'
import { createShop } from './shop.ts'
import type { Shop } from './shop.ts'
import { TimeQueue } from './timeQueue.ts'

export interface GeneratedEvent {
  topic: string
  key: string | null
  value: string | Buffer
  /** Event time, ms. */
  at: number
  /** When it is to be sent, ms: a late event is sent long after its event time. */
  due: number
  isBroken: boolean
}

const batchSize = 512
/** After a start from nothing visits are short at first, so that within seconds all kinds of events are there. */
const hasteMs = 240_000
/** Visits that get longer and longer make fewer events a second than there are visits for: measured. */
const hasteBoost = 1.17

/**
 * The events of the options, in the order in which they are due. The same options give the same bytes in the same
 * order on every machine: nothing here reads a clock, a locale or a random number that is not seeded.
 */
export function* generate(options: GenerateOptions): Generator<GeneratedEvent> {
  for (const batch of generateBatches(options)) yield* batch
}

/** The same in arrays of some hundred, which costs less. */
export function* generateBatches(options: GenerateOptions): Generator<GeneratedEvent[]> {
  let left = options.events ?? Infinity
  for (const batch of endlessBatches(options)) {
    if (batch.length >= left) batch.length = left
    left -= batch.length
    yield batch
    if (left === 0) return
  }
}

/** The reference data: it comes first, and is never late, repeated or broken. */
export function referenceEvents(options: GenerateOptions): Generator<GeneratedEvent> {
  return referenceOf(options, createShop(options.seed, options))
}

function* referenceOf(options: GenerateOptions, shop: Shop): Generator<GeneratedEvent> {
  const begin = options.start - options.history
  for (const domain of chosenDomains(options)) {
    for (const message of domain.reference(shop)) {
      yield { ...message, at: begin, due: begin, isBroken: false }
    }
  }
}

function chosenDomains(options: GenerateOptions): Domain[] {
  return domains.filter((domain) => options.domains.includes(domain.name))
}

function* endlessBatches(options: GenerateOptions): Generator<GeneratedEvent[]> {
  const shop = createShop(options.seed, options)
  let batch = [...referenceOf(options, shop)]
  const disturb = disturber(options)
  const isoTime = isoTimeWriter()
  const running = new TimeQueue<{ actor: Actor; lateness: number }>()
  const arrivals = chosenDomains(options).map((domain) => new Arrivals(domain, shop, options))
  let now = options.start - options.history
  let lateness = 0
  const send = (event: GeneratedEvent) => batch.push(event)
  const emit: World['emit'] = (topic, key, value, heldMs = 0) => {
    const at = now - lateness
    disturb.pass({ topic, key, value, at, due: now, isBroken: false }, heldMs, send)
  }
  const emitReference: World['emit'] = (topic, key, value) =>
    send({ topic, key, value, at: now, due: now, isBroken: false })
  for (const arrival of arrivals) {
    const actor = arrival.attend(emitReference)
    if (actor) running.push(now, { actor, lateness: 0 })
  }

  for (;;) {
    const next = earliest(arrivals)
    now = Math.min(Math.floor(next.at), running.nextAt)
    disturb.release(now, send)
    if (running.nextAt > now) {
      running.push(now, { actor: next.begin(emit), lateness: disturb.lateness() })
    }
    const first = running.first()
    lateness = first.lateness
    const pause = first.actor.step(isoTime(now - lateness))
    if (pause < 0) running.pop()
    else running.postpone(now + pause)
    if (batch.length >= batchSize) {
      yield batch
      batch = []
    }
  }
}

/** When the next actor of a domain comes. */
class Arrivals {
  at: number
  private readonly domain: Domain
  private readonly options: GenerateOptions
  private readonly shop: Shop
  private readonly random: Random
  private readonly pauses: Random
  private readonly perMs: number
  private since: number

  constructor(domain: Domain, shop: Shop, options: GenerateOptions) {
    const { duplicates, poison } = options
    this.domain = domain
    this.options = options
    this.shop = shop
    // the start takes part, so that a second run over the same shop is another day of it, with ids of its own
    this.random = new Random(options.seed, `${domain.name} ${options.start}`)
    this.pauses = new Random(options.seed, `${domain.name} arrivals ${options.start}`)
    const perActor = domain.eventsPerActor * (1 + duplicates + poison)
    this.perMs = 1 / (1000 * perActor * options.domains.length)
    this.since = options.start - options.history
    this.at = this.after(this.since)
  }

  /** The actor that comes now; sets the time of the one after it. */
  begin(emit: World['emit']): Actor {
    const haste = Math.min(1, (this.at - this.since + 1000) / hasteMs)
    const actor = this.domain.begin({ shop: this.shop, random: this.random, emit }, haste)
    this.at = this.after(this.at)
    return actor
  }

  /** The actor that is there from the beginning, if the domain has one. */
  attend(emit: World['emit']): Actor | undefined {
    return this.domain.attend?.({ shop: this.shop, random: this.random, emit })
  }

  private after(time: number): number {
    const { start, rate, historyRate, rhythm, seed } = this.options
    const boost = time - this.since < hasteMs ? hasteBoost : 1
    const hours = rhythm ? (this.domain.rhythmAt ?? rhythmAt)(time) : 1
    const density = this.perMs * boost * hours * (this.domain.burstAt?.(time, seed) ?? 1)
    if (time >= start) return time + this.pauses.spread() / (density * rate)
    const next = time + this.pauses.spread() / (density * historyRate)
    if (next < start) return next
    this.since = start
    return this.after(start)
  }
}

function earliest(arrivals: readonly Arrivals[]): Arrivals {
  let first = arrivals[0]!
  for (const arrival of arrivals) if (arrival.at < first.at) first = arrival
  return first
}
