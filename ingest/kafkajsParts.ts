// Typed doors to the parts of kafkajs 2.2.4 below its consumer. The library is no longer developed, and the
// version is pinned: what is relied on here does not move.
import { createRequire } from 'node:module'
import type { ISocketFactory, KafkaConfig } from 'kafkajs'
import type { Logger } from 'pino'

export interface Member {
  memberId: string
  memberMetadata: Buffer
}

export interface Broker {
  joinGroup(
    request: object,
  ): Promise<{ generationId: number; leaderId: string; memberId: string; members: Member[] }>
  syncGroup(request: object): Promise<{ memberAssignment: Buffer }>
  heartbeat(request: object): Promise<void>
  leaveGroup(request: object): Promise<void>
  offsetCommit(request: object): Promise<void>
  metadata(topics: string[]): Promise<{
    topicMetadata: { topic: string; partitionMetadata: { partitionId: number }[] }[]
  }>
  listOffsets(request: object): Promise<{
    responses: { topic: string; partitions: { partition: number; offset: string }[] }[]
  }>
  connectionPool: { send(request: object): Promise<unknown> }
  /** Once connected: which versions of each request it takes. */
  versions: Record<number, { maxVersion: number } | undefined> | null
}

/** The newest version that a broker takes of a request; -1 where it takes none. */
export const apiVersion = (broker: Broker, key: number): number =>
  broker.versions?.[key]?.maxVersion ?? -1

/** Writes requests; what it writes is appended, in network order. */
export interface Encoder {
  writeInt8(value: number): Encoder
  writeInt32(value: number): Encoder
  writeInt64(value: string): Encoder
  writeBoolean(value: boolean): Encoder
  writeString(value: string): Encoder
  writeUVarInt(value: number): Encoder
  writeUVarIntString(value: string): Encoder
  writeBuffer(value: Buffer): Encoder
}

export interface Cluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  refreshMetadata(): Promise<void>
  targetTopics: Set<string>
  findBroker(node: { nodeId: string }): Promise<Broker>
  findGroupCoordinator(group: { groupId: string }): Promise<Broker>
  findTopicPartitionMetadata(topic: string): unknown[]
  findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>
  brokerPool: { findConnectedBroker(): Promise<Broker> }
}

interface AssignerProtocol {
  MemberMetadata: {
    encode(metadata: { version: number; topics: string[]; userData: Buffer }): Buffer
    decode(bytes: Buffer): { topics: string[] } | null
  }
  MemberAssignment: {
    encode(assignment: {
      version: number
      assignment: Record<string, number[]>
      userData: Buffer
    }): Buffer
    decode(bytes: Buffer): { assignment: Record<string, number[]> } | null
  }
}

const require = createRequire(import.meta.url)

/** How members write what they want and what they get: the consumer protocol of Kafka. */
export const { MemberMetadata, MemberAssignment } =
  require('kafkajs/src/consumer/assignerProtocol') as AssignerProtocol

const KafkaEncoder = require('kafkajs/src/protocol/encoder') as new () => Encoder

export const encoder = (): Encoder => new KafkaEncoder()

export const newSocketFactory = require('kafkajs/src/network/socketFactory') as () => ISocketFactory

const readCommitted = 1

export function createCluster(kafka: KafkaConfig, logger: Logger): Cluster {
  calmRequestQueue()
  const KafkaCluster = require('kafkajs/src/cluster') as new (options: object) => Cluster
  const createInternalLogger = require('kafkajs/src/loggers') as {
    createLogger(options: object): unknown
  }
  return new KafkaCluster({
    connectionTimeout: 3_000,
    authenticationTimeout: 10_000,
    // brokers let a login end late, but refuse to renew one that is not a second old
    reauthenticationThreshold: 1_000,
    requestTimeout: 30_000,
    enforceRequestTimeout: true,
    ...kafka,
    brokers: kafka.brokers,
    logger: createInternalLogger.createLogger({ level: 2, logCreator: logCreator(logger) }),
    socketFactory: kafka.socketFactory ?? newSocketFactory(),
    metadataMaxAge: 60_000,
    retry: { retries: 2, initialRetryTime: 200, maxRetryTime: 2_000 },
    allowAutoTopicCreation: false,
    maxInFlightRequests: null,
    isolationLevel: readCommitted,
  })
}

/** kafkajs's own lines are ours at debug level: what matters reaches us as an error. */
function logCreator(logger: Logger) {
  return () =>
    ({ log, namespace }: { log: { message: string; error?: string }; namespace: string }) =>
      logger.debug({ from: `kafkajs ${namespace}`, error: log.error }, log.message)
}

/**
 * kafkajs looks for throttled requests with a timer that, when nothing is throttled, rings every
 * millisecond: 6 % of a core when idle. It is needed only while requests wait.
 */
function calmRequestQueue(): void {
  const RequestQueue = require('kafkajs/src/network/requestQueue') as {
    prototype: {
      scheduleCheckPendingRequests: (this: { pending: unknown[]; throttledUntil: number }) => void
      isCalm?: boolean
    }
  }
  const { prototype } = RequestQueue
  if (prototype.isCalm) return
  const original = prototype.scheduleCheckPendingRequests
  prototype.scheduleCheckPendingRequests = function calm() {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) original.call(this)
  }
  prototype.isCalm = true
}
