// What is encoded is read back by a real server.
import { from as copyFrom } from 'pg-copy-streams'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { beforeAll, expect, test } from 'vitest'
import { copyColumns, encodeCopy, type CopyGroup } from '../../ingest/encodeCopy.ts'
import { bronzeDatabase, sourceOf, type Bronze } from './bronze.ts'
import { recordOf } from './records.ts'

let bronze: Bronze
beforeAll(async () => {
  bronze = await bronzeDatabase()
})

/** Copies groups into a new bronze table; returns its name. */
async function copied(topic: string, groups: CopyGroup[]): Promise<string> {
  const { table_name } = await sourceOf(bronze.owner, topic)
  const into = `copy bronze.${table_name} (${copyColumns}) from stdin (format binary)`
  await pipeline(Readable.from(encodeCopy(groups)), bronze.ingest.query(copyFrom(into)))
  return `bronze.${table_name}`
}

const groupOf = (records: CopyGroup['records']): CopyGroup => ({
  generation: 1,
  partition: 0,
  batchNo: 1,
  records,
})

async function payloadsOf(table: string): Promise<string[]> {
  const { rows } = await bronze.owner.query<{ payload: string }>(
    `select payload::text as payload from ${table} order by kafka_offset`,
  )
  return rows.map((row) => row.payload)
}

test('coordinates, time, key, headers and payload arrive as they were sent', async () => {
  const record = recordOf({
    offset: 9_007_199_254_740_991,
    timestamp: Date.parse('2026-03-01T10:20:30.123Z'),
    key: 'ключ "1"\t\\N',
    value: '{"a": [1, null, true], "ü": "😀\\n"}',
    headers: [['h', Buffer.from('é')]],
  })
  const group = { generation: 3, partition: 7, batchNo: 5_000_000_000, records: [record] }
  const table = await copied('round-trip', [group])
  const { rows } = await bronze.owner.query(
    `select generation, kafka_partition, kafka_offset, batch_no, kafka_at, kafka_key, headers,
      payload = $1::jsonb as is_same, ingested_at between now() - interval '1 minute' and now() as is_now
    from ${table}`,
    [record.value!.toString()],
  )
  expect(rows).toEqual([
    {
      generation: 3,
      kafka_partition: 7,
      kafka_offset: '9007199254740991',
      batch_no: '5000000000',
      kafka_at: new Date('2026-03-01T10:20:30.123Z'),
      kafka_key: 'ключ "1"\t\\N',
      headers: { h: 'é' },
      is_same: true,
      is_now: true,
    },
  ])
})

test('every digit of a number arrives: 19-digit ids, trailing zeros, tiny and huge ones', async () => {
  const value = '[9223372036854775807, 1234567890123456789012345.678, 1.10, 1e-30, 123e30, -0.0]'
  const [payload] = await payloadsOf(await copied('numbers', [groupOf([recordOf({ value })])]))
  const { rows } = await bronze.owner.query<{ text: string }>('select $1::jsonb::text as text', [
    value,
  ])
  expect(payload).toBe(rows[0]!.text)
  expect(payload).toContain('9223372036854775807, 1234567890123456789012345.678, 1.10')
})

test('null keys, tombstones and missing headers are nulls; an empty key is not', async () => {
  const table = await copied('nulls', [
    groupOf([
      recordOf({ offset: 0, key: null, value: null }),
      recordOf({ offset: 1, key: '', value: 'null' }),
    ]),
  ])
  const { rows } = await bronze.owner.query(
    `select kafka_key, headers, payload is null as is_tombstone, payload::text from ${table}
    order by kafka_offset`,
  )
  expect(rows).toEqual([
    { kafka_key: null, headers: null, is_tombstone: true, payload: null },
    { kafka_key: '', headers: null, is_tombstone: false, payload: 'null' },
  ])
})

test.each([
  [-1, 0],
  [0, 0],
  [946_684_799_999, 946_684_799_999],
  [946_684_800_001, 946_684_800_001],
  [8_640_000_000_000_000 / 2, 8_640_000_000_000_000 / 2],
])('the Kafka time %i ms is stored as %i ms', async (timestamp, expected) => {
  const table = await copied(`time${timestamp}`, [groupOf([recordOf({ timestamp })])])
  const { rows } = await bronze.owner.query<{ ms: string }>(
    `select (extract(epoch from kafka_at) * 1000)::bigint as ms from ${table}`,
  )
  expect(Number(rows[0]!.ms)).toBe(expected)
})

test('a value of 3 MB goes through beside small ones', async () => {
  const large = JSON.stringify({ text: 'ä'.repeat(1_500_000) })
  const values = ['{"n": 1}', large, '{"n": 3}']
  const records = values.map((value, offset) => recordOf({ offset, value }))
  const payloads = await payloadsOf(await copied('large', [groupOf(records)]))
  expect(payloads.map((payload) => payload.length)).toEqual([8, large.length + 1, 8])
})

test('many groups and chunks keep every row under its own partition and batch', async () => {
  const groups = [0, 1, 2].map((partition) => ({
    generation: 1,
    partition,
    batchNo: partition + 10,
    records: Array.from({ length: 4_000 }, (_, offset) =>
      recordOf({
        offset,
        value: `{"p": ${partition}, "n": ${offset}, "fill": "${'x'.repeat(99)}"}`,
      }),
    ),
  }))
  expect([...encodeCopy(groups)].length).toBeGreaterThan(5)
  const table = await copied('groups', groups)
  const { rows } = await bronze.owner.query(
    `select kafka_partition, batch_no::int, count(*)::int as rows,
      bool_and((payload ->> 'p')::int = kafka_partition and (payload ->> 'n')::int = kafka_offset)
        as is_right
    from ${table} group by 1, 2 order by 1`,
  )
  expect(rows).toEqual(
    [0, 1, 2].map((p) => ({ kafka_partition: p, batch_no: p + 10, rows: 4_000, is_right: true })),
  )
})

test('nothing to store is a valid copy of no rows', async () => {
  expect(await payloadsOf(await copied('nothing', []))).toEqual([])
})
