import fc from 'fast-check'
import { Partitioners } from 'kafkajs'
import { expect, it } from 'vitest'
import { isoTimeWriter } from '../../generator/isoTime.ts'
import { keyPartitioner } from '../../generator/murmur2.ts'
import { Random } from '../../generator/random.ts'
import { rhythmAt } from '../../generator/rhythm.ts'
import { TimeQueue } from '../../generator/timeQueue.ts'
import { choice, skewed } from '../../generator/weighted.ts'

it('a key goes to the partition that Kafka clients choose', () => {
  const kafkajs = Partitioners.DefaultPartitioner()
  const ours = keyPartitioner()
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 64 }), (key, count) => {
      const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
        partitionId,
        partitionErrorCode: 0,
        leader: 1,
        replicas: [1],
        isr: [1],
      }))
      const theirs = kafkajs({ topic: 't', partitionMetadata, message: { key, value: '' } })
      expect(ours(key, count)).toBe(theirs)
    }),
  )
})

it('a time is written as Date writes it', () => {
  const isoTime = isoTimeWriter()
  const times = fc.array(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }))
  fc.assert(
    fc.property(times, (list) => {
      for (const ms of list.flatMap((first) => [first, first + 1, first + 999])) {
        if (ms < 253_402_300_800_000) expect(isoTime(ms)).toBe(new Date(ms).toISOString())
      }
    }),
  )
})

it('a time queue gives what is earliest, also when the first is postponed', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('push', 'pop', 'postpone'), fc.nat(1_000)))
  fc.assert(
    fc.property(steps, (list) => {
      const queue = new TimeQueue<number>()
      let expected: number[] = []
      for (const [step, number] of list) {
        expected = expected.toSorted((a, b) => a - b)
        expect(queue.nextAt).toBe(expected[0] ?? Infinity)
        if (step === 'push') {
          queue.push(number, number)
          expected.push(number)
        } else if (expected.length > 0) {
          queue.first()
          if (step === 'pop') queue.pop()
          else queue.postpone(expected[0]! + number)
          const first = expected.shift()!
          if (step === 'postpone') expected.push(first + number)
        }
      }
    }),
  )
})

it('things are picked as often as their weights say', () => {
  const random = new Random(1, 'test')
  const picker = choice({ often: 70, sometimes: 25, seldom: 5 })
  const counts = { often: 0, sometimes: 0, seldom: 0 }
  for (let i = 0; i < 100_000; i++) counts[picker.pick(random)]++
  expect(counts.often / 100_000).toBeCloseTo(0.7, 1.9)
  expect(counts.sometimes / 100_000).toBeCloseTo(0.25, 1.9)
  expect(counts.seldom / 100_000).toBeCloseTo(0.05, 1.9)
})

it('everything skewed is picked now and then', () => {
  const random = new Random(1, 'test')
  const numbers = Array.from({ length: 50 }, (_, index) => index)
  const picker = skewed(numbers, random)
  const seen = new Set(Array.from({ length: 5_000 }, () => picker.pick(random)))
  expect(seen.size).toBe(50)
})

it('random numbers of two purposes or seeds differ, and fill their range evenly', () => {
  const first = new Random(1, 'one')
  expect(first.uuid()).not.toBe(new Random(1, 'two').uuid())
  expect(new Random(1, 'one').uuid()).not.toBe(new Random(1 + 2 ** 32, 'one').uuid())
  const tenths = new Array<number>(10).fill(0)
  for (let i = 0; i < 100_000; i++) tenths[first.below(10)]!++
  for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(500)
})

it('the rhythm of a week averages to 1', () => {
  const minutes = 7 * 24 * 60
  let sum = 0
  for (let i = 0; i < minutes; i++) sum += rhythmAt(Date.UTC(2026, 2, 2) + i * 60_000)
  expect(sum / minutes).toBeCloseTo(1, 6)
})
