/**
 * Reads an answer of Kafka's protocol. Flexible versions write lengths as varints and end each structure with
 * tagged fields, which are passed over here; their `tags()` reads nothing in older versions.
 * Source: https://kafka.apache.org/protocol#protocol_types
 */
export class WireReader {
  private position = 0
  private readonly buffer: Buffer
  private readonly isFlexible: boolean

  constructor(buffer: Buffer, isFlexible: boolean) {
    this.buffer = buffer
    this.isFlexible = isFlexible
  }

  int16(): number {
    return this.buffer.readInt16BE(this.advance(2))
  }

  int32(): number {
    return this.buffer.readInt32BE(this.advance(4))
  }

  int64(): bigint {
    return this.buffer.readBigInt64BE(this.advance(8))
  }

  uuid(): string {
    const start = this.advance(16)
    const hex = this.buffer.toString('hex', start, start + 16)
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  }

  text(): string | null {
    const length = this.isFlexible ? this.varint() - 1 : this.int16()
    if (length < 0) return null
    const start = this.advance(length)
    return this.buffer.toString('utf8', start, start + length)
  }

  /** A view of the bytes; empty for null. */
  bytes(): Buffer {
    const length = Math.max(0, this.length())
    const start = this.advance(length)
    return this.buffer.subarray(start, start + length)
  }

  /** Empty for null. */
  array<Item>(read: () => Item): Item[] {
    const items: Item[] = []
    for (let left = this.length(); left > 0; left -= 1) items.push(read())
    return items
  }

  tags(): void {
    if (!this.isFlexible) return
    for (let left = this.varint(); left > 0; left -= 1) {
      this.varint()
      this.skip(this.varint())
    }
  }

  skip(bytes: number): void {
    this.advance(bytes)
  }

  private length(): number {
    return this.isFlexible ? this.varint() - 1 : this.int32()
  }

  private varint(): number {
    let result = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = this.buffer.readUInt8(this.advance(1))
      result += (byte & 0x7f) * factor
      if (byte < 0x80) return result
    }
  }

  private advance(bytes: number): number {
    const start = this.position
    this.position += bytes
    return start
  }
}

export const uuidBytes = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex')
