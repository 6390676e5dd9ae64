import { describe, expect, test } from 'vitest'
import { expandMacros } from '../src/index.ts'

// The expected texts are those of Grafana's own tests: pkg/tsdb/grafana-postgresql-datasource.
const range = { from: new Date('2018-04-12T18:00:00Z'), to: new Date('2018-04-12T18:05:00Z') }
const expand = (sql: string) => expandMacros(sql, range)

describe('macros', () => {
  test.each([
    ['$__time(at)', 'at AS "time"'],
    ['min($__time(at))', 'min(at AS "time")'],
    ['$__timeEpoch(at)', 'extract(epoch from at) as "time"'],
    ['$__timeFilter(at)', "at BETWEEN '2018-04-12T18:00:00Z' AND '2018-04-12T18:05:00Z'"],
    ['$__timeFrom()', "'2018-04-12T18:00:00Z'"],
    ['$__timeTo()', "'2018-04-12T18:05:00Z'"],
    ["$__timeGroup(at,'5m')", 'floor(extract(epoch from at)/300)*300'],
    ["$__timeGroup(at , '5m')", 'floor(extract(epoch from at)/300)*300'],
    ['$__timeGroup(at, 5m)', 'floor(extract(epoch from at)/300)*300'],
    ["$__timeGroup(at,'12d')", 'floor(extract(epoch from at)/1036800)*1036800'],
    ["$__timeGroup(at,'500ms')", 'floor(extract(epoch from at)/0.5)*0.5'],
    ["$__timeGroupAlias(at,'5m')", 'floor(extract(epoch from at)/300)*300 AS "time"'],
    ["$__timeGroupAlias(at,'5m',NULL)", 'floor(extract(epoch from at)/300)*300 AS "time"'],
    ["$__timeGroupAlias(at,'5m',0)", 'floor(extract(epoch from at)/300)*300 AS "time"'],
    ['$__unixEpochFilter(at)', 'at >= 1523556000 AND at <= 1523556300'],
    ['$__unixEpochNanoFilter(at)', 'at >= 1523556000000000000 AND at <= 1523556300000000000'],
    ['$__unixEpochNanoFrom()', '1523556000000000000'],
    ['$__unixEpochNanoTo()', '1523556300000000000'],
    ['$__unixEpochFrom()', '1523556000'],
    ['$__unixEpochTo()', '1523556300'],
    ["$__unixEpochGroup(a+b,'5m')", 'floor((a+b)/300)*300'],
    ["$__unixEpochGroupAlias(a+b,'5m')", 'floor((a+b)/300)*300 AS "time"'],
  ])('%s becomes %s', (sql, expected) => {
    expect(expand(sql)).toBe(expected)
  })

  test('$__timeGroup directly before a comma names its column time', () => {
    expect(expand("select $__timeGroup(at,'5m'), value")).toBe(
      'select floor(extract(epoch from at)/300)*300 AS "time", value',
    )
    expect(expand("select $__timeGroup(at,'5m') as time, value")).toBe(
      'select floor(extract(epoch from at)/300)*300 as time, value',
    )
  })

  test('times keep their fraction, without zeros at its end', () => {
    const from = new Date('2018-04-12T18:00:00.500Z')
    expect(expandMacros('$__timeFrom()', { from, to: from })).toBe("'2018-04-12T18:00:00.5Z'")
  })

  test('times before 1970 are whole seconds too', () => {
    const from = new Date('1960-02-01T07:00:00.500Z')
    expect(expandMacros('$__unixEpochFrom()', { from, to: from })).toBe('-312915600')
  })

  test('a query without macros stays as it is', () => {
    const sql = 'select $1, $$text$$, price * 2 from orders'
    expect(expand(sql)).toBe(sql)
  })
})

describe('the interval', () => {
  test('is a minute unless given', () => {
    expect(expand('$__interval $__interval_ms')).toBe('1m 60000')
  })

  test('goes into a group', () => {
    const context = { ...range, interval: '10s' }
    expect(expandMacros('$__timeGroup(at, $__interval)', context)).toBe(
      'floor(extract(epoch from at)/10)*10',
    )
    expect(expandMacros('sum(rows) / ($__interval_ms / 1000.0)', context)).toBe(
      'sum(rows) / (10000 / 1000.0)',
    )
  })
})

describe('what is wrong', () => {
  test.each([
    ['an unknown macro', '$__timeGrup(at)', /\$__timeGrup.* unknown/],
    ['a parenthesis inside a macro', '$__timeFilter(lower(at))', /parenthesis inside/],
    ['a group without an interval', '$__timeGroup(at)', /lacks an argument/],
    ['a filter without a column', '$__timeFilter()', /lacks an argument/],
    ['an interval that is none', "$__timeGroup(at, '5 minutes')", /Interval "5 minutes"/],
    ['a fill value that is none', "$__timeGroup(at, '5m', zero)", /fill value "zero"/],
  ])('%s is refused', (_, sql, message) => {
    expect(() => expand(sql)).toThrow(message)
  })
})
