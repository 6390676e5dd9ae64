import type { KafkaRecord } from './recordBatch.ts'

/** Records in the order of their offsets. An array is one; others make a record when it is asked for, each time anew. */
export interface Records extends Iterable<KafkaRecord> {
  readonly length: number
  /** From the end where it is negative. */
  at(index: number): KafkaRecord | undefined
}

/** Several as one. Asked in order it is quickest. */
export class JoinedRecords implements Records {
  readonly length: number
  private readonly parts: Records[]
  /** The part that was asked last, and the index of its first record. */
  private part = 0
  private first = 0

  constructor(parts: Records[]) {
    this.parts = parts
    this.length = parts.reduce((sum, { length }) => sum + length, 0)
  }

  at(index: number): KafkaRecord | undefined {
    const wanted = index < 0 ? this.length + index : index
    if (wanted < this.first) this.part = this.first = 0
    for (let part = this.parts[this.part]; part; part = this.parts[this.part]) {
      if (wanted < this.first + part.length) return part.at(wanted - this.first)
      this.first += part.length
      this.part += 1
    }
    return undefined
  }

  *[Symbol.iterator](): Iterator<KafkaRecord> {
    for (const part of this.parts) yield* part
  }
}
