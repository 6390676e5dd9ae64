import { expect, test } from 'vitest'
import { parseInterval } from '../src/index.ts'

const start = new Date('2026-02-01T00:00:00Z')
const day = 86_400_000

test.each([
  ['500ms', 500],
  ['1s', 1000],
  ['1.5s', 1500],
  ['1h30m', 5_400_000],
  ['1d', day],
  ['2w', 14 * day],
  ['1M', 28 * day],
  ['1y', 365 * day],
])('%s is %i ms', (text, expected) => {
  expect(parseInterval(text, start)).toBe(expected)
})

test.each(['', '5', 'm', '5 m', '5min', '-5m', '1d2h', "'5m'"])('"%s" is refused', (text) => {
  expect(() => parseInterval(text)).toThrow(/cannot be read/)
})
