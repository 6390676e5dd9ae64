import { randomBytes } from 'node:crypto'
import { freePort } from './freePort.ts'
import { kafkaVersion } from './kafkaJars.ts'
import { prepareDatabase } from './postgresDatabase.ts'
import type { LocalKafka, LocalPostgres, LocalServerOptions } from './servers.ts'

// A development dependency: loaded only when there is nothing else to use.
const load = () => import('testcontainers')

/** Whether a Docker engine answers, and testcontainers is installed to speak with it. */
export async function dockerRuns(): Promise<boolean> {
  try {
    const { getContainerRuntimeClient } = await load()
    await getContainerRuntimeClient()
    return true
  } catch {
    return false
  }
}

/** PostgreSQL in a container that testcontainers removes when this process ends. Its data goes with it. */
export async function startDockerPostgres(
  options: Pick<LocalServerOptions, 'say' | 'database' | 'settings'>,
): Promise<LocalPostgres> {
  const { say, database = 'sluice', settings = {} } = options
  const { GenericContainer, Wait } = await load()
  const adminPassword = randomBytes(18).toString('base64url')
  const rolePassword = randomBytes(18).toString('base64url')
  say('Starting PostgreSQL 17 in Docker.')
  const all = { shared_buffers: '256MB', max_wal_size: '2GB', timezone: 'UTC', ...settings }
  const container = await new GenericContainer('postgres:17')
    .withEnvironment({
      POSTGRES_PASSWORD: adminPassword,
      POSTGRES_INITDB_ARGS: '--locale=C.UTF-8 --lc-collate=C',
    })
    .withCommand([
      'postgres',
      ...['-c', 'max_locks_per_transaction=256', '-c', 'wal_compression=on'],
      ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ])
    .withExposedPorts(5432)
    // The image starts the server twice: the first one only makes the database.
    .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 2))
    .start()
  const address = `${container.getHost()}:${container.getMappedPort(5432)}`
  const url = (role: string, password: string, name: string) =>
    `postgres://${encodeURIComponent(role)}:${password}@${address}/${encodeURIComponent(name)}`
  const adminUrl = url('postgres', adminPassword, database)
  const stop = stopOnce(container)
  try {
    const hasCron = await prepareDatabase(adminUrl, database)
    return {
      kind: 'docker',
      version: '17',
      adminUrl,
      urlFor: (role, name = database) =>
        url(role, role === 'postgres' ? adminPassword : rolePassword, name),
      description: `PostgreSQL 17 (Docker) on ${address}, data kept until it stops`,
      hasCron,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Kafka in a container that testcontainers removes when this process ends. Its data goes with it. */
export async function startDockerKafka(
  options: Pick<LocalServerOptions, 'say' | 'settings'>,
): Promise<LocalKafka> {
  const { GenericContainer, Wait, getContainerRuntimeClient } = await load()
  const { host } = (await getContainerRuntimeClient()).info.containerRuntime
  options.say(`Starting Kafka ${kafkaVersion()} in Docker.`)
  // The broker tells clients its address before Docker could tell it a port: so we choose it.
  const port = await freePort()
  const settings: Record<string, string> = {
    'node.id': '1',
    'process.roles': 'broker,controller',
    'controller.quorum.voters': '1@localhost:9093',
    listeners: `PLAINTEXT://0.0.0.0:${port},CONTROLLER://localhost:9093`,
    'advertised.listeners': `PLAINTEXT://${host}:${port}`,
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'auto.create.topics.enable': 'false',
    'group.initial.rebalance.delay.ms': '0',
    'message.max.bytes': '33554432',
    'log.retention.ms': '-1',
    ...options.settings,
  }
  const container = await new GenericContainer(`apache/kafka:${kafkaVersion()}`)
    .withEnvironment(asEnvironment(settings))
    .withExposedPorts({ container: port, host: port })
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .start()
  return {
    kind: 'docker',
    version: kafkaVersion(),
    brokers: [`${host}:${port}`],
    description: `Kafka ${kafkaVersion()} (Docker) on ${host}:${port}, data kept until it stops`,
    stop: stopOnce(container),
  }
}

/** The image reads `message.max.bytes` from KAFKA_MESSAGE_MAX_BYTES. */
function asEnvironment(settings: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`,
      value,
    ]),
  )
}

function stopOnce(container: { stop(): Promise<unknown> }): () => Promise<void> {
  let stopped: Promise<unknown> | undefined
  return async () => {
    stopped ??= container.stop()
    await stopped
  }
}
