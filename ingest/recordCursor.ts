/** Why the bytes of a record are none; the batch is damaged. */
export class RecordError extends Error {
  override name = 'RecordError'
}

/** Reads Kafka's zigzag varints and length-prefixed bytes. Beyond the end it throws a RecordError. */
export class RecordCursor {
  position: number
  private readonly buffer: Buffer

  constructor(buffer: Buffer, position: number) {
    this.buffer = buffer
    this.position = position
  }

  varint(): number {
    let byte = this.byte()
    let result = byte & 0x7f
    for (let shift = 7; byte & 0x80; shift += 7) {
      byte = this.byte()
      result |= (byte & 0x7f) << shift
    }
    return (result >>> 1) ^ -(result & 1)
  }

  /** Up to 64 bits; exact up to 2^53. */
  varlong(): number {
    const start = this.position
    const { buffer } = this
    let length = 1
    while (buffer[start + length - 1]! & 0x80) length += 1
    if (length <= 4) return this.varint()
    let result = 0n
    for (let index = length - 1; index >= 0; index -= 1) {
      result = (result << 7n) | BigInt(buffer[start + index]! & 0x7f)
    }
    this.position = start + length
    return Number((result >> 1n) ^ -(result & 1n))
  }

  bytes(): Buffer | null {
    const length = this.varint()
    if (length < 0) return null
    const start = this.position
    this.position += length
    if (this.position > this.buffer.length) throw beyondEnd()
    return this.buffer.subarray(start, this.position)
  }

  /** Passes over what `bytes` would return. */
  skipBytes(): void {
    const length = this.varint()
    if (length > 0) this.position += length
    if (this.position > this.buffer.length) throw beyondEnd()
  }

  skip(bytes: number): void {
    this.position += bytes
  }

  private byte(): number {
    const byte = this.buffer[this.position++]
    if (byte === undefined) throw beyondEnd()
    return byte
  }
}

const beyondEnd = () => new RecordError('a record goes beyond the end of its batch')
