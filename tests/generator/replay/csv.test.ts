import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytewise, readFrom } from './reading.ts'

const read = (text: string | Buffer, options = {}) =>
  readFrom([text], { format: 'csv', ...options })

test('a record becomes an object of texts under the names of the first line', async () => {
  expect(await read('id,name\n1,Ann\n2,Bob\n')).toEqual([
    '2 {"id":"1","name":"Ann"}',
    '3 {"id":"2","name":"Bob"}',
  ])
})

test('fields in quotes hold delimiters, quotes and ends of lines; line numbers count these', async () => {
  expect(await read('id,note\r\n1,"a, ""b""\r\nc"\r\n2,d\r\n')).toEqual([
    String.raw`2 {"id":"1","note":"a, \"b\"\r\nc"}`,
    '4 {"id":"2","note":"d"}',
  ])
})

test('the last line needs no end; blank lines and a byte order mark are nothing', async () => {
  expect(await read('\ufeffid\n\n1\r\n\n2')).toEqual(['3 {"id":"1"}', '5 {"id":"2"}'])
})

test('an empty field is null, or an empty text when asked for', async () => {
  expect(await read('a,b\n,""\n')).toEqual(['2 {"a":null,"b":null}'])
  expect(await read('a,b\n,""\n', { emptyAsText: true })).toEqual(['2 {"a":"","b":""}'])
})

test('digits and spaces stay as they are written', async () => {
  expect(await read('n,p\n12345678901234567890, 1.10 \n')).toEqual([
    '2 {"n":"12345678901234567890","p":" 1.10 "}',
  ])
})

test('another delimiter', async () => {
  expect(await read('a;b\n1,5;2\n', { delimiter: ';' })).toEqual(['2 {"a":"1,5","b":"2"}'])
})

test('the key is a column; empty it is none', async () => {
  expect(await read('user.id,n\nu1,1\n,2\n', { key: 'user.id' })).toEqual([
    '2 [u1] {"user.id":"u1","n":"1"}',
    '3 {"user.id":null,"n":"2"}',
  ])
})

test.each([
  ['too few fields', '1', 'has 1 fields, the first line 2'],
  ['too many fields', '1,2,3', 'has 3 fields, the first line 2'],
  [
    'a quote within a field',
    '1,5" pipe',
    'has a quote within a field that does not begin with one',
  ],
  ['text after a quote', '1,"x"y', 'has text after the closing quote of a field'],
  ['half of an end of line', '1,x\ry', 'has a carriage return without a line feed after it'],
  ['a quote that stays open', '1,"x', 'has a quote that is not closed'],
])('%s is a fault of that line alone', async (_, line, fault) => {
  const after = line.endsWith('"x') ? '2,ok' : '2,"ok"'
  for (const chunks of [[`a,b\n${line}\n${after}\n`], bytewise(`a,b\n${line}\n${after}\n`)]) {
    expect(await readFrom(chunks, { format: 'csv' })).toEqual([
      `2 bad: ${fault}`,
      '3 {"a":"2","b":"ok"}',
    ])
  }
})

test('bytes that are not UTF-8 are a fault', async () => {
  const latin1 = Buffer.from('a\ncafé\nok\n', 'latin1')
  expect(await read(latin1)).toEqual(['2 bad: has bytes that are not UTF-8', '3 {"a":"ok"}'])
})

test.each([
  ['a name twice', 'a,b,a\n1,2,3\n', 'names column "a" twice'],
  ['a column without a name', 'a,,c\n1,2,3\n', 'has no name for column 2'],
  ['a key that is no column', 'a,b\n1,2\n', 'has no column "c", which --key names; it has a, b'],
])('%s ends it before any event', async (_, text, fault) => {
  expect(await read(text, fault.includes('--key') ? { key: 'c' } : {})).toEqual([
    `1 ends: ${fault}`,
  ])
})

test.each(['', '\n', 'a,b', 'a,b\n'])('%j holds no event', async (text) => {
  expect(await read(text)).toEqual([])
})

test('whatever rows hold and wherever chunks are cut, they come out as they went in', async () => {
  const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', 'é', '😀', ' ') })
  const rows = fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 8 })
  const cuts = fc.array(fc.nat(12), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(rows, cuts, fc.constantFrom('\n', '\r\n'), async (rows, cuts, end) => {
      const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
      const lines = [['x', 'y'], ...rows].map((row) => row.map(quoted).join(','))
      const bytes = Buffer.from(lines.join(end) + end)
      const found = await readFrom(cutUp(bytes, cuts), { format: 'csv', emptyAsText: true })
      const values = found.map((line) => JSON.parse(line.slice(line.indexOf(' ') + 1)) as unknown)
      expect(values).toEqual(rows.map(([x, y]) => ({ x, y })))
    }),
  )
})

function* cutUp(bytes: Buffer, lengths: number[]): Generator<Buffer> {
  let from = 0
  for (const length of lengths) {
    yield bytes.subarray(from, from + length)
    from += length
  }
  yield bytes.subarray(from)
}
