import { expect, test } from 'vitest'
import { decodeRecordBatches, type AbortedTransaction } from '../../ingest/recordBatch.ts'
import { attribute, handMadeBatch, marker } from './handMadeBatch.ts'

/** Two records of a transaction of a producer. */
const pair = (baseOffset: bigint, producerId: bigint) =>
  handMadeBatch({
    baseOffset,
    producerId,
    attributes: attribute.transactional,
    records: [{ offsetDelta: 0 }, { offsetDelta: 1 }],
  })

const plain = (baseOffset: bigint, producerId = -1n) =>
  handMadeBatch({ baseOffset, producerId, records: [{ offsetDelta: 0 }] })

function decode(batches: Buffer[], aborted: AbortedTransaction[] = []) {
  const { records, next } = decodeRecordBatches(Buffer.concat(batches), 0, aborted)
  return { offsets: [...records].map((record) => record.offset), next }
}

test('a committed transaction is read; its marker has an offset and no record', () => {
  expect(decode([pair(0n, 7n), marker('commit', 2n, 7n)])).toEqual({ offsets: [0, 1], next: 3 })
})

test('a control batch alone moves the position', () => {
  expect(decode([marker('commit', 0n, 7n)])).toEqual({ offsets: [], next: 1 })
})

test('an aborted transaction has offsets and no records', () => {
  const batches = [pair(0n, 7n), pair(2n, 7n), marker('abort', 4n, 7n)]
  expect(decode(batches, [{ producerId: 7n, firstOffset: 0 }])).toEqual({ offsets: [], next: 5 })
})

test('an abort hides what its producer wrote before the marker, not after it', () => {
  const batches = [pair(0n, 7n), marker('abort', 2n, 7n), pair(3n, 7n), marker('commit', 5n, 7n)]
  expect(decode(batches, [{ producerId: 7n, firstOffset: 0 }])).toEqual({
    offsets: [3, 4],
    next: 6,
  })
})

test('an abort hides neither other transactions nor plain records between', () => {
  const batches = [
    pair(0n, 7n),
    pair(2n, 8n),
    plain(4n),
    marker('commit', 5n, 8n),
    pair(6n, 7n),
    marker('abort', 8n, 7n),
  ]
  const aborted = [{ producerId: 7n, firstOffset: 0 }]
  expect(decode(batches, aborted)).toEqual({ offsets: [2, 3, 4], next: 9 })
})

test('what a producer committed before its aborted transaction is read', () => {
  const batches = [pair(0n, 7n), marker('commit', 2n, 7n), pair(3n, 7n), marker('abort', 5n, 7n)]
  expect(decode(batches, [{ producerId: 7n, firstOffset: 3 }])).toEqual({
    offsets: [0, 1],
    next: 6,
  })
})

test('an abort that began before this fetch hides what it brings', () => {
  const batches = [pair(100n, 7n), marker('abort', 102n, 7n), pair(103n, 7n)]
  const aborted = [{ producerId: 7n, firstOffset: 60 }]
  expect(decode(batches, aborted)).toEqual({ offsets: [103, 104], next: 105 })
})

test('two aborts of one producer, listed in any order, hide both', () => {
  const batches = [
    pair(0n, 7n),
    marker('abort', 2n, 7n),
    pair(3n, 7n),
    marker('abort', 5n, 7n),
    pair(6n, 7n),
    marker('commit', 8n, 7n),
  ]
  const aborted = [
    { producerId: 7n, firstOffset: 3 },
    { producerId: 7n, firstOffset: 0 },
  ]
  expect(decode(batches, aborted)).toEqual({ offsets: [6, 7], next: 9 })
})
