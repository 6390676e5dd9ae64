import type { KafkaRecord } from '../../ingest/recordBatch.ts'

interface Given {
  offset?: number
  timestamp?: number
  key?: string | Buffer | null
  value?: string | Buffer | null
  headers?: KafkaRecord['headers']
}

/** A record as the decoder gives it; what is not given is harmless. */
export function recordOf(given: Given = {}): KafkaRecord {
  const { offset = 0, key = 'k', value = '{}', headers = [] } = given
  const timestamp = given.timestamp ?? Date.parse('2026-03-01T10:00:00Z')
  return { offset, timestamp, key: bytesOf(key), value: bytesOf(value), headers }
}

function bytesOf(content: string | Buffer | null): Buffer | null {
  return content === null ? null : Buffer.from(content as string)
}
