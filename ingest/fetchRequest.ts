import { decodeFetchResponse, fetchByIds } from './fetchResponse.ts'
import { apiVersion, encoder, type Broker, type Encoder } from './kafkajsParts.ts'
import { uuidBytes } from './wire.ts'

export interface FetchRequest {
  topic: string
  partition: number
  offset: number
}

export interface FetchLimits {
  maxWaitMs: number
  /** Of an answer: bytes that are sent, unless one batch is larger. */
  maxBytes: number
  maxBytesPerPartition: number
}

const fetchKey = 1
const fetchByNames = 11
const readCommitted = 1
const noSession = { id: 0, epoch: -1 }

/**
 * A Fetch request, whose answer our own decoder reads. With the ids of its topics, records of another topic by the
 * same name never come; Kafka before 3.1 knows them by names only.
 */
export function fetchRequest(
  broker: Broker,
  requests: FetchRequest[],
  topicIds: Map<string, string | null>,
  limits: FetchLimits & { mostDecompressed: number },
): object {
  const topics = [...new Set(requests.map(({ topic }) => topic))]
  const hasIds = topics.every((topic) => topicIds.get(topic))
  const version = hasIds && apiVersion(broker, fetchKey) >= fetchByIds ? fetchByIds : fetchByNames
  const names = new Map(topics.map((topic) => [topicIds.get(topic), topic]))
  const offsets = new Map(requests.map((one) => [`${one.topic} ${one.partition}`, one.offset]))
  const question = {
    version,
    topicOf: (called: string) => (version >= fetchByIds ? names.get(called)! : called),
    offsetOf: (topic: string, partition: number) => offsets.get(`${topic} ${partition}`) ?? 0,
    mostBytes: limits.mostDecompressed,
  }
  const groups = topics.map((topic) => ({
    name: topic,
    id: topicIds.get(topic) ?? '',
    partitions: requests.filter((one) => one.topic === topic),
  }))
  const encode = version >= fetchByIds ? encodeByIds : encodeByNames
  return {
    request: {
      apiKey: fetchKey,
      apiVersion: version,
      apiName: 'Fetch',
      encode: () => Promise.resolve(encode(groups, limits)),
    },
    response: {
      decode: (buffer: Buffer) => Promise.resolve(decodeFetchResponse(buffer, question)),
      parse: (decoded: unknown) => Promise.resolve(decoded),
    },
    requestTimeout: limits.maxWaitMs + 30_000,
  }
}

interface Group {
  name: string
  id: string
  partitions: FetchRequest[]
}

const encodeStart = (request: Encoder, { maxWaitMs, maxBytes }: FetchLimits): Encoder =>
  request
    .writeInt32(-1)
    .writeInt32(maxWaitMs)
    .writeInt32(1)
    .writeInt32(maxBytes)
    .writeInt8(readCommitted)
    .writeInt32(noSession.id)
    .writeInt32(noSession.epoch)

/** Version 13. Source: https://kafka.apache.org/protocol#The_Messages_Fetch */
function encodeByIds(groups: Group[], limits: FetchLimits): Encoder {
  const noTags = 0
  const request = encodeStart(encoder().writeUVarInt(noTags), limits)
  request.writeUVarInt(groups.length + 1)
  for (const { id, partitions } of groups) {
    request.writeBuffer(uuidBytes(id)).writeUVarInt(partitions.length + 1)
    for (const { partition, offset } of partitions) {
      request
        .writeInt32(partition)
        .writeInt32(-1)
        .writeInt64(String(offset))
        .writeInt32(-1)
        .writeInt64('-1')
        .writeInt32(limits.maxBytesPerPartition)
        .writeUVarInt(noTags)
    }
    request.writeUVarInt(noTags)
  }
  const noForgottenTopics = 1
  return request.writeUVarInt(noForgottenTopics).writeUVarIntString('').writeUVarInt(noTags)
}

/** Version 11. */
function encodeByNames(groups: Group[], limits: FetchLimits): Encoder {
  const request = encodeStart(encoder(), limits).writeInt32(groups.length)
  for (const { name, partitions } of groups) {
    request.writeString(name).writeInt32(partitions.length)
    for (const { partition, offset } of partitions) {
      request
        .writeInt32(partition)
        .writeInt32(-1)
        .writeInt64(String(offset))
        .writeInt64('-1')
        .writeInt32(limits.maxBytesPerPartition)
    }
  }
  const noForgottenTopics = 0
  return request.writeInt32(noForgottenTopics).writeString('')
}
