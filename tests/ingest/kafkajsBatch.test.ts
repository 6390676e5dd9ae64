// What another implementation wrote, kafkajs's producer, is read back.
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { decodeRecordBatches } from '../../ingest/recordBatch.ts'

interface Encoded {
  buffer: Buffer
}
interface Message {
  offsetDelta: number
  timestampDelta: number
  key: Buffer | null
  value: Buffer | null
  headers: { one?: Buffer; more?: Buffer[] }
}

const require = createRequire(import.meta.url)
const encodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0') as (
  message: Message,
) => Encoded
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch: (batch: object) => Promise<Encoded>
}
const Long = require('kafkajs/src/utils/long') as { fromValue: (value: string) => unknown }

const messages: Message[] = Array.from({ length: 50 }, (_, index) => ({
  offsetDelta: index,
  timestampDelta: index === 0 ? 0 : index * 86_400_000 - 40,
  key: index % 3 === 0 ? null : Buffer.from(`key ${index}`),
  value: index % 5 === 0 ? null : Buffer.from(`{"n":${index},"text":"${'ü'.repeat(index * 20)}"}`),
  headers:
    index % 7 === 0 ? { one: Buffer.from('1'), more: [Buffer.from('2'), Buffer.from('3')] } : {},
}))
const firstTimestamp = 1_767_225_600_000

const expected = messages.map(({ offsetDelta, timestampDelta, key, value, headers }) => ({
  offset: 9_007_199_254_000_000 + offsetDelta,
  timestamp: firstTimestamp + timestampDelta,
  key,
  value,
  headers: headers.one
    ? [
        ['one', Buffer.from('1')],
        ['more', Buffer.from('2')],
        ['more', Buffer.from('3')],
      ]
    : [],
}))

test.each([
  ['plain', 0],
  ['gzip', 1],
])('a batch as kafkajs writes it, %s, is read as it was meant', async (_, compression) => {
  const { buffer } = await RecordBatch({
    compression,
    firstOffset: Long.fromValue('9007199254000000'),
    firstTimestamp,
    maxTimestamp: firstTimestamp + messages.at(-1)!.timestampDelta,
    lastOffsetDelta: messages.length - 1,
    records: messages.map(encodeRecord),
  })
  const { records, next } = decodeRecordBatches(buffer, 0, [])
  expect([...records]).toEqual(expected)
  expect(next).toBe(9_007_199_254_000_050)
})
