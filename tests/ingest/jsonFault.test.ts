import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type pg from 'pg'
import { jsonFault } from '../../ingest/jsonFault.ts'
import { testDatabase } from '../support/database.ts'
import { recordOf } from './records.ts'

let client: pg.Client
beforeAll(async () => {
  client = await (await testDatabase()).client()
})

const ours = (value: string) => jsonFault(recordOf({ value }))?.sqlstate
const server = (value: string): Promise<string | undefined> =>
  client.query('select $1::jsonb', [value]).then(
    () => undefined,
    (error: { code: string }) => error.code,
  )

test.each([
  '{"a": ',
  '',
  ' ',
  '{"a":"\\u0000"}',
  '{"\\u0000":1}',
  '{"a":"\\\\u0000"}',
  '{"a":"\\\\\\u0000"}',
  '"\\ud83d"',
  '"\\ud83d\\ude00"',
  '"\\uDE00"',
  '"\\ud83d\\ud83d\\ude00"',
  '"\\ud83dx\\ude00"',
  '"\\ud83d\\n"',
  '"😀"',
  '1e400000',
  '[-1e131072]',
  '1e131071',
  '0.001e131074',
  '0e999999',
  '1e-16383',
  '1.0e-16383',
  '1e-20000',
  '0e-20000',
  `1${'0'.repeat(131_071)}`,
  `1${'0'.repeat(131_072)}`,
  `0.${'0'.repeat(16_382)}1`,
  `0.${'0'.repeat(16_383)}1`,
  ' [1e5, "x", null, true] ',
])('%j is judged as the server does', async (value) => {
  expect(ours(value)).toBe(await server(value))
})

test('a null value is a tombstone', () => {
  expect(jsonFault(recordOf({ value: null }))).toBeUndefined()
})

/** What is stored must not depend on who looked: else a good event could become a dead letter. */
test('whatever the numbers and escapes, what is refused here the server refuses too', async () => {
  const number = fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.constantFrom('0', '1', '99', '1234567890'),
      fc.constantFrom('', '.0', '.000', '.5', '.0001'),
      fc.oneof(
        fc
          .constantFrom(131_060, -16_390)
          .chain((edge) => fc.integer({ min: edge, max: edge + 20 })),
        fc.integer({ min: -200_000, max: 200_000 }),
      ),
    )
    .map(([sign, before, behind, exponent]) => `${sign}${before}${behind}e${exponent}`)
  const escape = fc.constantFrom(
    '\\ud83d',
    '\\ude00',
    '\\\\',
    '\\u0000',
    'u0000',
    '\\"',
    'x',
    '\\u00e4',
  )
  const text = fc.array(escape, { maxLength: 6 }).map((parts) => `"${parts.join('')}"`)
  await fc.assert(
    fc.asyncProperty(fc.oneof(number, text), async (value) => {
      expect(ours(value)).toBe(await server(value))
    }),
    { numRuns: 1_000 },
  )
})
