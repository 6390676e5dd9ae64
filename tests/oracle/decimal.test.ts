import { expect, test } from 'vitest'
import { parseDecimal, printDecimal, printRatio } from './decimal.ts'

test.each([
  ['12.34', 1234n],
  ['0.1', 10n],
  ['7', 700n],
  ['-3.005', -301n],
  ['3.005', 301n],
  ['3.0049', 300n],
  ['1.5e3', 150000n],
  ['12345e-4', 123n],
  ['99999999999999999999.99', 9999999999999999999999n],
])('%s at two decimals is %s hundredths', (text, units) => {
  expect(parseDecimal(text, 2)).toBe(units)
})

test.each(['', '.', 'NaN', '1,5', '0x10', '1 2'])('"%s" is no decimal number', (text) => {
  expect(parseDecimal(text, 2)).toBeNull()
})

test.each([
  [5n, '0.05'],
  [-5n, '-0.05'],
  [123456n, '1234.56'],
  [0n, '0.00'],
])('%s hundredths print as %s', (units, text) => {
  expect(printDecimal(units, 2)).toBe(text)
})

test('a ratio is rounded half away from zero, as numeric is', () => {
  expect(printRatio(1n, 8n, 2)).toBe('0.13')
  expect(printRatio(-1n, 8n, 2)).toBe('-0.13')
  expect(printRatio(2n, 3n, 4)).toBe('0.6667')
})

test('a ratio to nothing is null', () => {
  expect(printRatio(1n, 0n, 4)).toBeNull()
})
