import { apiVersion, encoder, type Broker, type Encoder } from './kafkajsParts.ts'
import { uuidBytes, WireReader } from './wire.ts'

/** A topic as the cluster has it now. */
export interface Topic {
  /** Given to a topic when it is made: another one of the same name has another. Null before Kafka 2.8. */
  topicId: string | null
  partitions: number[]
}

const metadataKey = 3
const versionWithIds = 10
const noId = '00000000-0000-0000-0000-000000000000'

/** Those of the topics that exist, by name. */
export async function readTopics(broker: Broker, names: string[]): Promise<Map<string, Topic>> {
  // asked for none, Kafka tells of all
  if (names.length === 0) return new Map()
  if (apiVersion(broker, metadataKey) < versionWithIds) return readTopicsWithoutIds(broker, names)
  const answer = await broker.connectionPool.send({
    request: {
      apiKey: metadataKey,
      apiVersion: versionWithIds,
      apiName: 'Metadata',
      encode: () => Promise.resolve(encodeRequest(names)),
    },
    response: {
      decode: (buffer: Buffer) => Promise.resolve(decodeTopics(buffer)),
      parse: (decoded: unknown) => Promise.resolve(decoded),
    },
  })
  return answer as Map<string, Topic>
}

async function readTopicsWithoutIds(broker: Broker, names: string[]): Promise<Map<string, Topic>> {
  const { topicMetadata } = await broker.metadata([])
  return new Map(
    topicMetadata
      .filter(({ topic }) => names.includes(topic))
      .map(({ topic, partitionMetadata }) => {
        const partitions = partitionMetadata.map(({ partitionId }) => partitionId)
        return [topic, { topicId: null, partitions: partitions.sort((a, b) => a - b) }]
      }),
  )
}

/** Source: https://kafka.apache.org/protocol#The_Messages_Metadata */
function encodeRequest(names: string[]): Encoder {
  const request = encoder()
    // the tagged fields that end the header of a flexible request
    .writeUVarInt(0)
    .writeUVarInt(names.length + 1)
  for (const name of names) {
    request.writeBuffer(uuidBytes(noId)).writeUVarIntString(name).writeUVarInt(0)
  }
  const [mayCreate, withClusterRights, withTopicRights] = [false, false, false]
  return request
    .writeBoolean(mayCreate)
    .writeBoolean(withClusterRights)
    .writeBoolean(withTopicRights)
    .writeUVarInt(0)
}

/** Decodes a Metadata response, version 10. */
export function decodeTopics(buffer: Buffer): Map<string, Topic> {
  const read = new WireReader(buffer, true)
  const int32s = () => read.array(() => read.int32())
  const topics = new Map<string, Topic>()
  read.tags()
  read.int32()
  read.array(() => {
    read.int32()
    read.text()
    read.int32()
    read.text()
    read.tags()
  })
  read.text()
  read.int32()
  read.array(() => {
    read.int16()
    const name = read.text() ?? ''
    const topicId = read.uuid()
    read.skip(1)
    const partitions = read.array(() => {
      read.int16()
      const partition = read.int32()
      read.int32()
      read.int32()
      for (let lists = 0; lists < 3; lists += 1) int32s()
      read.tags()
      return partition
    })
    read.int32()
    read.tags()
    // it does not exist, or may not be seen
    if (partitions.length === 0) return
    topics.set(name, {
      topicId: topicId === noId ? null : topicId,
      partitions: partitions.sort((a, b) => a - b),
    })
  })
  return topics
}
