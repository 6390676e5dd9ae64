import { expect, test } from 'vitest'
import { decodeRecordBatches } from '../../ingest/recordBatch.ts'
import { JoinedRecords } from '../../ingest/records.ts'
import { handMadeBatch } from './handMadeBatch.ts'
import { recordOf } from './records.ts'

const some = (...offsets: number[]) => offsets.map((offset) => recordOf({ offset }))

test('records of several parts have their places in all of them, asked in any order', () => {
  const joined = new JoinedRecords([some(3), [], new JoinedRecords([some(4, 6), some(7)]), []])
  const offsetsAt = (places: number[]) => places.map((place) => joined.at(place)?.offset)
  expect(joined.length).toBe(4)
  expect(offsetsAt([0, 1, 2, 3])).toEqual([3, 4, 6, 7])
  expect(offsetsAt([3, 0, 2, 2, 1])).toEqual([7, 3, 6, 6, 4])
  expect(offsetsAt([-1, -4])).toEqual([7, 3])
  expect(offsetsAt([4, 0, 99, 1])).toEqual([undefined, 3, undefined, 4])
  expect([...joined].map(({ offset }) => offset)).toEqual([3, 4, 6, 7])
})

test('a record of a fetched batch is the same whenever it is asked for', () => {
  const bytes = handMadeBatch({
    baseOffset: 10n,
    records: [
      { offsetDelta: 0, key: 'a', value: '{"n": 1}', headers: [['trace', 'one']] },
      { offsetDelta: 1, key: null, value: null },
      { offsetDelta: 5, key: '', value: '{"n": 3}' },
    ],
  })
  const { records } = decodeRecordBatches(bytes, 11, [])
  const all = [...records]
  expect(all.map(({ offset, value }) => [offset, value?.toString()])).toEqual([
    [11, undefined],
    [15, '{"n": 3}'],
  ])
  for (const place of [1, 0, 1, -1, -2, 2]) expect(records.at(place)).toEqual(all.at(place))
})
