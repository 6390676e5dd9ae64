import type pg from 'pg'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { lettersOf, storeEvents, tick } from '../../models/bronzeRows.ts'
import { testDatabase } from '../../support/database.ts'
import { line } from './store.ts'

let owner: pg.Client
beforeAll(async () => {
  owner = await (await testDatabase('applied')).client('sluice_owner')
})
beforeEach(() => owner.query('begin'))
afterEach(() => owner.query('rollback'))

/** Stores lines with these headers, none where there are none, and ticks. */
async function store(...lines: { fields?: object; headers?: Record<string, string> }[]) {
  const events = lines.map(({ fields, ...rest }) => ({ payload: { ...line, ...fields }, ...rest }))
  await storeEvents(owner, 'user_activity', events)
  await tick(owner)
}
const rows = async (columns: string) =>
  (await owner.query<Record<string, unknown>>(`select ${columns} from silver.activity`)).rows
const of = (file: string, number: number) => ({
  headers: { 'sluice-file': file, 'sluice-line': String(number) },
})

test('a line of a file becomes an event', async () => {
  await store({ ...of('a', 2) })
  expect(await rows('*')).toMatchObject([
    {
      file_id: 'a',
      line_number: '2',
      event_type: 'view',
      product_id: '1',
      category_id: '100',
      category_code: 'electronics.phone',
      brand: 'arbor',
      price: '10.00',
      user_id: '1',
      happened_at: new Date('2019-11-01T10:00:00Z'),
    },
  ])
})

test('a line that was sent twice counts once, in one tick and in two', async () => {
  await store(of('a', 2), of('a', 2), of('a', 3), of('b', 2))
  await store(of('a', 2))
  expect(await rows('file_id, line_number::int as line')).toEqual([
    { file_id: 'a', line: 2 },
    { file_id: 'a', line: 3 },
    { file_id: 'b', line: 2 },
  ])
})

test('without headers all events count, however alike', async () => {
  await store({}, {}, of('a', 2))
  await store({})
  expect(await rows('count(*)::int as events')).toEqual([{ events: 4 }])
})

test('ids and prices may be numbers', async () => {
  const fields = { product_id: 1_003_461, price: 489.07, user_id: 520_088_904 }
  await store({ fields: { ...fields, category_id: 2_053_013_555_631 } })
  expect(await rows('product_id, category_id, price, user_id')).toEqual([
    { product_id: '1003461', category_id: '2053013555631', price: '489.07', user_id: '520088904' },
  ])
})

test.each([
  ['null', null],
  ['empty', ''],
])('what is %s is null', async (_, empty) => {
  await store({ fields: { category_code: empty, brand: empty, price: empty, user_session: empty } })
  expect(await rows('category_code, brand, price, user_session')).toEqual([
    { category_code: null, brand: null, price: null, user_session: null },
  ])
})

test('a line without a proper time is a dead letter, and the others are events', async () => {
  await store({ fields: { event_time: 'yesterday' } }, {}, { fields: { event_time: null } })
  expect(await rows('count(*)::int as events')).toEqual([{ events: 1 }])
  expect(await lettersOf(owner, 'silver.activity')).toHaveLength(2)
})
