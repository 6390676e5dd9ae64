import type { Cluster } from './kafkajsParts.ts'
import { fetchRequest, type FetchLimits, type FetchRequest } from './fetchRequest.ts'
import type { FetchedPartition } from './fetchResponse.ts'
import { KafkaFault } from './kafkaFault.ts'

/** A batch whose records can't be had: compressed by an unknown codec, damaged, or too large. */
export interface UnreadableBatch {
  topic: string
  partition: number
  offset: number
  /** What follows it. */
  next: number
  reason: string
}

export class UnreadableBatchError extends KafkaFault {
  override name = 'UnreadableBatchError'
  constructor({ topic, partition, offset, reason }: UnreadableBatch) {
    super(
      `${topic}, partition ${partition}: the batch at offset ${offset} can't be read: ${reason}`,
    )
  }
}

const smallestFetch = 64 * 1024
/** What comes ends a wait at once; so a longer one costs nothing but the time to end an idle assignment. */
const idleWaitMs = 500

/** Sends fetches, one after the other to each broker, fair to all partitions and bounded in what they become. */
export class Fetcher {
  /** The topics that are meant by their names; null where the broker knows no ids. */
  topicIds = new Map<string, string | null>()
  private readonly cluster: Cluster
  private readonly turns = new Map<string, number>()
  /** How many times larger answers of a broker last became when they were decompressed. */
  private readonly growth = new Map<string, number>()
  /** Brokers whose last answer was empty. */
  private readonly idle = new Set<string>()
  private readonly unreadable = new Map<string, UnreadableBatch>()

  constructor(cluster: Cluster) {
    this.cluster = cluster
  }

  async fetch(
    nodeId: string,
    requests: FetchRequest[],
    limits: FetchLimits,
  ): Promise<FetchedPartition[]> {
    const broker = await this.cluster.findBroker({ nodeId })
    const growth = this.growth.get(nodeId) ?? 1
    const shrunk = (bytes: number) =>
      Math.ceil(Math.max(bytes / growth, Math.min(bytes, smallestFetch)))
    const request = fetchRequest(broker, this.inTurn(nodeId, requests), this.topicIds, {
      maxWaitMs: this.idle.has(nodeId) ? Math.max(idleWaitMs, limits.maxWaitMs) : limits.maxWaitMs,
      maxBytes: shrunk(limits.maxBytes),
      maxBytesPerPartition: shrunk(limits.maxBytesPerPartition),
      mostDecompressed: 2 * limits.maxBytes,
    })
    const { errorCode, partitions } = (await broker.connectionPool.send(request)) as {
      errorCode: number
      partitions: FetchedPartition[]
    }
    if (errorCode !== 0) throw new KafkaFault(`Kafka answered a fetch with error code ${errorCode}`)
    if (partitions.every(({ next }) => next === null)) this.idle.add(nodeId)
    else this.idle.delete(nodeId)
    this.measureGrowth(nodeId, partitions)
    this.refuseUnreadable(partitions)
    return partitions
  }

  takeUnreadable(topic: string): UnreadableBatch | undefined {
    const found = this.unreadable.get(topic)
    this.unreadable.delete(topic)
    return found
  }

  /** Brokers fill an answer in the order of the request; only the first partition gets a batch of any size. */
  private inTurn(nodeId: string, requests: FetchRequest[]): FetchRequest[] {
    const turn = (this.turns.get(nodeId) ?? 0) % Math.max(1, requests.length)
    this.turns.set(nodeId, turn + 1)
    return [...requests.slice(turn), ...requests.slice(0, turn)]
  }

  private measureGrowth(nodeId: string, partitions: FetchedPartition[]): void {
    const sum = (name: 'bytes' | 'compressedBytes') =>
      partitions.reduce((total, partition) => total + partition[name], 0)
    const compressed = sum('compressedBytes')
    if (compressed > 0) this.growth.set(nodeId, Math.max(1, sum('bytes') / compressed))
  }

  private refuseUnreadable(partitions: FetchedPartition[]): void {
    for (const { topic, partition, unreadable, next } of partitions) {
      // first what stands before it
      if (!unreadable || next !== null) continue
      const batch = { topic, partition, ...unreadable }
      this.unreadable.set(topic, batch)
      throw new UnreadableBatchError(batch)
    }
  }
}
