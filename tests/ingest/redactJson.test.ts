import { expect, test } from 'vitest'
import { applyEdits, scanJson, type Replace } from '../../ingest/redactJson.ts'
import { ruleTree, type RedactRule } from '../../ingest/redactRules.ts'

/** Puts `"X"` in the place of values, so that tests see which. */
const marking: Replace = () => Buffer.from('"X"')

function edited(text: string | Buffer, rules: Record<string, RedactRule>, replace = marking) {
  const bytes = Buffer.from(text as string)
  const { edits, isJson } = scanJson(bytes, ruleTree(rules), replace)
  return { text: applyEdits(bytes, edits).toString(), isJson }
}
const redacted = (text: string, rules: Record<string, RedactRule>) => {
  const { text: result, isJson } = edited(text, rules)
  expect(isJson).toBe(true)
  return result
}

test('every other byte stays: long numbers, 1.10, spaces, order, repeated keys, escapes', () => {
  const text =
    ' {"id":1234567890123456789, "email" :\t"a" ,"p":1.10,"e":1E+2,"b":2,"a":1,"b":3,\n"u":"\\u00fc\\/" } '
  expect(redacted(text, { email: 'hash' })).toBe(text.replace('\t"a"', '\t"X"'))
  expect(redacted(text, { b: 'hash' })).toBe(
    text.replace('"b":2', '"b":"X"').replace('"b":3', '"b":"X"'),
  )
})

test.each([
  ['a string', '{"a":"s"}'],
  ['a string with quotes', '{"a":"\\"s\\\\"}'],
  ['a number', '{"a":-1.5e-3}'],
  ['true', '{"a":true}'],
  ['an object', '{"a":{"b":[1,{"c":"}"}]}}'],
])('%s is replaced', (_, text) => {
  expect(redacted(text, { a: 'last4' })).toBe('{"a":"X"}')
})

test('arrays are no level of a path, wherever they are', () => {
  expect(redacted('[{"a":1},[{"a":2}],3]', { a: 'hash' })).toBe('[{"a":"X"},[{"a":"X"}],3]')
  expect(redacted('{"a":[{"b":1},[{"b":2,"c":3}]]}', { 'a.b': 'hash' })).toBe(
    '{"a":[{"b":"X"},[{"b":"X","c":3}]]}',
  )
  expect(redacted('{"a":[1,[2,"3"],{"x":4}]}', { a: 'hash' })).toBe('{"a":["X",["X","X"],"X"]}')
})

test('a path begins at the top: the same name elsewhere stays', () => {
  expect(redacted('{"b":{"a":1},"a":2}', { a: 'hash' })).toBe('{"b":{"a":1},"a":"X"}')
  expect(redacted('{"a":1,"b":{"c":{"a":1,"c":2}}}', { 'b.c.a': 'hash' })).toBe(
    '{"a":1,"b":{"c":{"a":"X","c":2}}}',
  )
})

test('a key that is written with escapes is the same key', () => {
  expect(redacted('{"e\\u006dail":1,"\\u0065mai\\u006C":2}', { email: 'hash' })).toBe(
    '{"e\\u006dail":"X","\\u0065mai\\u006C":"X"}',
  )
  expect(redacted('{"a\\"b":1,"schlüssel":2}', { 'a"b': 'hash', schlüssel: 'hash' })).toBe(
    '{"a\\"b":"X","schlüssel":"X"}',
  )
})

test('a dot of a path may be one of the key', () => {
  const text = '{"a.b":1,"a":{"b":2,"b.c":3}}'
  expect(redacted(text, { 'a.b': 'hash' })).toBe('{"a.b":"X","a":{"b":"X","b.c":3}}')
  expect(redacted(text, { 'a.b.c': 'hash' })).toBe('{"a.b":1,"a":{"b":2,"b.c":"X"}}')
})

test('of two rules the one of the outer value counts', () => {
  const rules: Record<string, RedactRule> = { a: 'drop', 'a.b': 'hash' }
  expect(redacted('{"a":{"b":1},"c":2}', rules)).toBe('{"c":2}')
  expect(redacted('{"a":{"b":1}}', { a: 'hash', 'a.b': 'drop' })).toBe('{"a":"X"}')
})

test.each([
  ['{"a":1}', '{}'],
  ['{ "a" : 1 }', '{  }'],
  ['{"a":1,"b":2}', '{"b":2}'],
  ['{"a":1 , "b":2}', '{ "b":2}'],
  ['{"b":2,"a":{"x":[1,2]}}', '{"b":2}'],
  ['{"b":2 , "a":1 ,"c":3}', '{"b":2  ,"c":3}'],
  ['{"a":1,"a":[],"a":{}}', '{}'],
  ['{"a":1,"b":2,"a":3,"a":4,"c":5,"a":6}', '{"b":2,"c":5}'],
])('a member that is dropped takes one comma along: %s becomes %s', (text, left) => {
  expect(redacted(text, { a: 'drop' })).toBe(left)
})

test('no depth is too deep', () => {
  const deep = `${'{"a":['.repeat(100_000)}1${']}'.repeat(100_000)}`
  expect(redacted(`{"x":${deep}, "e":1}`, { e: 'hash' })).toBe(`{"x":${deep}, "e":"X"}`)
})

test.each([
  ['{"e":"1","b":x}', '{"e":"X","b":x}'],
  ['{"e":"1","b":', '{"e":"X","b":'],
  ['{"b":1,"e":"never ends', '{"b":1,"e":****'],
  ['{"b":1,"e":{"x":1,', '{"b":1,"e":****'],
  ['{"b":1,"e":["a","b" "c"]}', '{"b":1,"e":["X","X" ****'],
])('of what is no JSON the part before the fault is redacted: %s', (text, left) => {
  expect(edited(text, { e: 'hash' })).toEqual({ text: left, isJson: false })
})

test('a value that breaks off while it is dropped is gone', () => {
  expect(edited('{"b":1,"e":{"x":"y', { e: 'drop' }).text).toBe('{"b":1,****')
})
