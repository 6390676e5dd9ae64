import { expect, test } from 'vitest'
import { bytewise, readFrom } from './reading.ts'

const ndjson = (text: string | Buffer, key?: string) => readFrom([text], { format: 'ndjson', key })
const array = (text: string | Buffer, key?: string) => readFrom([text], { format: 'json', key })

/** What a parser would not give back: digits, notation, escapes, order, repeated names, spaces. */
const odd = String.raw`{ "id":12345678901234567890,"p": 1.10,"e":1E+2,"b":"\u00e9\/","a":1,"a":"]},[{\"" }`

test('lines are passed on byte by byte; blank ones, ends of lines and a mark are nothing', async () => {
  const text = `\ufeff${odd}\r\n\n  {"n":2}\t\n"text"\n17`
  const lines = [`1 ${odd}`, '3 {"n":2}', '4 "text"', '5 17']
  expect(await ndjson(text)).toEqual(lines)
  expect(await readFrom(bytewise(text), { format: 'ndjson' })).toEqual(lines)
})

test('elements of an array are passed on byte by byte, wherever chunks are cut', async () => {
  const text = `\ufeff [\n${odd} ,\r\n[1, [2]],"a,]b\\"",-1.50e3 , {"deep":[{"x":"]"}]}\n]\n\n`
  const elements = [
    `1 ${odd}`,
    '2 [1, [2]]',
    String.raw`3 "a,]b\""`,
    '4 -1.50e3',
    '5 {"deep":[{"x":"]"}]}',
  ]
  expect(await array(text)).toEqual(elements)
  expect(await readFrom(bytewise(text), { format: 'json' })).toEqual(elements)
})

test.each(['', ' \n', '\n\n'])('%j holds no event in either format', async (text) => {
  expect(await ndjson(text)).toEqual([])
  expect(await array(text)).toEqual([])
})

test.each(['[]', ' [ \n ] \n'])('%j is an array without events', async (text) => {
  expect(await array(text)).toEqual([])
})

test('the key is at a dotted path; a number as it is written, none where there is none', async () => {
  const events = [
    '{"user":{"id":"ü\\n1"}}',
    '{"user":{"id":12345678901234567890}}',
    '{"user.id":true}',
    '{"user":{"id":null}}',
    '{"user":{}}',
    '{"id":1}',
  ]
  const keys = [' [ü\n1]', ' [12345678901234567890]', ' [true]', '', '', '']
  const expected = events.map((event, i) => `${i + 1}${keys[i]} ${event}`)
  expect(await ndjson(events.join('\n'), 'user.id')).toEqual(expected)
  expect(await array(`[${events.join(',')}]`, 'user.id')).toEqual(expected)
})

test.each([
  ['no JSON', '{"a":1', 'is not JSON'],
  ['two values', '{} {}', 'is not JSON'],
  ['an object as key', '{"k":{}}', 'has an object where the key is expected'],
  ['several keys', '{"k":[1,2]}', 'has 2 values where the key is expected'],
])('%s is a fault of that line alone', async (_, line, fault) => {
  expect(await ndjson(`{"k":1}\n${line}\n{"k":2}`, 'k')).toEqual([
    '1 [1] {"k":1}',
    `2 bad: ${fault}`,
    '3 [2] {"k":2}',
  ])
})

test('bytes that are not UTF-8 are a fault', async () => {
  const bytes = Buffer.concat([Buffer.from('"a'), Buffer.from([0xff]), Buffer.from('"\n1\n')])
  expect(await ndjson(bytes)).toEqual(['1 bad: has bytes that are not UTF-8', '2 1'])
})

test('an element that is not JSON is a fault of its own, with line and number', async () => {
  expect(await array('[\n1,\n\n{"a" 1},\n2,]')).toEqual([
    '1 1',
    '4/2 bad: is not JSON',
    '3 2',
    '5/4 bad: is not JSON',
  ])
})

test.each([
  ['is not closed', '[1,\n{"a":[2}', ['1 1', '2 ends: has no end of the array']],
  ['is not closed at once', '[', ['1 ends: has no end of the array']],
  ['is not closed after a comma', '[1,', ['1 1', '1 ends: has no end of the array']],
  ['has more behind it', '[1]\n[2]', ['1 1', '2 ends: has more after the end of the array']],
  [
    'is none',
    '{"a":1}\n{"a":2}\n',
    [
      '1 ends: does not begin with [, as an array does; with one value a line, give --format ndjson',
    ],
  ],
])('an array that %s ends it', async (_, text, expected) => {
  expect(await array(text)).toEqual(expected)
  expect(await readFrom(bytewise(text), { format: 'json' })).toEqual(expected)
})

test('an event of 64 MiB or more ends it, in whichever format, before memory is full of it', async () => {
  const mib = Buffer.alloc(1024 * 1024, 'x')
  function* endless(begin: string) {
    yield begin
    for (let i = 0; i < 1000; i++) yield mib
  }
  const error = /What begins in line 2 has no end within 64 MiB/
  await expect(readFrom(endless('1\n"'), { format: 'ndjson' })).rejects.toThrow(error)
  await expect(readFrom(endless('[\n"'), { format: 'json' })).rejects.toThrow(error)
  await expect(readFrom(endless('a\n"'), { format: 'csv' })).rejects.toThrow(error)
})
