import { expect, it } from 'vitest'
import { broken } from '../../generator/poison.ts'
import { Random } from '../../generator/random.ts'
import { events, refusal } from './support.ts'

it('no broken event could be stored as jsonb, and each kind occurs', () => {
  const random = new Random(1, 'test')
  const value = '{"event_id":"b0e6","query":"café","results":3}'
  const kinds = new Set<string | undefined>()
  for (let i = 0; i < 1_000; i++) kinds.add(refusal(broken(value, random)))
  expect(kinds).toEqual(
    new Set(['truncated', 'invalid UTF-8', 'null character', 'lone surrogate', 'not JSON']),
  )
})

it('an event is marked as broken exactly when it is', () => {
  for (const { value, isBroken } of events({ poison: 0.2 })) {
    expect(isBroken).toBe(refusal(value) !== undefined)
  }
})
