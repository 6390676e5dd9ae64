import { expect, test } from 'vitest'
import { decodeRecordBatches } from '../../ingest/recordBatch.ts'
import { attribute, handMadeBatch } from './handMadeBatch.ts'

const offsetsOf = (
  bytes: Buffer,
  from = 0,
  aborted: { producerId: bigint; firstOffset: number }[] = [],
) => {
  const { records, next } = decodeRecordBatches(bytes, from, aborted)
  return { offsets: [...records].map((record) => record.offset), next }
}

const batchOf = (baseOffset: bigint, offsetDeltas: number[], more = {}) =>
  handMadeBatch({
    baseOffset,
    records: offsetDeltas.map((offsetDelta) => ({ offsetDelta, value: '{}' })),
    ...more,
  })

test('a record has its offset, time, key, value and headers', () => {
  const bytes = handMadeBatch({
    baseOffset: 5_000_000_000n,
    records: [
      {
        offsetDelta: 3,
        timestampDelta: 250n,
        key: 'käse',
        value: '{"a":1}',
        headers: [
          ['trace', 'one'],
          ['trace', 'two'],
          ['empty', null],
        ],
      },
    ],
  })
  const { records, next } = decodeRecordBatches(bytes, 0, [])
  expect([...records]).toEqual([
    {
      offset: 5_000_000_003,
      timestamp: 1_700_000_000_250,
      key: Buffer.from('käse'),
      value: Buffer.from('{"a":1}'),
      headers: [
        ['trace', Buffer.from('one')],
        ['trace', Buffer.from('two')],
        ['empty', null],
      ],
    },
  ])
  expect(next).toBe(5_000_000_004)
})

test('a null key, a tombstone and an empty value are told apart', () => {
  const bytes = handMadeBatch({
    records: [
      { offsetDelta: 0, key: null, value: 'x' },
      { offsetDelta: 1, key: 'k', value: null },
      { offsetDelta: 2, key: '', value: '' },
    ],
  })
  const { records } = decodeRecordBatches(bytes, 0, [])
  expect([...records].map(({ key, value }) => [key?.length, value?.length])).toEqual([
    [undefined, 1],
    [1, undefined],
    [0, 0],
  ])
})

test.each([
  ['before', -1n],
  ['a year before', -31_536_000_000n],
  ['a century after', 3_155_760_000_000n],
  ['2^52 ms after', 4_503_599_627_370_496n],
])('a time %s the first of its batch is right', (_, timestampDelta) => {
  const baseTimestamp = 1_700_000_000_000n
  const bytes = handMadeBatch({ baseTimestamp, records: [{ offsetDelta: 0, timestampDelta }] })
  const { records } = decodeRecordBatches(bytes, 0, [])
  expect(records.at(0)!.timestamp).toBe(Number(baseTimestamp + timestampDelta))
})

test('with log-append time every record has the time of the batch', () => {
  const bytes = handMadeBatch({
    attributes: attribute.logAppendTime,
    maxTimestamp: 1_700_000_099_000n,
    records: [
      { offsetDelta: 0, timestampDelta: 5n },
      { offsetDelta: 1, timestampDelta: 7n },
    ],
  })
  const times = [...decodeRecordBatches(bytes, 0, []).records].map((record) => record.timestamp)
  expect(times).toEqual([1_700_000_099_000, 1_700_000_099_000])
})

test('a gzip batch between two plain ones is read like them', () => {
  const bytes = Buffer.concat([
    batchOf(0n, [0, 1]),
    batchOf(2n, [0, 1, 2], { attributes: attribute.gzip }),
    batchOf(5n, [0]),
  ])
  expect(offsetsOf(bytes)).toEqual({ offsets: [0, 1, 2, 3, 4, 5], next: 6 })
})

test('a codec that is not known is told with its number and place', () => {
  const bytes = batchOf(7n, [0], { attributes: 6 })
  expect(decodeRecordBatches(bytes, 0, []).unreadable).toEqual({
    offset: 7,
    next: 8,
    reason: 'its codec 6 is not known; Kafka has 0 to 4',
  })
})

test('what stands before a batch that can not be read is read', () => {
  const bytes = Buffer.concat([batchOf(0n, [0, 1]), batchOf(2n, [0], { attributes: 6 })])
  const { records, next, unreadable } = decodeRecordBatches(bytes, 0, [])
  expect({
    offsets: [...records].map(({ offset }) => offset),
    next,
    at: unreadable?.offset,
  }).toEqual({
    offsets: [0, 1],
    next: 2,
    at: 2,
  })
})

test('a batch that says it has more records than it holds is refused whole', () => {
  const bytes = batchOf(0n, [0, 1])
  bytes.writeInt32BE(2_000_000_000, 57)
  const { records, next, unreadable } = decodeRecordBatches(bytes, 0, [])
  expect({ records: [...records], next }).toEqual({ records: [], next: null })
  expect(unreadable?.reason).toContain('beyond the end of its batch')
})

test('batches behind the bytes that are wanted are left for another fetch, the first never', () => {
  const large = (offset: bigint) =>
    handMadeBatch({
      baseOffset: offset,
      attributes: attribute.gzip,
      records: [{ offsetDelta: 0, value: Buffer.alloc(1_000) }],
    })
  const bytes = Buffer.concat([large(0n), large(1n), large(2n)])
  const nextWith = (most: number) => decodeRecordBatches(bytes, 0, [], most).next
  expect([1, 1_500, 1e6].map(nextWith)).toEqual([1, 2, 3])
})

test('holes that compaction left keep their offsets, and the position passes them', () => {
  const bytes = Buffer.concat([batchOf(10n, [2, 7], { lastOffsetDelta: 9 }), batchOf(40n, [1])])
  expect(offsetsOf(bytes, 10)).toEqual({ offsets: [12, 17, 41], next: 42 })
})

test('a batch that compaction emptied moves the position though it has no record', () => {
  expect(offsetsOf(batchOf(10n, [], { lastOffsetDelta: 4 }), 10)).toEqual({ offsets: [], next: 15 })
})

test('records before the offset that was asked for are left out', () => {
  expect(offsetsOf(batchOf(0n, [0, 1, 2, 3]), 2)).toEqual({ offsets: [2, 3], next: 4 })
})

test('a batch that lies wholly before the position never moves it back', () => {
  expect(offsetsOf(batchOf(0n, [0, 1]), 9)).toEqual({ offsets: [], next: 9 })
})

test.each([1, 30, 60, 70])(
  'a batch whose last %i bytes are missing is left for the next fetch',
  (cut) => {
    const second = batchOf(2n, [0, 1, 2])
    const bytes = Buffer.concat([batchOf(0n, [0, 1]), second.subarray(0, second.length - cut)])
    expect(offsetsOf(bytes)).toEqual({ offsets: [0, 1], next: 2 })
  },
)

test('without a whole batch there is no next position', () => {
  expect(offsetsOf(batchOf(0n, [0, 1]).subarray(0, 64))).toEqual({ offsets: [], next: null })
  expect(offsetsOf(Buffer.alloc(0))).toEqual({ offsets: [], next: null })
})

test('an older message format is refused with its number', () => {
  const bytes = batchOf(0n, [0])
  bytes.writeInt8(1, 16)
  const { unreadable } = decodeRecordBatches(bytes, 0, [])
  expect(unreadable?.reason).toContain('message format 1 is not supported')
})
