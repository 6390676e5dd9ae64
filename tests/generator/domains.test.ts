import { describe, expect, it } from 'vitest'
import { domainNames, generateOptions, referenceEvents, topics } from '../../generator/index.ts'
import type { GeneratedEvent } from '../../generator/index.ts'
import { events, hashOf, parsed, refusal, start } from './support.ts'

const all = domainNames.join(',')
const list = events({ domains: all, events: 60_000, rate: 200, users: 2_000 })
const domainOf = new Map(
  Object.entries(topics).flatMap(([domain, of]) => of.map(({ topic }) => [topic, domain])),
)
const live = list.filter((event) => !isReference(event))

function isReference({ topic }: GeneratedEvent): boolean {
  return topics[domainOf.get(topic)!]!.some((one) => one.topic === topic && one.isCompacted)
}

it('there are the five domains of the shop', () => {
  expect(domainNames).toEqual(['marketing', 'clickstream', 'ecommerce', 'sales', 'activity'])
})

it('no topic is of two domains, and each is used', () => {
  const names = Object.values(topics).flatMap((of) => of.map(({ topic }) => topic))
  expect(new Set(names).size).toBe(names.length)
  expect(new Set(list.map((event) => event.topic))).toEqual(new Set(names))
})

describe('all domains together', () => {
  it('are the bytes of this release for seed 1, so that a change to them is never by chance', () => {
    const options = { domains: all, events: 50_000, history: '2d', historyRate: 0.1, users: 2_000 }
    expect(hashOf(events({ ...options, rhythm: true }))).toBe(
      '9138d6130d1ad830dc509fbc07ce253ac46a103f0f253e08954adcf95ec33629',
    )
  })

  it('share the rate evenly', () => {
    for (const domain of domainNames) {
      const own = live.filter((event) => domainOf.get(event.topic) === domain)
      expect(own.length / live.length).toBeCloseTo(0.2, 1.3)
    }
  })

  it('begin with the reference data of each', () => {
    const options = generateOptions({ domains: all, start, users: 2_000 })
    const reference = [...referenceEvents(options)]
    expect(list.slice(0, reference.length)).toEqual(reference)
  })

  it('know the same products', () => {
    const products = (topic: string) => parsed<object>(list, topic)
    expect(products('marketing-products')).toEqual(products('ecommerce-products'))
  })

  it('know the same customers', () => {
    const emails = new Set(parsed<{ email: string }>(list, 'sales_topic').map((one) => one.email))
    const subscribers = parsed<{ email: string }>(list, 'marketing-customers')
    const both = subscribers.filter((customer) => emails.has(customer.email))
    expect(both.length / subscribers.length).toBeGreaterThan(0.3)
  })
})

describe.each(domainNames)('the events of %s', (domain) => {
  const own = (options: object) => events({ domains: domain, users: 500, ...options })

  it('are the same bytes for the same seed and start, and others for another seed', () => {
    expect(hashOf(own({ seed: 7 }))).toBe(hashOf(own({ seed: 7 })))
    expect(hashOf(own({ seed: 7 }))).not.toBe(hashOf(own({ seed: 8 })))
  })

  it('are compact JSON, as JSON.stringify writes it', () => {
    const values = own({ poison: 0 }).map((event) => event.value as string)
    expect(values.filter((value) => JSON.stringify(JSON.parse(value)) !== value)).toEqual([])
  })

  it('are there for the smallest of shops, and before 1970', () => {
    const smallest = { users: 1, products: 1, events: 2_000, rhythm: true }
    for (const seed of [1, 2, 3, 4]) expect(own({ ...smallest, seed })).toHaveLength(2_000)
    expect(own({ ...smallest, start: '1965-03-02T12:00:00Z' })).toHaveLength(2_000)
  })

  it('come at the rate that was asked for', () => {
    // in hours without a burst, and after the first minutes, in which pauses are short
    const from = Date.parse(start) + 10 * 60_000
    const due = own({ rate: 20, late: 0, poison: 0.1 })
      .filter((event) => !isReference(event) && event.due >= from)
      .map((event) => event.due)
    const perMinute = new Map<number, number>()
    for (const at of due) {
      const minute = Math.floor((at - from) / 60_000)
      perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1)
    }
    const sorted = [...perMinute.values()].toSorted((a, b) => a - b)
    const median = sorted[Math.floor(sorted.length / 2)]!
    expect(median / 60).toBeGreaterThan(17.5)
    expect(median / 60).toBeLessThan(22.5)
  })

  it('are as often broken, repeated and late as asked for', () => {
    const shares = { late: 0.1, duplicates: 0.05, poison: 0.02 }
    const sent = own({ events: 40_000, rate: 50, ...shares }).filter((event) => !isReference(event))
    const good = sent.filter((event) => !event.isBroken)
    expect((sent.length - good.length) / good.length).toBeCloseTo(0.02, 1.9)
    for (const { value, isBroken } of sent.slice(0, 5_000)) {
      expect(isBroken).toBe(refusal(value) !== undefined)
    }
    const first = new Map(good.toReversed().map((event) => [event.value, event]))
    const late = [...first.values()].filter((event) => event.due - event.at >= 60_000)
    expect(late.length / first.size).toBeCloseTo(0.1, 1.5)
    // of lines without an id, two may be equal without being the same
    if (domain !== 'activity')
      expect((good.length - first.size) / first.size).toBeCloseTo(0.05, 1.9)
  })
})

it('all options of time take part: a later start is another day of the same shop', () => {
  const later = events({ domains: all, start: '2026-03-03T12:00:00Z', users: 2_000 })
  const campaigns = (of: GeneratedEvent[]) =>
    parsed<{ campaign_id: string; name: string }>(of, 'marketing-campaigns')
  const before = new Map(campaigns(list).map((one) => [one.campaign_id, one.name]))
  const known = campaigns(later).filter((one) => before.has(one.campaign_id))
  expect(known.length).toBeGreaterThan(10)
  for (const { campaign_id, name } of known) expect(before.get(campaign_id)).toBe(name)
  const values = new Set(live.map((event) => event.value))
  expect(
    later.filter((event) => !event.isBroken && !isReference(event) && values.has(event.value)),
  ).toEqual([])
})
