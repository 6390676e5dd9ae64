import { expect, test } from 'vitest'
import { countsOf, sourceWithLetters } from './deadLetters.ts'
import { opsDatabase } from './ops.ts'

const ops = opsDatabase()
const discard = async (topic: string, rest = '') =>
  (
    await ops.rows<{ n: number }>(`select ops.discard_dead_letters('${topic}'${rest})::int as n`)
  )[0]!.n

test('discarded letters are gone with their bytes, counted, and named', async () => {
  const id = await sourceWithLetters(
    ops,
    'given-up',
    [{ offset: 4 }, { offset: 6 }],
    [{ offset: 8 }],
  )
  expect(await discard('given-up', `, p_partition => 0`)).toBe(2)
  expect(await countsOf(ops, id)).toEqual({
    letters: 1,
    stored_rows: 17,
    dead_letters: 1,
    discarded: 2,
    lowest_batch_no: 0,
    next_batch_no: 2,
    next_offset: 10,
  })
  expect(
    await ops.rows(
      `select kafka_offset::int, outcome, batch_no, sqlstate, message, original, mended
      from ops.settled_letters where source_id = $1 order by 1`,
      [id],
    ),
  ).toEqual(
    [4, 6].map((kafka_offset) => ({
      kafka_offset,
      outcome: 'discarded',
      batch_no: null,
      sqlstate: '22P02',
      message: 'invalid input syntax for type json',
      original: null,
      mended: null,
    })),
  )
})

test('filters choose by offsets and SQLSTATE', async () => {
  await sourceWithLetters(ops, 'chosen', [
    { offset: 4, sqlstate: '22003' },
    { offset: 5 },
    { offset: 6 },
  ])
  expect(await discard('chosen', `, p_sqlstate => '22003', p_offsets => '{5}'`)).toBe(0)
  expect(await discard('chosen', `, p_sqlstate => '22003'`)).toBe(1)
  expect(await discard('chosen', `, p_offsets => '{5,7}'`)).toBe(1)
  expect(await discard('chosen')).toBe(1)
  expect(await discard('chosen')).toBe(0)
})

test('letters of a model are discarded by its name, and do not count for ingest', async () => {
  const id = await sourceWithLetters(ops, 'of-a-model', [{ offset: 4 }])
  await ops.rows(
    `insert into ops.dead_letters (source_id, generation, kafka_partition, kafka_offset, stage, sqlstate, message)
    values ($1, 1, 0, 7, 'silver.orders', '22P02', 'x')`,
    [id],
  )
  expect(await discard('of-a-model', `, p_stage => 'silver.orders'`)).toBe(1)
  expect(await countsOf(ops, id)).toMatchObject({ letters: 1, dead_letters: 1, discarded: 0 })
})

test('an unknown topic is SL013', async () => {
  await expect(discard('nobody')).rejects.toMatchObject({ code: 'SL013' })
})
