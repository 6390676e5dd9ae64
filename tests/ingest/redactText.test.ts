import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hashWith, lastFour, maskDigitRuns } from '../../ingest/redactText.ts'

const shown = (text: string | Buffer) => {
  const bytes = Buffer.from(text as string)
  return (lastFour(bytes) ?? bytes).toString()
}
const withoutRuns = (text: string | Buffer) => maskDigitRuns(Buffer.from(text as string)).toString()

test.each([
  ['4111111111111234', '************1234'],
  ['4111 1111-1111 1234', '**** ****-**** 1234'],
  ['DE89 3704 0044 0532 0130 00', '**** **** **** **** **30 00'],
  ['C01X00T47', '*****0T47'],
  ['４１１１１１１１１１１１１２３４', '************１２３４'],
  ['пароль 12345', '****** *2345'],
  ['1234', '1234'],
  ['12-3', '12-3'],
  ['', ''],
])('of %j the last four letters and digits stay: %j', (text, left) => {
  expect(shown(text)).toBe(left)
})

test('what is not UTF-8 is hidden whole', () => {
  expect(shown(Buffer.from([0x34, 0x31, 0xff]))).toBe('****')
})

test('what last4 left is left as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(shown(shown(text))).toBe(shown(text))
      expect([...shown(text).matchAll(/[\p{L}\p{N}\p{M}]/gu)].length).toBeLessThanOrEqual(4)
    }),
  )
})

test('a hash is HMAC-SHA-256 in hex', () => {
  const expected = createHmac('sha256', 'secret').update('a@example.com').digest('hex')
  expect(hashWith('secret')(Buffer.from('a@example.com'))).toBe(expected)
  expect(hashWith('other')(Buffer.from('a@example.com'))).not.toBe(expected)
})

test.each([
  ['card 4111111111111111.', 'card ****************.'],
  ['4111 1111 1111 1111', '**** **** **** ****'],
  ['4111-1111-1111-1111', '****-****-****-****'],
  ['4111\u00a01111\u20111111\u22121111', '****\u00a0****\u2011****\u2212****'],
  ['4111\\t1111\\u00201111', '****\\t****\\u0020****'],
  ['\\u0034111\\u003111111', '*'.repeat(20)],
  ['４１１１１１１１', '*'.repeat(24)],
  ['4\x001\x001\x001\x001\x001\x001\x001', '*\x00*\x00*\x00*\x00*\x00*\x00*\x00*'],
  ['2026-03-01T10:00:00.123456', '****-**-**T10:00:**.******'],
  ['1234567', '1234567'],
  ['1234,5678', '1234,5678'],
  ['no digits \\ at all \\u00', 'no digits \\ at all \\u00'],
])('no run of eight digits is left of %j', (text, left) => {
  expect(withoutRuns(text)).toBe(left)
})

test('whatever the bytes, no run of eight digits is left, with separators or without, and nothing else changes', () => {
  const pieces = fc.constantFrom(
    '1',
    '23',
    '4567',
    ' ',
    '-',
    ' - ',
    '\t',
    'a',
    ',',
    'ü',
    '\\u0034',
    '"',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
      const text = parts.join('')
      const left = withoutRuns(text)
      expect(left).not.toMatch(/\d([\s-]*\d){7}/)
      expect(left).toHaveLength(text.length)
      for (const [index, character] of [...left].entries()) {
        if (character !== '*') expect(character).toBe([...text][index])
      }
    }),
  )
})

test('a run of millions of digits is no trouble', () => {
  const digits = Buffer.alloc(5_000_000, '7')
  expect(maskDigitRuns(digits).equals(Buffer.alloc(5_000_000, '*'))).toBe(true)
})
