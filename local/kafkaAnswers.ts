import { Kafka, logLevel } from 'kafkajs'

/** The cluster's id, once a broker of it serves clients; throws when it does not answer in time. */
export async function kafkaAnswers(brokers: string[], timeoutMs: number): Promise<string> {
  const kafka = new Kafka({
    clientId: 'sluice-local',
    brokers,
    logLevel: logLevel.NOTHING,
    connectionTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    enforceRequestTimeout: true,
    retry: { retries: 0 },
  })
  const admin = kafka.admin()
  try {
    await admin.connect()
    const cluster = await admin.describeCluster()
    if (cluster.brokers.length === 0) throw new Error('no broker is registered yet')
    return cluster.clusterId
  } finally {
    await admin.disconnect()
  }
}
