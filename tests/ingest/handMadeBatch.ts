import { gzipSync } from 'node:zlib'

export interface HandMadeRecord {
  offsetDelta: number
  timestampDelta?: bigint
  key?: string | null
  value?: string | Buffer | null
  headers?: [string, string | Buffer | null][]
}

export interface HandMadeBatch {
  baseOffset?: bigint
  baseTimestamp?: bigint
  maxTimestamp?: bigint
  attributes?: number
  producerId?: bigint
  /** Default: that of the last record. Larger after compaction took the last ones. */
  lastOffsetDelta?: number
  records: HandMadeRecord[]
}

export const attribute = {
  gzip: 1,
  logAppendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
}

/** One record batch of message format 2, byte by byte: https://kafka.apache.org/documentation/#recordbatch */
export function handMadeBatch(batch: HandMadeBatch): Buffer {
  const { records, attributes = 0, baseTimestamp = 1_700_000_000_000n } = batch
  const plain = Buffer.concat(records.map(handMadeRecord))
  const body = (attributes & 7) === attribute.gzip ? gzipSync(plain) : plain
  const header = Buffer.alloc(61)
  header.writeBigInt64BE(batch.baseOffset ?? 0n, 0)
  header.writeInt32BE(header.length + body.length - 12, 8)
  header.writeInt8(2, 16)
  header.writeInt16BE(attributes, 21)
  header.writeInt32BE(batch.lastOffsetDelta ?? records.at(-1)?.offsetDelta ?? 0, 23)
  header.writeBigInt64BE(baseTimestamp, 27)
  header.writeBigInt64BE(batch.maxTimestamp ?? baseTimestamp, 35)
  header.writeBigInt64BE(batch.producerId ?? -1n, 43)
  header.writeInt32BE(records.length, 57)
  return Buffer.concat([header, body])
}

/** The marker that ends a transaction. */
export function marker(type: 'abort' | 'commit', offset: bigint, producerId: bigint): Buffer {
  const key = Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1]).toString('latin1')
  return handMadeBatch({
    baseOffset: offset,
    producerId,
    attributes: attribute.transactional | attribute.control,
    records: [{ offsetDelta: 0, key, value: Buffer.alloc(6) }],
  })
}

function handMadeRecord(record: HandMadeRecord): Buffer {
  const { key = null, value = null, headers = [], timestampDelta = 0n, offsetDelta } = record
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(timestampDelta),
    varint(BigInt(offsetDelta)),
    withLength(key === null ? null : Buffer.from(key)),
    withLength(value === null ? null : Buffer.from(value as string)),
    varint(BigInt(headers.length)),
    ...headers.flatMap(([name, content]) => [
      withLength(Buffer.from(name)),
      withLength(content === null ? null : Buffer.from(content as string)),
    ]),
  ])
  return withLength(body)
}

function withLength(bytes: Buffer | null): Buffer {
  return bytes === null ? varint(-1n) : Buffer.concat([varint(BigInt(bytes.length)), bytes])
}

/** Zigzag: 0, -1, 1, -2 … become 0, 1, 2, 3 …, then seven bits a byte, lowest first. */
function varint(value: bigint): Buffer {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  const bytes: number[] = []
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  return Buffer.from([...bytes, Number(rest)])
}
