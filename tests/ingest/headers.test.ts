import { expect, test } from 'vitest'
import { headersAsJson } from '../../ingest/encodeCopy.ts'

const text = (value: string) => Buffer.from(value)

test('headers become an object, a repeated name an array in the order of arrival', () => {
  const headers: [string, Buffer | null][] = [
    ['id', text('1')],
    ['via', text('a')],
    ['via', text('b')],
    ['via', null],
  ]
  expect(headersAsJson(headers)).toEqual({ id: '1', via: ['a', 'b', null] })
})

test('bytes that are no text are kept as base64', () => {
  const bytes = Buffer.from([0xff, 0x00, 0xfe])
  expect(headersAsJson([['crc', bytes]])).toEqual({ crc: { base64: bytes.toString('base64') } })
  expect(headersAsJson([['zero', text('a\0')]])).toEqual({ zero: { base64: 'YQA=' } })
})

test.each(['toString', 'constructor', 'hasOwnProperty', '__proto__'])(
  'a header named %s is a header like any other',
  (name) => {
    expect(JSON.stringify(headersAsJson([[name, text('x')]]))).toBe(`{"${name}":"x"}`)
  },
)
