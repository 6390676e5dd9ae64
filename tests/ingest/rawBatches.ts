import { pino } from 'pino'
import { loadCodecs } from '../../ingest/codecs.ts'
import { fetchRequest } from '../../ingest/fetchRequest.ts'
import { createCluster } from '../../ingest/kafkajsParts.ts'
import { WireReader } from '../../ingest/wire.ts'

/** The record batches of partition 0 of a topic as the broker keeps them, from the first on. */
export async function rawBatches(brokers: string[], topic: string): Promise<Buffer> {
  await loadCodecs()
  const cluster = createCluster({ brokers }, pino({ level: 'silent' }))
  try {
    await cluster.connect()
    await cluster.refreshMetadata()
    const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [0]))
    const broker = await cluster.findBroker({ nodeId: nodeId! })
    const limits = { maxWaitMs: 1_000, maxBytes: 2 ** 26, maxBytesPerPartition: 2 ** 26 }
    const request = fetchRequest(broker, [{ topic, partition: 0, offset: 0 }], new Map(), {
      ...limits,
      mostDecompressed: 0,
    })
    const answer = await broker.connectionPool.send({
      ...request,
      response: {
        decode: (buffer: Buffer) => Promise.resolve(buffer),
        parse: (buffer: unknown) => Promise.resolve(buffer),
      },
    })
    return batchesIn(answer as Buffer)
  } finally {
    await cluster.disconnect()
  }
}

/** Of a Fetch response, version 11, with one partition. */
function batchesIn(buffer: Buffer): Buffer {
  const read = new WireReader(buffer, false)
  read.skip(4 + 2 + 4 + 4)
  read.text()
  read.skip(4 + 4 + 2 + 8 + 8 + 8)
  read.array(() => read.skip(16))
  read.skip(4)
  return read.bytes()
}

/** Kafka's numbers of the codecs in the batches, in order. */
export function codecsOf(batches: Buffer): number[] {
  const codecs: number[] = []
  for (let at = 0; at + 61 <= batches.length; at += 12 + batches.readInt32BE(at + 8)) {
    codecs.push(batches.readInt16BE(at + 21) & 7)
  }
  return codecs
}
