// Lines that are records: key, headers, time and value; and what is redacted of events in files.
import { expect, test } from 'vitest'
import { readingFiles } from './readingFiles.ts'

const { rows, write, readAll } = await readingFiles()

const addSource = (topic: string, redact: object = {}) =>
  rows('select ops.add_source($1, p_redact => $2)', [topic, JSON.stringify(redact)])
const stored = (table: string) =>
  rows(
    `select kafka_offset::int as line, kafka_key, headers, payload
    from bronze.${table} order by kafka_offset`,
  )
const letters = (topic: string) =>
  rows<{ line: number; sqlstate: string; message: string; bytes: string | null }>(
    `select kafka_offset::int as line, sqlstate, message, convert_from(payload, 'UTF8') as bytes
    from ops.dead_letters join ops.sources using (source_id)
    where topic = $1 order by kafka_offset`,
    [topic],
  )

test('a record has a key, headers, a time and a value, each of them as bronze has it', async () => {
  await addSource('full')
  write(
    'full.records.ndjson',
    '{"key": "u\\u00fc1", "headers": {"a": "1", "b": ["2", null], "c": {"base64": "/w=="}},' +
      ' "timestamp": 1767225600000, "value": {"n": 1}}\n' +
      '{ "topic" : "x" , "timestamp" : "2026-01-01T00:00:01Z" , "value" : [1, "}"] }\n',
  )
  await readAll()
  expect(await stored('full')).toEqual([
    {
      line: 1,
      kafka_key: 'uü1',
      headers: { a: '1', b: ['2', null], c: { base64: '/w==' } },
      payload: { n: 1 },
    },
    { line: 2, kafka_key: null, headers: null, payload: [1, '}'] },
  ])
  expect(await rows('select kafka_at from bronze.full order by kafka_offset')).toEqual([
    { kafka_at: new Date('2026-01-01T00:00:00Z') },
    { kafka_at: new Date('2026-01-01T00:00:01Z') },
  ])
})

test('the bytes of a value are kept: all digits of its numbers', async () => {
  await addSource('digits')
  write('digits.records.ndjson', '{"key":null,"value":{"id":1234567890123456789,"price":1.10}}\n')
  await readAll()
  expect(await rows('select payload::text as text from bronze.digits')).toEqual([
    { text: '{"id": 1234567890123456789, "price": 1.10}' },
  ])
})

test('a value of null is a tombstone; in a file of payloads null is one', async () => {
  await addSource('null-value')
  write('null-value/a.ndjson', 'null\n')
  write('null-value/b.records.ndjson', '{"key": "gone", "value": null}\n')
  await readAll()
  expect(
    await rows(
      'select kafka_key, payload is null as is_tombstone from bronze.null_value order by kafka_partition',
    ),
  ).toEqual([
    { kafka_key: null, is_tombstone: false },
    { kafka_key: 'gone', is_tombstone: true },
  ])
})

test('value_base64 holds bytes that no JSON can', async () => {
  await addSource('bytes')
  write(
    'bytes.records.ndjson',
    `{"key": "a", "value_base64": "${Buffer.from('{"n": 1}').toString('base64')}"}\n` +
      `{"key": "b", "value_base64": "${Buffer.from('{broken').toString('base64')}"}\n`,
  )
  await readAll()
  expect(await stored('bytes')).toMatchObject([{ line: 1, kafka_key: 'a', payload: { n: 1 } }])
  expect(await letters('bytes')).toMatchObject([{ line: 2, sqlstate: '22P02', bytes: '{broken' }])
})

test.each([
  ['no JSON', '{"key": "half', 'it is no object of JSON'],
  ['no object', '[{"value": 1}]', 'it is no object of JSON'],
  ['more behind it', '{"value": 1} 2', 'it is no object of JSON'],
  ['no value', '{"key": "a"}', 'it has neither value nor value_base64'],
  ['two values', '{"value": 1, "value_base64": "MQ=="}', 'it has both value and value_base64'],
  ['a key that is a number', '{"key": 1, "value": 1}', 'its key is no text'],
  ['a time that is none', '{"timestamp": "noon", "value": 1}', 'its timestamp is neither'],
  ['headers in an array', '{"headers": [], "value": 1}', 'its headers are no object'],
  ['a header of a number', '{"headers": {"a": 1}, "value": 1}', 'its header a is no text'],
])('a line that is no record is a dead letter of its bytes: %s', async (what, line, message) => {
  const topic = `bad-${what.replaceAll(' ', '-')}`
  await addSource(topic)
  write(`${topic}.records.ndjson`, `${line}\n{"value": 2}\n`)
  await readAll()
  const [letter] = await letters(topic)
  expect(letter).toMatchObject({ line: 1, sqlstate: '22P02', bytes: line })
  expect(letter!.message).toContain(`the line is no record: ${message}`)
  expect(await stored(topic.replaceAll('-', '_'))).toMatchObject([{ line: 2, payload: 2 }])
})

test('what is redacted of a topic is redacted of its files, and of lines that are no records nothing is sent', async () => {
  await addSource('secret', { card: 'last4' })
  write('secret/a.ndjson', '{"card": "4111111111111111"}\n{"card": "4111111111111111"\n')
  write(
    'secret/b.records.ndjson',
    '{"value": {"card": "4111111111111111"}}\n{"valu": {"card": "4111111111111111"}}\n',
  )
  await readAll()
  expect(await rows('select payload from bronze.secret')).toEqual([
    { payload: { card: '************1111' } },
    { payload: { card: '************1111' } },
  ])
  const found = await letters('secret')
  expect(found).toHaveLength(2)
  expect(JSON.stringify(found)).not.toContain('4111111111111111')
  expect(found.find(({ message }) => message.includes('no record'))!.bytes).toBeNull()
})

test('a dead letter of a file is mended and replayed under its line', async () => {
  await addSource('mended')
  write('mended.ndjson', '{"n": 1\n')
  await readAll()
  await rows(
    `select ops.replay_dead_letters('mended', p_partition => 1000000, p_offsets => '{1}', p_payload => '{"n": 1}')`,
  )
  expect(await stored('mended')).toMatchObject([{ line: 1, payload: { n: 1 } }])
})
