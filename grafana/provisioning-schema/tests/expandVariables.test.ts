import { describe, expect, test } from 'vitest'
import { expandMacros, variableValuesOf } from '../src/index.ts'
import { dashboard, variable } from './sample.ts'

const range = { from: new Date('2026-03-01T00:00:00Z'), to: new Date('2026-03-01T06:00:00Z') }
const variables = { one: "O'Neill", many: ['a', "b'c"], none: [] }
const expand = (sql: string) => expandMacros(sql, { ...range, variables })

describe('a variable in SQL', () => {
  test.each([
    ["'$one'", "'O''Neill'"],
    ["'${one}'", "'O''Neill'"],
    ["'[[one]]'", "'O''Neill'"],
    ['in ($many)', "in ('a','b''c')"],
    ['in ([[many]])', "in ('a','b''c')"],
    ['array[$none]::text[]', 'array[]::text[]'],
    ['${one:raw}', "O'Neill"],
    ['${many:raw}', "a,b'c"],
    ['${many:csv}', "a,b'c"],
    ['[[many:csv]]', "a,b'c"],
    ['${many:pipe}', "a|b'c"],
    ['${many:join: or }', "a or b'c"],
    ['${many:json}', '["a","b\'c"]'],
    ['${one:sqlstring}', "'O''Neill'"],
    ['${many:sqlstring}', "'a','b''c'"],
    ['${many:singlequote}', "'a','b\\'c'"],
    ['${many:doublequote}', '"a","b\'c"'],
    ['$__from', '1772323200000'],
    ['${__to:date:iso}', '2026-03-01T06:00:00.000Z'],
    ['${__from:date:seconds}', '1772323200'],
    ['$__range_s', '21600'],
  ])('%s becomes %s', (sql, expected) => {
    expect(expand(sql)).toBe(expected)
  })

  test('a value is not expanded again', () => {
    const context = { ...range, variables: { a: '$b', b: 'wrong' } }
    expect(expandMacros('$a', context)).toBe('$b')
  })

  test('an unknown one is refused, with those that there are', () => {
    expect(() => expand("'$mnay'")).toThrow(/\$mnay is unknown: expected one of .*one, many, none/)
    expect(() => expand("'${mnay:csv}'")).toThrow(/\$\{mnay:csv\} is unknown/)
  })

  test('a field of one is refused', () => {
    expect(() => expand('${one.text}')).toThrow(/asks for a field of "one": expected \$\{one\}/)
  })

  test('an unknown format is refused', () => {
    expect(() => expand('${many:sql}')).toThrow(/Format "sql" of variable "many" is unknown/)
  })
})

describe('what variables hold when a dashboard is opened', () => {
  const valuesOf = (changes: Record<string, unknown>, options = ['a', 'b']) =>
    variableValuesOf(dashboard({ templating: { list: [variable(changes)] } }), {
      category: options,
    }).category

  test('All is every option', () => {
    expect(valuesOf({})).toEqual(['a', 'b'])
  })

  test('All without options is an empty list', () => {
    expect(valuesOf({}, [])).toEqual([])
  })

  test('All with a value of its own is that value', () => {
    expect(valuesOf({ allValue: '.*' })).toBe('.*')
  })

  test('a choice of one, where several are allowed, is a list', () => {
    expect(valuesOf({ current: { value: 'b' } })).toEqual(['b'])
  })

  test('where one is allowed, it is a text', () => {
    expect(valuesOf({ multi: false, includeAll: false, current: { value: 'b' } })).toBe('b')
  })

  test('without a choice it is the first option', () => {
    expect(valuesOf({ multi: false, includeAll: false, current: undefined })).toBe('a')
  })

  test('a custom variable brings its own options', () => {
    const custom = variable({ name: 'bucket', type: 'custom', query: '1m, an hour : 1h' })
    const values = variableValuesOf(dashboard({ templating: { list: [custom] } }))
    expect(values).toEqual({ bucket: ['1m', '1h'] })
  })
})
