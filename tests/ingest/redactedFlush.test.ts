// Redaction as ingest does it: by the rules of the database, in front of it.
import { createHmac } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { flush } from '../../ingest/flush.ts'
import { createRedactor } from '../../ingest/redact.ts'
import { sluice } from '../support/sluice.ts'
import {
  bronzeDatabase,
  figuresOf,
  lettersOf,
  portionOf,
  sourceOf,
  stateOf,
  type Bronze,
} from './bronze.ts'
import { recordOf } from './records.ts'

let bronze: Bronze
beforeAll(async () => {
  bronze = await bronzeDatabase()
})

const key = 'a secret'
const redactor = createRedactor(key)
const hash = (text: string) => createHmac('sha256', key).update(text).digest('hex')
const rule = (topic: string, rest: string) =>
  bronze.owner.query(`select ops.add_source('${topic}', ${rest})`)
const rowsOf = async (table: string) =>
  (
    await bronze.owner.query<Record<string, unknown>>(
      `select kafka_key, headers, payload::text from bronze.${table} order by kafka_offset`,
    )
  ).rows

test('payload, key and headers are stored as the source says', async () => {
  const source = await sourceOf(bronze.owner, 'redacted')
  await rule(
    'redacted',
    `p_redact => '{"card": "last4", "customer.email": "hash"}', p_redact_key => 'hash', p_redact_headers => '{"ip": "drop"}'`,
  )
  const record = recordOf({
    key: 'a@b.c',
    value: '{"card": 4111111111111234, "customer": {"email": "a@b.c", "n": 12345678901234567890}}',
    headers: [
      ['ip', Buffer.from('127.0.0.1')],
      ['h', Buffer.from('x')],
    ],
  })
  await flush(bronze.ingest, [portionOf(stateOf(source), [record])], redactor)
  const payload = `{"card": "************1234", "customer": {"n": 12345678901234567890, "email": "${hash('a@b.c')}"}}`
  expect(await rowsOf('redacted')).toEqual([
    { kafka_key: hash('a@b.c'), headers: { h: 'x' }, payload },
  ])
})

test('a rule that changes counts from the next flush on, and other sources are left alone', async () => {
  const [source, other] = [
    await sourceOf(bronze.owner, 'changing'),
    await sourceOf(bronze.owner, 'as-it-is'),
  ]
  const one = (offset: number) => [recordOf({ offset, value: '{"card": "41 1111", "b": 1}' })]
  const store = (offset: number) =>
    flush(
      bronze.ingest,
      [source, other].map((each) => portionOf(stateOf(each, 0, offset, offset + 1), one(offset))),
      redactor,
    )
  await store(0)
  await rule('changing', `p_redact => '{"card": "last4"}'`)
  await store(1)
  await rule('changing', `p_redact => '{"card": "drop"}'`)
  await store(2)
  await rule('changing', `p_retain => '1 day'`)
  await store(3)
  expect((await rowsOf('changing')).map(({ payload }) => payload)).toEqual([
    '{"b": 1, "card": "41 1111"}',
    '{"b": 1, "card": "** 1111"}',
    '{"b": 1}',
    '{"b": 1, "card": "41 1111"}',
  ])
  const untouched = (await rowsOf('as_it_is')).map(({ payload }) => payload)
  expect(untouched).toEqual(Array(4).fill('{"b": 1, "card": "41 1111"}'))
})

test('dead letters of a redacted source are redacted: what is no JSON, and what only the server refuses', async () => {
  const source = await sourceOf(bronze.owner, 'letters')
  await rule('letters', `p_redact => '{"card": "last4"}', p_redact_key => 'last4'`)
  const bad = [
    '{"card": "4111 1111 1111 1234", "n": 1e999999}',
    '{"card": 4111111111111234, "t": "\\u0000"}',
    'card 4111-1111-1111-1234',
  ]
  const records = [...bad, '{"card": 4111111111111234}'].map((value, offset) =>
    recordOf({ offset, value, key: '4111111111111234' }),
  )
  const portion = portionOf(stateOf(source), records)
  expect(await flush(bronze.ingest, [portion], redactor)).toEqual({ rows: 1, deadLetters: 3 })
  const letters = await lettersOf(bronze.owner, source)
  expect(letters.map(({ sqlstate, payload }) => [sqlstate, payload?.toString()])).toEqual([
    ['22003', '{"card": "**** **** **** 1234", "n": 1e999999}'],
    ['22P05', '{"card": "************1234", "t": "\\u0000"}'],
    ['22P02', 'card ****-****-****-****'],
  ])
  expect(new Set(letters.map(({ kafka_key }) => kafka_key?.toString()))).toEqual(
    new Set(['************1234']),
  )
})

test('events that a rule of the server refuses are redacted as well, wherever they go', async () => {
  const source = await sourceOf(bronze.owner, 'ruled')
  await rule('ruled', `p_redact => '{"card": "last4"}'`)
  await bronze.owner.query(
    `alter table bronze.ruled add constraint n_is_small check ((payload ->> 'n')::int < 5)`,
  )
  const records = [1, 9, 2, 8, 3].map((n, offset) =>
    recordOf({ offset, value: `{"card": 4111111111111234, "n": ${n}}` }),
  )
  const portion = portionOf(stateOf(source), records)
  expect(await flush(bronze.ingest, [portion], redactor)).toEqual({ rows: 3, deadLetters: 2 })
  const letters = (await lettersOf(bronze.owner, source)).map(({ payload }) => payload?.toString())
  expect(letters).toEqual([9, 8].map((n) => `{"card": "************1234", "n": ${n}}`))
  const stored = (await rowsOf('ruled')).map(({ payload }) => payload)
  expect(stored).toEqual([1, 2, 3].map((n) => `{"n": ${n}, "card": "************1234"}`))
})

test('without its key nothing is stored, as long as a hash is asked for', async () => {
  const source = await sourceOf(bronze.owner, 'keyless')
  await rule('keyless', `p_redact => '{"email": "hash"}'`)
  const client = await bronze.database.client('sluice_ingest')
  const flushing = flush(client, [portionOf(stateOf(source), [recordOf()])])
  await expect(flushing).rejects.toThrow(/^SLUICE_REDACT_KEY is not set, .* keyless\. /)
  expect(await figuresOf(bronze.owner, source)).toMatchObject({ rows: 0, next: 0 })
})

test('sluice ingest refuses to start without the key', async () => {
  await sourceOf(bronze.owner, 'refused')
  await rule('refused', `p_redact => '{"email": "hash"}'`)
  const { code, stderr } = await sluice(['ingest', '--until-caught-up'], {
    DATABASE_URL: bronze.database.url('sluice_ingest'),
    KAFKA_BROKERS: process.env.KAFKA_BROKERS!,
  })
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^SLUICE_REDACT_KEY is not set, and these sources hash .* refused\. Set it/,
  )
})
