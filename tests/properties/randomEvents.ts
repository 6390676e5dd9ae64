import fc from 'fast-check'
import type { Event } from '../models/bronzeRows.ts'

const start = Date.UTC(2026, 2, 1, 10)
const minutes = 60_000

/** Times: most within two hours, some days late, some at the edges of days and months. */
const at = fc
  .oneof(
    { weight: 12, arbitrary: fc.integer({ min: 0, max: 120 * 60 }).map((second) => second * 1000) },
    {
      weight: 2,
      arbitrary: fc.integer({ min: -9 * 24 * 60, max: 0 }).map((minute) => minute * minutes),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(-10 * 60 * minutes, 14 * 60 * minutes, -10 * 60 * minutes - 1),
    },
  )
  .map((offset) => new Date(start + offset).toISOString())

const numbers = fc.constantFrom(
  null,
  '0',
  '1.5',
  '-2',
  '3',
  '1e30',
  '-1e-30',
  '0.1',
  '99999999999999999999.99',
  'NaN',
  'Infinity',
  '-Infinity',
)
const texts = fc.constantFrom('x', 'y', 'z', '', ' ', 'ü', '日本', 'X', null)

/** Events of one batch; one in nine repeats an id, some can't be parsed. */
export const randomEvents = (firstId: number): fc.Arbitrary<Event[]> =>
  fc
    .array(
      fc.record({
        repeats: fc.integer({ min: 0, max: 8 }),
        back: fc.nat(200),
        isBroken: fc.integer({ min: 0, max: 60 }),
        k: texts,
        g: fc.constantFrom('1', '2', '3', null),
        n: numbers,
        i: fc.constantFrom(1, 2, 3, -7, 0, null, 1000),
        f: fc.constantFrom(true, false, null),
        at,
        tags: fc.constantFrom([], ['p'], ['p', 'q'], ['q', 'q', 'r'], null),
      }),
      { minLength: 1, maxLength: 120, size: 'max' },
    )
    .map((rows) =>
      rows.map(({ repeats, back, isBroken, ...fields }, index) => ({
        payload: {
          ...fields,
          id: repeats === 0 ? Math.max(0, firstId - back) : firstId + index,
          ...(isBroken === 0 ? { i: 'many' } : {}),
        },
      })),
    )
