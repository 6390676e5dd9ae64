// Typed doors to the parts of kafkajs 2.2.4 below its consumer. The library is no longer developed, and the
// version is pinned: what is relied on here does not move.
import { createRequire } from 'node:module'
import type { KafkaConfig } from 'kafkajs'
import type { Logger } from 'pino'
import { decodeFetchResponse } from './fetchResponse.ts'

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
}

export interface Cluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  refreshMetadata(): Promise<void>
  addMultipleTargetTopics(topics: string[]): Promise<void>
  targetTopics: Set<string>
  findBroker(node: { nodeId: string }): Promise<Broker>
  findGroupCoordinator(group: { groupId: string }): Promise<Broker>
  findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>
  brokerPool: { withBroker<T>(work: (found: { broker: Broker }) => Promise<T>): Promise<T> }
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

const readCommitted = 1

export function createCluster(kafka: KafkaConfig, logger: Logger): Cluster {
  calmRequestQueue()
  const KafkaCluster = require('kafkajs/src/cluster') as new (options: object) => Cluster
  const createSocketFactory = require('kafkajs/src/network/socketFactory') as () => unknown
  const createInternalLogger = require('kafkajs/src/loggers') as {
    createLogger(options: object): unknown
  }
  return new KafkaCluster({
    connectionTimeout: 3_000,
    authenticationTimeout: 10_000,
    reauthenticationThreshold: 10_000,
    requestTimeout: 30_000,
    enforceRequestTimeout: true,
    ...kafka,
    brokers: kafka.brokers,
    logger: createInternalLogger.createLogger({ level: 2, logCreator: logCreator(logger) }),
    socketFactory: kafka.socketFactory ?? createSocketFactory(),
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

interface FetchedOffsets {
  topic: string
  partition: number
  offset: number
}

/** A Fetch request, version 11, whose response our own decoder reads. */
export function fetchRequest(
  requests: FetchedOffsets[],
  limits: { maxWaitMs: number; maxBytes: number; maxBytesPerPartition: number },
): object {
  const createRequest = require('kafkajs/src/protocol/requests/fetch/v11/request') as (
    of: object,
  ) => object
  const fromOffsets = new Map(
    requests.map(({ topic, partition, offset }) => [`${topic} ${partition}`, offset]),
  )
  const topics = [...new Set(requests.map((request) => request.topic))].map((topic) => ({
    topic,
    partitions: requests
      .filter((request) => request.topic === topic)
      .map(({ partition, offset }) => ({
        partition,
        fetchOffset: String(offset),
        maxBytes: limits.maxBytesPerPartition,
      })),
  }))
  return {
    request: createRequest({
      replicaId: -1,
      maxWaitTime: limits.maxWaitMs,
      minBytes: 1,
      maxBytes: limits.maxBytes,
      isolationLevel: readCommitted,
      topics,
    }),
    response: {
      decode: (buffer: Buffer) => Promise.resolve(decodeFetchResponse(buffer, fromOffsets)),
      parse: (decoded: unknown) => Promise.resolve(decoded),
    },
    requestTimeout: limits.maxWaitMs + 30_000,
  }
}
