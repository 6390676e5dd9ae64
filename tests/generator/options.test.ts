import { expect, it } from 'vitest'
import { UserError } from '../../cli/userError.ts'
import { generateOptions } from '../../generator/index.ts'

it('options may be written as on the command line', () => {
  const options = generateOptions({
    start: '2026-03-01T10:00:00+02:00',
    events: '1000',
    rate: '50.5',
    history: '1.5h',
    domains: 'ecommerce',
    late: '0',
  })
  expect(options).toMatchObject({
    start: Date.UTC(2026, 2, 1, 8),
    events: 1_000,
    rate: 50.5,
    history: 5_400_000,
    domains: ['ecommerce'],
    late: 0,
    duplicates: 0.01,
  })
})

it('all problems are named in one error, with what was found and what was expected', () => {
  const wrong = () =>
    generateOptions({
      start: 'yesterday',
      late: '2',
      events: 'many',
      history: '7',
      domains: 'shop',
      speed: '0',
    })
  expect(wrong).toThrow(UserError)
  expect(wrong).toThrow(/start is "yesterday": expected a time/)
  expect(wrong).toThrow(/speed is "0": expected a factor of more than 0/)
  expect(wrong).toThrow(/late is "2": expected a share from 0 to 1/)
  expect(wrong).toThrow(/events is "many": expected a whole number/)
  expect(wrong).toThrow(/history is "7": expected a duration/)
  expect(wrong).toThrow(
    /domains is "shop": expected one or more of marketing, clickstream, ecommerce/,
  )
})

it('an unknown option is an error', () => {
  expect(() => generateOptions({ start: 0, rates: 5 } as object)).toThrow(/rates/)
})
