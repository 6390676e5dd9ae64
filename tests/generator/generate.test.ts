import { describe, expect, it } from 'vitest'
import { generate, generateOptions, referenceEvents, topics } from '../../generator/index.ts'
import { events, hashOf, refusal, start, startMs } from './support.ts'

describe('the bytes', () => {
  it('are the same for the same options', () => {
    expect(hashOf(events({ seed: 7 }))).toBe(hashOf(events({ seed: 7 })))
  })

  it('are others for another seed', () => {
    expect(hashOf(events({ seed: 7 }))).not.toBe(hashOf(events({ seed: 8 })))
  })

  it('are those of this release for seed 1, so that a change to them is never by chance', () => {
    const list = events({ events: 50_000, rhythm: true, history: '1d', historyRate: 0.2 })
    expect(hashOf(list)).toBe('ac503f81fe4b42523a9e35eb29c5f314038cd9d1c3a9857e92a6b0b0d3c14844')
  })

  it('begin the same however many are asked for', () => {
    expect(hashOf(events({ events: 3_000 }))).toBe(hashOf(events({}).slice(0, 3_000)))
  })

  it('are compact JSON, as JSON.stringify writes it', () => {
    for (const { value } of events({ poison: 0 })) {
      expect(JSON.stringify(JSON.parse(value as string))).toBe(value)
    }
  })
})

describe('the number of events', () => {
  it.each([1, 499, 500, 501, 20_000])('is exactly the %i asked for', (count) => {
    const list = events({ events: count, duplicates: 0.1, poison: 0.1, products: 500 })
    expect(list).toHaveLength(count)
  })

  it('has no end when none is asked for', () => {
    const endless = generate(generateOptions({ start, domains: 'ecommerce' }))
    for (let i = 0; i < 10_000; i++) expect(endless.next().done).toBe(false)
  })
})

describe('the order', () => {
  it('is that in which events are due', () => {
    const due = events({ late: 0.2, duplicates: 0.2, poison: 0.2 }).map((event) => event.due)
    expect(due).toEqual(due.toSorted((a, b) => a - b))
  })

  it('begins with the reference data', () => {
    const list = events({ products: 40 })
    const reference = [
      ...referenceEvents(generateOptions({ start, domains: 'ecommerce', products: 40 })),
    ]
    expect(reference).toHaveLength(40)
    expect(list.slice(0, 40)).toEqual(reference)
    expect(list.slice(40).some((event) => event.topic === 'ecommerce-products')).toBe(false)
  })
})

describe('the rate', () => {
  const perSecond = (from: number, until: number, due: number[]) =>
    due.filter((at) => at >= from && at < until).length / ((until - from) / 1000)

  it('is what was asked for, at the start and once visits have their full length', () => {
    const list = events({ events: 180_000, rate: 200, products: 1 }).map((event) => event.due)
    const minute = 60_000
    expect(perSecond(startMs, startMs + 2 * minute, list)).toBeCloseTo(200, -1.4)
    expect(perSecond(startMs + 8 * minute, startMs + 14 * minute, list)).toBeCloseTo(200, -1.4)
  })

  it('is the one of history before the start', () => {
    const list = events({ history: '3h', historyRate: 1, rate: 200, products: 1 })
    const due = list.map((event) => event.due)
    expect(due[0]).toBe(startMs - 3 * 3_600_000)
    expect(perSecond(startMs - 2 * 3_600_000, startMs, due)).toBeCloseTo(1, 0.7)
    expect(perSecond(startMs, startMs + 30_000, due)).toBeCloseTo(200, -1.7)
  })

  it('is higher in the evening than at night', () => {
    const list = events({ start: '2026-03-02T00:00:00Z', rate: 0.5, events: 40_000, rhythm: true })
    const inHour = (hour: number) =>
      list.filter((event) => new Date(event.due).getUTCHours() === hour).length
    expect(inHour(20)).toBeGreaterThan(5 * inHour(4))
  })
})

describe('what goes wrong', () => {
  const shares = { late: 0.1, duplicates: 0.05, poison: 0.02 }
  const list = events({ events: 100_000, rate: 1_000, ...shares })
  const good = list.filter((event) => refusal(event.value) === undefined)

  it('is as much poison as asked for', () => {
    expect((list.length - good.length) / good.length).toBeCloseTo(0.02, 2)
  })

  it('is as many repeated events as asked for, with the same bytes, later', () => {
    const seen = new Map<string, number>()
    let repeated = 0
    for (const { value, due } of good) {
      const before = seen.get(value as string)
      if (before !== undefined) {
        repeated++
        expect(due).toBeGreaterThan(before)
      }
      seen.set(value as string, due)
    }
    expect(repeated / seen.size).toBeCloseTo(0.05, 2)
  })

  it('is as many late events as asked for, by minutes or hours, with the time at which they happened', () => {
    const delays = good
      .filter((event) => event.topic !== 'ecommerce-products')
      .map((event) => {
        const { event_time } = JSON.parse(event.value as string) as { event_time: string }
        expect(Date.parse(event_time)).toBe(event.at)
        return event.due - event.at
      })
    const late = delays.filter((delay) => delay >= 60_000)
    expect(late.length / delays.length).toBeCloseTo(0.1, 1.7)
    expect(late.some((delay) => delay > 3_600_000)).toBe(true)
    // Repeated ones come some seconds later; all others at once.
    expect(delays.filter((delay) => delay > 30_000)).toHaveLength(late.length)
  })

  it('is nothing when nothing is asked for', () => {
    const clean = events({ late: 0, duplicates: 0, poison: 0 })
    expect(clean.every((event) => event.due === event.at)).toBe(true)
    expect(clean.every((event) => refusal(event.value) === undefined)).toBe(true)
    expect(new Set(clean.map((event) => event.value)).size).toBe(clean.length)
  })

  it('does not change the story when more of it is late', () => {
    const ids = (late: number, count: number) =>
      events({ late, events: count })
        .filter((event) => event.topic === 'ecommerce-searches' && !event.isBroken)
        .map((event) => (JSON.parse(event.value as string) as { event_id: string }).event_id)
    const all = new Set(ids(0, 20_000))
    const some = ids(0.3, 5_000)
    expect(some.length).toBeGreaterThan(200)
    expect(some.filter((id) => !all.has(id))).toEqual([])
  })
})

it('every event goes to a topic of its domain', () => {
  const known = new Set(topics.ecommerce!.map(({ topic }) => topic))
  const used = new Set(events({}).map((event) => event.topic))
  expect(used).toEqual(known)
})
