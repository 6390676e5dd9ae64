import { expect, test } from 'vitest'
import { badRowOf, deadLetter, isMissingPartition, visibleFault } from '../../ingest/deadLetters.ts'
import { recordOf } from './records.ts'

const inCopy = 'COPY shop_orders, line 124, column payload'

test('a data error inside a COPY names the table and the row, from 0', () => {
  const error = { code: '22P05', message: 'unsupported Unicode escape sequence', where: inCopy }
  expect(badRowOf(error)).toEqual({ table: 'shop_orders', row: 123 })
})

test('the row is found below the lines that the JSON parser adds', () => {
  const where = `JSON data, line 1: {"a": "COPY x, line 9"\n${inCopy}`
  expect(badRowOf({ code: '22P02', message: '', where })?.row).toBe(123)
})

test.each(['22003', '23502', '54001', 'P0001'])('SQLSTATE %s speaks of the row', (code) => {
  expect(badRowOf({ code, message: '', where: inCopy })).toBeDefined()
})

test.each([
  '08006',
  '40P01',
  '42P01',
  '53100',
  '53200',
  '55P03',
  '57014',
  '57P01',
  '58030',
  '25006',
  'XX000',
])('SQLSTATE %s speaks of the surroundings, even inside a COPY', (code) => {
  expect(badRowOf({ code, message: '', where: inCopy })).toBeUndefined()
})

test('a data error outside a COPY is no row of it', () => {
  const where = 'PL/pgSQL function ops.advance(jsonb,jsonb) line 20 at SQL statement'
  expect(badRowOf({ code: '23505', message: '', where })).toBeUndefined()
  expect(badRowOf({ code: '22P02', message: '' })).toBeUndefined()
})

test('a missing partition is told from a check that failed by the name of the constraint', () => {
  const missing = { code: '23514', message: '', where: inCopy }
  expect(isMissingPartition(missing)).toBe(true)
  expect(badRowOf(missing)).toBeUndefined()
  expect(isMissingPartition({ ...missing, constraint: 'amount_is_positive' })).toBe(false)
  expect(badRowOf({ ...missing, constraint: 'amount_is_positive' })?.row).toBe(123)
})

test('bytes that are not UTF-8 are seen in the value and in the key', () => {
  const latin1 = Buffer.from('{"name":"Müller"}', 'latin1')
  expect(visibleFault(recordOf({ value: latin1 }))?.message).toMatch(/"UTF8" in the value/)
  expect(visibleFault(recordOf({ key: latin1 }))?.message).toMatch(/"UTF8" in the key/)
  expect(visibleFault(recordOf({ key: 'a\0b' }))?.sqlstate).toBe('22021')
})

test('a tombstone, a null key and any UTF-8 have no visible fault', () => {
  expect(visibleFault(recordOf({ key: null, value: null }))).toBeUndefined()
  expect(visibleFault(recordOf({ key: 'ключ 🔑', value: 'not JSON' }))).toBeUndefined()
})

test('a dead letter keeps coordinates, time, exact bytes, headers and the reason', () => {
  const place = { source_id: 3, generation: 2, partition: 1, batch_no: 9 }
  const value = Buffer.from([0xff, 0x00, 0x7b])
  const record = recordOf({ offset: 77, key: 'k', value, headers: [['h', Buffer.from('x')]] })
  const reason = { sqlstate: '22021', message: 'why' }
  expect(deadLetter(place, record, reason)).toEqual({
    ...place,
    ...reason,
    offset: 77,
    kafka_at: '2026-03-01T10:00:00.000Z',
    key: Buffer.from('k').toString('base64'),
    payload: value.toString('base64'),
    headers: { h: 'x' },
  })
})
