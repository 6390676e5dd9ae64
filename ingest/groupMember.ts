import type { Assignment, FetchRequest } from './kafka.ts'
import {
  MemberAssignment,
  MemberMetadata,
  type Broker,
  type Cluster,
  type Member,
} from './kafkajsParts.ts'
import { readTopics } from './topicMetadata.ts'

const protocolName = 'sluice'
const rejoinErrors = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
])

/** Membership in a consumer group: the classic protocol of JoinGroup, SyncGroup and Heartbeat. */
export class GroupMember {
  private readonly cluster: Cluster
  private readonly groupId: string
  private readonly sessionTimeoutMs: number
  private memberId = ''
  private generationId = -1
  private coordinator: Broker | undefined
  /** The next heartbeat says that the assignment is over. */
  mustRejoin = false

  constructor(
    cluster: Cluster,
    { groupId, sessionTimeoutMs }: { groupId: string; sessionTimeoutMs: number },
  ) {
    this.cluster = cluster
    this.groupId = groupId
    this.sessionTimeoutMs = sessionTimeoutMs
  }

  async join(topics: string[]): Promise<Assignment> {
    const { cluster, groupId, sessionTimeoutMs } = this
    this.mustRejoin = false
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
    if (this.mustRejoin) return false
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
  const broker = await cluster.brokerPool.findConnectedBroker()
  const names = new Set(wishes.flatMap((wish) => wish.topics))
  const existing = await readTopics(broker, [...names])
  const shares = new Map<string, Record<string, number[]>>(
    wishes.map((wish) => [wish.memberId, {}]),
  )
  let turn = 0
  for (const [topic, { partitions }] of [...existing].sort(([a], [b]) => a.localeCompare(b))) {
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
