/**
 * MurmurHash2 as Kafka's own clients use it to choose a partition:
 * https://github.com/apache/kafka/blob/4.1.0/clients/src/main/java/org/apache/kafka/common/utils/Utils.java
 */
export function murmur2(bytes: Uint8Array): number {
  const multiplier = 0x5bd1e995
  const length = bytes.length
  const whole = length & ~3
  let hash = 0x9747b28c ^ length
  for (let i = 0; i < whole; i += 4) {
    let part = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    part = Math.imul(part, multiplier)
    part = Math.imul(part ^ (part >>> 24), multiplier)
    hash = Math.imul(hash, multiplier) ^ part
  }
  if (length > whole) {
    for (let i = length - 1; i >= whole; i--) hash ^= bytes[i]! << ((i - whole) * 8)
    hash = Math.imul(hash, multiplier)
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return hash ^ (hash >>> 15)
}

/** The partition that Kafka's clients give this key; equal keys are computed once. */
export function keyPartitioner(): (key: string, partitions: number) => number {
  const positive = new Map<string, number>()
  return (key, partitions) => {
    let hash = positive.get(key)
    if (hash === undefined) {
      hash = murmur2(Buffer.from(key)) & 0x7fffffff
      positive.set(key, hash)
    }
    return hash % partitions
  }
}
