// The Kafka client: everything that the ingester needs, behind one interface. Connections, authentication
// and requests are kafkajs's; group membership, fetching and decoding are ours, so that every offset is
// seen, positions are read before the first fetch, and heartbeats never wait for a handler.
import type { KafkaConfig } from 'kafkajs'
import type { Logger } from 'pino'
import type { FetchedPartition } from './fetchResponse.ts'
import {
  createCluster,
  fetchRequest,
  MemberAssignment,
  MemberMetadata,
  type Broker,
  type Cluster,
  type Member,
} from './kafkajsParts.ts'

export interface TopicPartition {
  topic: string
  partition: number
}

export interface FetchRequest extends TopicPartition {
  offset: number
}

export interface FetchLimits {
  maxWaitMs: number
  maxBytes: number
  maxBytesPerPartition: number
}

/** Partitions by topic. */
export type Assignment = Map<string, number[]>

export interface KafkaClient {
  connect(): Promise<void>
  disconnect(): Promise<void>
  /** The partitions of those of the topics that exist. */
  partitionsOf(topics: string[]): Promise<Assignment>
  /** Per partition the offset of the first record, after the last stable one, or of the first at or after a time (ms). */
  offsetsAt(
    topic: string,
    partitions: number[],
    at: 'first' | 'end' | number,
  ): Promise<Map<number, number>>
  /** Joins the group, or joins it again; returns what this member is to read. */
  join(topics: string[]): Promise<Assignment>
  /** False when the group is rebalancing or has lost this member: join again. */
  heartbeat(): Promise<boolean>
  /** Tells Kafka's own offset store, for lag tools. */
  commit(positions: FetchRequest[]): Promise<void>
  leave(): Promise<void>
  /** Partitions by the id of the broker that leads them. */
  leadersOf(partitions: TopicPartition[]): Map<string, TopicPartition[]>
  /** One long poll of one broker: committed records as soon as there are any, at the latest after `maxWaitMs`. */
  fetch(nodeId: string, requests: FetchRequest[], limits: FetchLimits): Promise<FetchedPartition[]>
  refreshMetadata(): Promise<void>
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

const protocolName = 'sluice'
const readCommitted = 1
const rejoinErrors = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
])

/** A client that is a member of one consumer group. Nothing is connected yet. */
export function createKafkaClient(options: KafkaClientOptions): KafkaClient {
  const cluster = createCluster(options.kafka, options.logger)
  const group = new GroupMember(cluster, options)
  return {
    async connect() {
      await cluster.connect()
      await cluster.refreshMetadata()
    },
    disconnect: () => cluster.disconnect(),
    refreshMetadata: () => cluster.refreshMetadata(),
    partitionsOf: (topics) => partitionsOf(cluster, topics),
    offsetsAt: (topic, partitions, at) => offsetsAt(cluster, topic, partitions, at),
    join: (topics) => group.join(topics),
    heartbeat: () => group.heartbeat(),
    commit: (positions) => group.commit(positions),
    leave: () => group.leave(),
    leadersOf: (partitions) => leadersOf(cluster, partitions),
    async fetch(nodeId, requests, limits) {
      const broker = await cluster.findBroker({ nodeId })
      const answer = await broker.connectionPool.send(fetchRequest(requests, limits))
      const { errorCode, partitions } = answer as {
        errorCode: number
        partitions: FetchedPartition[]
      }
      if (errorCode !== 0) throw new Error(`Kafka answered a fetch with error code ${errorCode}`)
      return partitions
    },
  }
}

async function partitionsOf(cluster: Cluster, topics: string[]): Promise<Assignment> {
  const all = await cluster.brokerPool.withBroker(({ broker }) => broker.metadata([]))
  const wanted = all.topicMetadata.filter(({ topic }) => topics.includes(topic))
  return new Map(
    wanted.map(({ topic, partitionMetadata }) => [
      topic,
      partitionMetadata.map((partition) => partition.partitionId).sort((a, b) => a - b),
    ]),
  )
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
  await cluster.addMultipleTargetTopics([topic])
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

/** Membership in a consumer group: the classic protocol of JoinGroup, SyncGroup and Heartbeat. */
class GroupMember {
  private readonly cluster: Cluster
  private readonly groupId: string
  private readonly sessionTimeoutMs: number
  private memberId = ''
  private generationId = -1
  private coordinator: Broker | undefined

  constructor(cluster: Cluster, { groupId, sessionTimeoutMs }: KafkaClientOptions) {
    this.cluster = cluster
    this.groupId = groupId
    this.sessionTimeoutMs = sessionTimeoutMs
  }

  async join(topics: string[]): Promise<Assignment> {
    const { cluster, groupId, sessionTimeoutMs } = this
    cluster.targetTopics = new Set(topics)
    await cluster.refreshMetadata()
    const coordinator = await cluster.findGroupCoordinator({ groupId })
    this.coordinator = coordinator
    try {
      const joined = await coordinator.joinGroup({
        groupId,
        sessionTimeout: sessionTimeoutMs,
        rebalanceTimeout: sessionTimeoutMs,
        memberId: this.memberId,
        groupProtocols: [
          {
            name: protocolName,
            metadata: MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }),
          },
        ],
      })
      this.memberId = joined.memberId
      this.generationId = joined.generationId
      const isLeader = joined.leaderId === joined.memberId
      const { memberAssignment } = await coordinator.syncGroup({
        groupId,
        generationId: this.generationId,
        memberId: this.memberId,
        groupAssignment: isLeader ? await assign(cluster, joined.members) : [],
      })
      const own = MemberAssignment.decode(memberAssignment)?.assignment ?? {}
      return new Map(Object.entries(own).filter(([topic]) => topics.includes(topic)))
    } catch (error) {
      if (typeOf(error) === 'UNKNOWN_MEMBER_ID') this.memberId = ''
      throw error
    }
  }

  async heartbeat(): Promise<boolean> {
    const { groupId, generationId, memberId, coordinator } = this
    try {
      await coordinator?.heartbeat({ groupId, groupGenerationId: generationId, memberId })
      return true
    } catch (error) {
      if (!rejoinErrors.has(typeOf(error))) throw error
      if (typeOf(error) === 'UNKNOWN_MEMBER_ID') this.memberId = ''
      return false
    }
  }

  async commit(positions: FetchRequest[]): Promise<void> {
    const { groupId, generationId, memberId, coordinator } = this
    const topics = [...new Set(positions.map((position) => position.topic))].map((topic) => ({
      topic,
      partitions: positions
        .filter((position) => position.topic === topic)
        .map(({ partition, offset }) => ({ partition, offset: String(offset) })),
    }))
    await coordinator?.offsetCommit({ groupId, groupGenerationId: generationId, memberId, topics })
  }

  async leave(): Promise<void> {
    const { groupId, memberId, coordinator } = this
    this.memberId = ''
    if (memberId) await coordinator?.leaveGroup({ groupId, memberId })
  }
}

/** Round robin over all partitions; each topic among the members that subscribe to it, while sources change. */
async function assign(cluster: Cluster, members: Member[]): Promise<object[]> {
  const wishes = members
    .map(({ memberId, memberMetadata }) => ({
      memberId,
      topics: MemberMetadata.decode(memberMetadata)?.topics ?? [],
    }))
    .sort((a, b) => a.memberId.localeCompare(b.memberId))
  const existing = await partitionsOf(
    cluster,
    wishes.flatMap((wish) => wish.topics),
  )
  const shares = new Map<string, Record<string, number[]>>(
    wishes.map((wish) => [wish.memberId, {}]),
  )
  let turn = 0
  for (const [topic, partitions] of [...existing].sort(([a], [b]) => a.localeCompare(b))) {
    const takers = wishes.filter((wish) => wish.topics.includes(topic))
    for (const partition of partitions) {
      const share = shares.get(takers[turn++ % takers.length]!.memberId)!
      share[topic] = [...(share[topic] ?? []), partition]
    }
  }
  return [...shares].map(([memberId, assignment]) => ({
    memberId,
    memberAssignment: MemberAssignment.encode({
      version: 0,
      assignment,
      userData: Buffer.alloc(0),
    }),
  }))
}

/** Kafka's name of an error, as kafkajs gives it. */
export function typeOf(error: unknown): string {
  return String((error as { type?: string } | null)?.type ?? '')
}
