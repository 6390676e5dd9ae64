import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { createRedactor } from '../../ingest/redact.ts'
import type { SourceRedaction } from '../../ingest/redactRules.ts'
import { recordOf } from './records.ts'

const key = 'a secret'
const hash = (text: string) => createHmac('sha256', key).update(text).digest('hex')
const rules = (given: Partial<SourceRedaction>): SourceRedaction => ({
  source_id: 1,
  topic: 'orders',
  redact: {},
  redact_key: null,
  redact_headers: {},
  ...given,
})

function redact(given: Partial<SourceRedaction>, record: Parameters<typeof recordOf>[0]) {
  const { record: redacted, reason } = createRedactor(key)(rules(given))(recordOf(record))
  const text = (bytes: Buffer | null) => bytes?.toString() ?? null
  return {
    key: text(redacted.key),
    value: text(redacted.value),
    headers: redacted.headers.map(([name, value]) => [name, text(value)]),
    reason: reason?.sqlstate,
  }
}
const valueOf = (redacted: SourceRedaction['redact'], value: string) =>
  redact({ redact: redacted }, { value }).value

test.each([
  ['"4111 1111 1111 1234"', '"**** **** **** 1234"'],
  ['"4111\\u00201111-1111 1234"', '"**** ****-**** 1234"'],
  ['4111111111111234', '"************1234"'],
  ['1234', '1234'],
  ['"1234"', '"1234"'],
  ['null', 'null'],
  ['true', '"****"'],
  ['{"number": 4111111111111234}', '"****"'],
  ['[4111111111111234, "41 1111", null]', '["************1234", "** 1111", null]'],
])('last4 of %s is %s', (value, left) => {
  expect(valueOf({ card: 'last4' }, `{"card": ${value}}`)).toBe(`{"card": ${left}}`)
})

test.each([
  ['"a@b.c"', hash('a@b.c')],
  ['"\\u0061@b.c"', hash('a@b.c')],
  ['12.50', hash('12.50')],
  ['"12.50"', hash('12.50')],
  ['true', hash('true')],
  ['{"a": 1}', hash('{"a": 1}')],
])(
  'hash of %s is that of its text: a string without escapes, else what is written',
  (value, left) => {
    expect(valueOf({ email: 'hash' }, `{"email": ${value}}`)).toBe(`{"email": "${left}"}`)
  },
)

test('null is not hashed: there is nothing to hide', () => {
  expect(valueOf({ email: 'hash' }, '{"email": null}')).toBe('{"email": null}')
})

test('the key has a rule of its own, for the whole of it', () => {
  expect(redact({ redact_key: 'hash' }, { key: 'a@b.c' }).key).toBe(hash('a@b.c'))
  expect(redact({ redact_key: 'last4' }, { key: '4111111111111234' }).key).toBe('************1234')
  expect(redact({ redact_key: 'drop' }, { key: 'a@b.c' }).key).toBeNull()
  expect(redact({ redact_key: 'hash' }, { key: null }).key).toBeNull()
})

test('headers have rules by their names, each time a name comes', () => {
  const headers: [string, Buffer | null][] = [
    ['card', Buffer.from('4111 1234')],
    ['trace', Buffer.from('t')],
    ['card', null],
    ['user', Buffer.from('u')],
    ['secret', Buffer.from('s')],
    ['constructor', Buffer.from('c')],
  ]
  const redact_headers = { card: 'last4', user: 'hash', secret: 'drop' } as const
  expect(redact({ redact_headers }, { headers }).headers).toEqual([
    ['card', '**** 1234'],
    ['trace', 't'],
    ['card', null],
    ['user', hash('u')],
    ['constructor', 'c'],
  ])
})

test('tombstones stay tombstones', () => {
  expect(redact({ redact: { a: 'hash' } }, { value: null })).toMatchObject({ value: null })
})

test('what is no JSON is set aside here, without a run of eight digits', () => {
  const value = '{"card": "4111 1111 1111 1234", "note": "4222-2222-2222-2222", '
  expect(redact({ redact: { card: 'last4' } }, { value })).toMatchObject({
    value: '{"card": "**** **** **** 1234", "note": "****-****-****-****", ',
    reason: '22P02',
  })
})

test('a source that redacts its key alone has no digits in dead letters either', () => {
  expect(redact({ redact_key: 'hash' }, { value: 'card 4111111111111234' })).toMatchObject({
    value: 'card ****************',
    reason: '22P02',
  })
})

test('what is not UTF-8 is redacted as far as it reads, and keeps no run of eight digits', () => {
  const bytes = Buffer.from('{"name":"Müller","card":4111111111111234,"n":12345678}', 'latin1')
  const redactor = createRedactor(key)(rules({ redact: { card: 'last4' } }))
  const { record } = redactor(recordOf({ value: bytes }))
  const left = '{"name":"Müller","card":"************1234","n":********}'
  expect(record.value).toEqual(Buffer.from(left, 'latin1'))
})

test('everything else of a record stays', () => {
  const record = recordOf({ offset: 7, timestamp: 123, value: '{"a":1}' })
  const redactor = createRedactor()(rules({ redact: { b: 'drop' } }))
  expect(redactor(record)).toEqual({ record, reason: undefined })
})

test('a hash without its key is an error that names the source and the setting', () => {
  const wanted = [
    { redact: { a: 'hash' } },
    { redact_key: 'hash' },
    { redact_headers: { h: 'hash' } },
  ]
  for (const given of wanted as Partial<SourceRedaction>[]) {
    expect(() => createRedactor()(rules(given))).toThrow(/^SLUICE_REDACT_KEY is not set, .* orders/)
  }
})
