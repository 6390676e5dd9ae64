import { randomBytes } from 'node:crypto'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { UserError } from '../cli/userError.ts'
import { incompleteName } from './incomplete.ts'
import { unicodeNames } from './java.ts'
import { lastLines, run } from './run.ts'
import { shownPath } from './shownPath.ts'

/** Formats a storage folder beside, and renames that when it is complete. */
export async function formatStorage(options: {
  java: string
  classpath: string
  data: string
  signal?: AbortSignal
}): Promise<void> {
  const { java, classpath, data, signal } = options
  const incomplete = incompleteName(data)
  const properties = `${incomplete}.properties`
  try {
    // The ports are of no matter here.
    writeProperties(properties, { port: 9092, controllerPort: 9093, data: incomplete })
    const { code, output, failure } = await run(
      java,
      [
        ...['-XX:TieredStopAtLevel=1', '-cp', classpath, 'kafka.tools.StorageTool', 'format'],
        ...['--cluster-id', newClusterId(), '--config', properties],
      ],
      { signal, env: { ...process.env, ...unicodeNames } },
    )
    if (code !== 0) {
      throw new UserError(
        `Kafka could not make its storage in ${shownPath(data)}:\n${lastLines(failure ?? output)}\n` +
          'Mend what it says, or give KAFKA_BROKERS of a Kafka that runs already.',
      )
    }
    renameSync(incomplete, data)
  } finally {
    rmSync(properties, { force: true })
    rmSync(incomplete, { recursive: true, force: true })
  }
}

/** Writes server.properties for one node that is broker and controller; returns the file. */
export function writeProperties(
  file: string,
  options: {
    port: number
    controllerPort: number
    data: string
    settings?: Record<string, string>
  },
): string {
  const { port, controllerPort, data } = options
  if (data.includes(',')) {
    throw new UserError(
      `Kafka cannot keep its data in ${data}: it takes a comma in a path for the end of it. Choose another folder with --data FOLDER.`,
    )
  }
  const listener = `PLAINTEXT://127.0.0.1:${port}`
  const properties: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    // Static voters, not those kept in the data: the port may change from one start to the next.
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `${listener},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': listener,
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': data,
    'auto.create.topics.enable': 'false',
    ...oneNode,
    ...smallMachine,
  }
  for (const [name, value] of Object.entries(options.settings ?? {})) {
    properties[name] = ofListeners.has(name) ? `${properties[name]},${value}` : value
  }
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${escaped(value)}`)
  writeFileSync(file, `# Written by Sluice at each start.\n${lines.join('\n')}\n`)
  return file
}

/** Java reads a file of properties as Latin-1. */
const escaped = (value: string) =>
  value
    .replaceAll('\\', '\\\\')
    .replaceAll(/[^ -~]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Settings of these names are added to ours: clients without TLS and login stay served. */
const ofListeners = new Set(['listeners', 'advertised.listeners', 'listener.security.protocol.map'])

const oneNode = {
  'default.replication.factor': '1',
  'min.insync.replicas': '1',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '8',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '8',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'group.initial.rebalance.delay.ms': '0',
  // Else a broker that was killed waits 9 s for its own old registration to end.
  'broker.session.timeout.ms': '2000',
  'broker.heartbeat.interval.ms': '500',
}

const mebibyte = 1024 * 1024

const smallMachine = {
  'num.network.threads': '2',
  'num.io.threads': '4',
  // Values of 20 MB must pass.
  'message.max.bytes': String(32 * mebibyte),
  'replica.fetch.max.bytes': String(32 * mebibyte),
  // By size alone: events may bear times of long ago, and retention by time would delete them at once.
  'log.retention.ms': '-1',
  'log.retention.bytes': String(256 * mebibyte),
  'log.segment.bytes': String(64 * mebibyte),
  'log.cleaner.dedupe.buffer.size': String(16 * mebibyte),
}

function newClusterId(): string {
  // 22 characters of base64url; a first "-" would be read as an option.
  return randomBytes(16).toString('base64url').replace(/^-/, 'A')
}
