import { expect, test } from 'vitest'
import { opsDatabase } from './ops.ts'

const ops = opsDatabase()
const add = (topic: string, rest = '') => ops.rows(`select ops.add_source('${topic}'${rest})`)
const rulesOf = async (topic: string) =>
  (
    await ops.rows(
      'select redact, redact_key, redact_headers from ops.source_redactions() where topic = $1',
      [topic],
    )
  )[0]

test('rules are kept, changed and taken away by calling again', async () => {
  await add(
    'changing',
    `, p_redact => '{"card.number": "last4", "email": "hash"}', p_redact_key => 'drop', p_redact_headers => '{"ip": "drop"}'`,
  )
  expect(await rulesOf('changing')).toEqual({
    redact: { 'card.number': 'last4', email: 'hash' },
    redact_key: 'drop',
    redact_headers: { ip: 'drop' },
  })
  await add('changing', `, p_redact => '{"email": "drop"}'`)
  expect(await rulesOf('changing')).toEqual({
    redact: { email: 'drop' },
    redact_key: null,
    redact_headers: {},
  })
  await add('changing', ', p_redact => null, p_redact_headers => null')
  expect(await rulesOf('changing')).toBeUndefined()
})

test('a second call with the same rules changes nothing', async () => {
  const again = () => add('same', `, p_redact => '{"a": "hash", "b": "drop"}'`)
  const version = () => ops.rows(`select xmin::text from ops.sources where topic = 'same'`)
  await again()
  const before = await version()
  await again()
  expect(await version()).toEqual(before)
})

test('a paused source keeps its rules and stays paused; a dropped one has none', async () => {
  await add('pausing', `, p_redact_key => 'hash'`)
  await ops.rows(`select ops.pause_source('pausing')`)
  expect(await rulesOf('pausing')).toMatchObject({ redact_key: 'hash' })
  await ops.rows(`select ops.drop_source('pausing')`)
  expect(await rulesOf('pausing')).toBeUndefined()
})

const rules = 'Rules are last4, hash and drop.'
const paths =
  'Paths are names with dots between them, such as customer.email. Arrays are no part of them.'
test.each([
  [`p_redact => '{"a": "last5"}'`, 'p_redact of topic "wrong" has the rule "last5" for "a"', rules],
  [`p_redact => '{"a": 4}'`, 'p_redact of topic "wrong" has the rule "4" for "a"', rules],
  [`p_redact => '{"a": null}'`, 'p_redact of topic "wrong" has the rule "<NULL>" for "a"', rules],
  [`p_redact => '{"a": "Hash"}'`, 'p_redact of topic "wrong" has the rule "Hash" for "a"', rules],
  [
    `p_redact => '{"a": {"b": "hash"}}'`,
    'p_redact of topic "wrong" has the rule "{"b": "hash"}" for "a"',
    rules,
  ],
  [`p_redact => '{"": "hash"}'`, 'p_redact of topic "wrong" has the path ""', paths],
  [`p_redact => '{"a..b": "hash"}'`, 'p_redact of topic "wrong" has the path "a..b"', paths],
  [`p_redact => '{"a.": "hash"}'`, 'p_redact of topic "wrong" has the path "a."', paths],
  [
    `p_redact => '["a"]'`,
    'p_redact of topic "wrong" is no object: ["a"]',
    'For example {"credit_card_number": "last4", "email": "hash"}.',
  ],
  [`p_redact_key => 'mask'`, 'p_redact_key of topic "wrong" is "mask"', rules],
  [
    `p_redact_headers => '{"h": "mask"}'`,
    'p_redact_headers of topic "wrong" has the rule "mask" for "h"',
    rules,
  ],
])('%s is refused: SL012', async (argument, message, hint) => {
  await expect(add('wrong', `, ${argument}`)).rejects.toMatchObject({
    code: 'SL012',
    message,
    hint,
  })
  expect(await ops.rows(`select from ops.sources where topic = 'wrong'`)).toEqual([])
})

test('a header may have a dot in its name', async () => {
  await add('dotted', `, p_redact_headers => '{".user.": "hash"}'`)
  expect(await rulesOf('dotted')).toMatchObject({ redact_headers: { '.user.': 'hash' } })
})
