import { beforeAll, expect, test } from 'vitest'
import { batchOf } from '../../ingest/batch.ts'
import { flush } from '../../ingest/flush.ts'
import { countRefusals, expectRefusals, pieceSize } from '../../ingest/refusals.ts'
import { bronzeDatabase, portionOf, sourceOf, stateOf, type Bronze } from './bronze.ts'
import { recordOf } from './records.ts'

let bronze: Bronze
beforeAll(async () => {
  bronze = await bronzeDatabase()
})

const valuesFrom = (from: number, count: number, isBad: (n: number) => boolean) =>
  Array.from({ length: count }, (_, index) => {
    const offset = from + index
    return recordOf({ offset, value: `{"n": ${isBad(offset) ? -1 : offset}}` })
  })

async function stored(table: string): Promise<number[]> {
  const { rows } = await bronze.owner.query<{ offset: number }>(
    `select kafka_offset::int as offset from bronze.${table} order by kafka_offset`,
  )
  return rows.map(({ offset }) => offset)
}

test('pieces are the smaller, the more rows are refused, and end when none are', () => {
  const source = { source_id: 1, topic: 't', table_name: 't', start_at: 'earliest', generation: 1 }
  const records = Array.from({ length: 50_000 }, (_, offset) => recordOf({ offset }))
  const batches = [batchOf(portionOf(stateOf(source), records))]
  expect(pieceSize(batches)).toBeUndefined()
  expectRefusals(batches)
  countRefusals(batches, 50)
  const few = pieceSize(batches)!
  countRefusals(batches, 5_000)
  expect(pieceSize(batches)).toBeLessThan(few)
  countRefusals(batches, 0)
  expect(pieceSize(batches)).toBeGreaterThan(few)
  for (let flushes = 0; flushes < 4; flushes += 1) countRefusals(batches, 0)
  expect(pieceSize(batches)).toBeUndefined()
})

test('refused rows at the edges of pieces, beside each other and alone leave every other row stored once', async () => {
  const source = await sourceOf(bronze.owner, 'edges')
  await bronze.owner.query(
    `alter table bronze.edges add constraint n_is_positive check ((payload ->> 'n')::int >= 0)`,
  )
  const state = stateOf(source)
  const flushed = async (from: number, count: number, isBad: (n: number) => boolean) => {
    const result = await flush(bronze.ingest, [portionOf(state, valuesFrom(from, count, isBad))])
    Object.assign(state, { storedOffset: from + count, batchNo: state.batchNo + 1 })
    return result
  }
  expect(await flushed(0, 3, (n) => n === 1)).toEqual({ rows: 2, deadLetters: 1 })
  const size = pieceSize([batchOf(portionOf(state, []))])!
  const bad = new Set(
    [0, 1, size - 1, size, 2 * size, 5 * size + 7, 6 * size - 1].map((n) => n + 3),
  )
  const isBad = (n: number) => bad.has(n)
  const count = 6 * size
  expect(await flushed(3, count, isBad)).toEqual({ rows: count - bad.size, deadLetters: bad.size })
  expect(await stored('edges')).toEqual(
    Array.from({ length: count + 3 }, (_, n) => n).filter((n) => n !== 1 && !isBad(n)),
  )
})

test('a fault of the surroundings in the midst of pieces stores nothing and sets nothing aside', async () => {
  const source = await sourceOf(bronze.owner, 'midst')
  await bronze.owner.query(`
    create function bronze.refuse() returns trigger language plpgsql as $$
    begin
      if new.payload ->> 'n' = '-1' then
        raise exception 'a rule' using errcode = 'P0001';
      elsif new.kafka_offset = 700 then
        raise exception 'too many connections' using errcode = '53300';
      end if;
      return new;
    end
    $$;
    create trigger refuse before insert on bronze.midst for each row execute function bronze.refuse()`)
  const records = valuesFrom(0, 1_000, (n) => n % 100 === 50)
  const flushing = flush(bronze.ingest, [portionOf(stateOf(source), records)])
  await expect(flushing).rejects.toMatchObject({ code: '53300' })
  expect(await stored('midst')).toEqual([])
  const { rows } = await bronze.owner.query('select from ops.dead_letters where source_id = $1', [
    source.source_id,
  ])
  expect(rows).toEqual([])
})
