// The Kafka client: everything that the ingester needs, behind one interface. Connections, authentication
// and requests are kafkajs's; group membership, fetching and decoding are ours, so that every offset is
// seen, positions are read before the first fetch, and heartbeats never wait for a handler.
import type { KafkaConfig } from 'kafkajs'
import type { Logger } from 'pino'
import { loadCodecs } from './codecs.ts'
import { explainKafkaError } from './explainKafkaError.ts'
import { Fetcher, type UnreadableBatch } from './fetcher.ts'
import type { FetchLimits, FetchRequest } from './fetchRequest.ts'
import type { FetchedPartition } from './fetchResponse.ts'
import { GroupMember } from './groupMember.ts'
import { createCluster, newSocketFactory, type Cluster } from './kafkajsParts.ts'
import { createSockets } from './kafkaSockets.ts'
import { readTopics, type Topic } from './topicMetadata.ts'

export type { FetchLimits, FetchRequest } from './fetchRequest.ts'

export interface TopicPartition {
  topic: string
  partition: number
}

/** Partitions by topic. */
export type Assignment = Map<string, number[]>

export interface KafkaClient {
  connect(): Promise<void>
  disconnect(): Promise<void>
  /** Breaks all connections: what waits for an answer fails at once. For good: so does what is asked later. */
  cut(this: void, forGood: boolean): void
  /** The partitions of those of the topics that exist. */
  partitionsOf(topics: string[]): Promise<Assignment>
  /**
   * Looks those of the topics up that exist, and who leads their partitions. What is fetched from then on is of
   * these very topics, not of others by the same names.
   */
  openTopics(topics: string[]): Promise<Map<string, Topic>>
  /** Per partition the offset of the first record, after the last stable one, or of the first at or after a time (ms). */
  offsetsAt(
    topic: string,
    partitions: number[],
    at: 'first' | 'end' | number,
  ): Promise<Map<number, number>>
  /** Joins the group, or joins it again; returns what this member is to read. */
  join(topics: string[]): Promise<Assignment>
  /** Ends the assignment with the next heartbeat: something in it is not read. */
  rejoinSoon(): void
  /** False when the group is rebalancing or has lost this member: join again. */
  heartbeat(): Promise<boolean>
  /** Tells Kafka's own offset store, for lag tools. */
  commit(positions: FetchRequest[]): Promise<void>
  leave(): Promise<void>
  /** Partitions by the id of the broker that leads them. */
  leadersOf(partitions: TopicPartition[]): Map<string, TopicPartition[]>
  /**
   * One long poll of one broker: committed records as soon as there are any, at the latest after `maxWaitMs`, or
   * half a second where there were none before.
   * Throws an UnreadableBatchError when a batch can't be decoded, with nothing before it left to read.
   */
  fetch(nodeId: string, requests: FetchRequest[], limits: FetchLimits): Promise<FetchedPartition[]>
  /** The batch of a topic that a fetch could not decode; told once. */
  takeUnreadable(topic: string): UnreadableBatch | undefined
}

export interface KafkaClientOptions {
  kafka: KafkaConfig
  groupId: string
  /** After so long without a heartbeat others take over. */
  sessionTimeoutMs: number
  logger: Logger
}

const offsetOutOfRange = 1
export const isOffsetOutOfRange = (errorCode: number): boolean => errorCode === offsetOutOfRange

const readCommitted = 1

/** A client that is a member of one consumer group. Nothing is connected yet. */
export function createKafkaClient(options: KafkaClientOptions): KafkaClient {
  const sockets = createSockets(options.kafka.socketFactory ?? newSocketFactory())
  const kafka = { ...options.kafka, socketFactory: sockets.factory }
  const cluster = createCluster(kafka, options.logger)
  const group = new GroupMember(cluster, options)
  const fetcher = new Fetcher(cluster)
  return {
    async connect() {
      await loadCodecs()
      try {
        await cluster.connect()
        // a topic that is gone must not be asked for again
        await lookAt(cluster, [])
      } catch (error) {
        throw explainKafkaError(error, options.kafka)
      }
    },
    disconnect: () => cluster.disconnect(),
    cut: sockets.cut,
    partitionsOf: (topics) => partitionsOf(cluster, topics),
    async openTopics(topics) {
      const existing = await readTopics(await cluster.brokerPool.findConnectedBroker(), topics)
      await lookAt(cluster, [...existing.keys()])
      fetcher.topicIds = new Map([...existing].map(([topic, { topicId }]) => [topic, topicId]))
      return existing
    },
    offsetsAt: (topic, partitions, at) => offsetsAt(cluster, topic, partitions, at),
    join: (topics) => group.join(topics),
    rejoinSoon: () => {
      group.mustRejoin = true
    },
    heartbeat: () => group.heartbeat(),
    commit: (positions) => group.commit(positions),
    leave: () => group.leave(),
    leadersOf: (partitions) => leadersOf(cluster, partitions),
    fetch: (nodeId, requests, limits) => fetcher.fetch(nodeId, requests, limits),
    takeUnreadable: (topic) => fetcher.takeUnreadable(topic),
  }
}

/** Learns brokers and leaders anew: of these topics, or of all when there are none. */
async function lookAt(cluster: Cluster, topics: string[]): Promise<void> {
  cluster.targetTopics = new Set(topics)
  await cluster.refreshMetadata()
}

async function partitionsOf(cluster: Cluster, names: string[]): Promise<Assignment> {
  const topics = await readTopics(await cluster.brokerPool.findConnectedBroker(), names)
  return new Map([...topics].map(([name, { partitions }]) => [name, partitions]))
}

function leadersOf(cluster: Cluster, partitions: TopicPartition[]): Map<string, TopicPartition[]> {
  const leaders = new Map<string, TopicPartition[]>()
  for (const topic of new Set(partitions.map((partition) => partition.topic))) {
    const numbers = partitions
      .filter((other) => other.topic === topic)
      .map((other) => other.partition)
    for (const [nodeId, led] of Object.entries(cluster.findLeaderForPartitions(topic, numbers))) {
      const list = leaders.get(nodeId) ?? []
      leaders.set(nodeId, [...list, ...led.map((partition) => ({ topic, partition }))])
    }
  }
  return leaders
}

async function offsetsAt(
  cluster: Cluster,
  topic: string,
  partitions: number[],
  at: 'first' | 'end' | number,
): Promise<Map<number, number>> {
  if (cluster.findTopicPartitionMetadata(topic).length === 0) {
    await lookAt(cluster, [...cluster.targetTopics, topic])
  }
  const timestamp = at === 'first' ? -2 : at === 'end' ? -1 : at
  const offsets = new Map<number, number>()
  const led = leadersOf(
    cluster,
    partitions.map((partition) => ({ topic, partition })),
  )
  for (const [nodeId, own] of led) {
    const broker = await cluster.findBroker({ nodeId })
    const wanted = own.map(({ partition }) => ({ partition, timestamp }))
    const { responses } = await broker.listOffsets({
      isolationLevel: readCommitted,
      topics: [{ topic, partitions: wanted }],
    })
    for (const { partition, offset } of responses.flatMap((response) => response.partitions)) {
      offsets.set(partition, Number(offset))
    }
  }
  return offsets
}
