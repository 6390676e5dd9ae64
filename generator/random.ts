/**
 * A fast seeded generator (sfc32). It uses integer operations and exact float arithmetic alone, never Math.log or
 * Math.pow, whose last bit the language leaves to the engine: so the numbers are the same on every machine.
 */
export class Random {
  private a: number
  private b: number
  private c: number
  private counter = 1

  /** The stream differs for each purpose, so that turning one thing off does not change the others. */
  constructor(seed: number, purpose: string) {
    this.a = hash(purpose)
    this.b = seed | 0
    this.c = Math.floor(seed / 4294967296) | 0
    for (let round = 0; round < 15; round++) this.bits()
  }

  /** 32 random bits, as a signed integer. */
  bits(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0
    this.counter = (this.counter + 1) | 0
    this.a = this.b ^ (this.b >>> 9)
    this.b = (this.c + (this.c << 3)) | 0
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum
    this.c |= 0
    return sum
  }

  /** From 0 up to but not including 1. */
  fraction(): number {
    return (this.bits() >>> 0) / 4294967296
  }

  /** An integer from 0 up to but not including `limit`. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit)
  }

  /** Around 1 on average, near 0 often, at most 4: the product of two uniform numbers, close to an exponential. */
  spread(): number {
    return 4 * this.fraction() * this.fraction()
  }

  /** A version 4 uuid. */
  uuid(): string {
    const w0 = this.bits()
    const w1 = this.bits()
    const w2 = this.bits()
    const w3 = this.bits()
    // Pieces under 13 characters are copied at once; longer ones V8 only links, which costs more when they are read.
    const first = hex[w0 >>> 16]! + hex[w0 & 0xffff]! + '-'
    const second = hex[w1 >>> 16]! + '-' + hex[0x4000 | (w1 & 0xfff)]! + '-'
    const third = hex[0x8000 | ((w2 >>> 16) & 0x3fff)]! + '-' + hex[w2 & 0xffff]!
    return first + second + third + (hex[w3 >>> 16]! + hex[w3 & 0xffff]!)
  }
}

const hex = Array.from({ length: 65536 }, (_, number) => number.toString(16).padStart(4, '0'))

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  }
  return value
}
