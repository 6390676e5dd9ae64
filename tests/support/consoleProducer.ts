import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { findJava } from '../../local/java.ts'
import { bareEnvironment, serverOptions } from './dataFolder.ts'

export type Codec = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** Stands for null in the lines. */
export const nullMarker = '∅'

/** Writes lines `name:value,name:value⇥key⇥value` to a topic by Kafka's own console producer. */
export async function produceByConsole(
  brokers: string[],
  topic: string,
  codec: Codec,
  lines: string[],
  properties: Record<string, string> = {},
): Promise<void> {
  const producer = { 'batch.size': '65536', 'linger.ms': '100', ...properties }
  const reader = { 'parse.key': 'true', 'parse.headers': 'true', 'null.marker': nullMarker }
  await runKafkaTool(
    'org.apache.kafka.tools.ConsoleProducer',
    [
      ...['--bootstrap-server', brokers.join(',')],
      ...['--topic', topic, '--compression-codec', codec],
      ...pairs('--producer-property', producer),
      ...pairs('--property', reader),
    ],
    lines.map((line) => `${line}\n`).join(''),
  )
}

const pairs = (option: string, values: Record<string, string>) =>
  Object.entries(values).flatMap(([name, value]) => [option, `${name}=${value}`])

/** Runs one of the tools that come with Kafka to its end; throws with what it said when it fails. */
export async function runKafkaTool(name: string, args: string[], input = ''): Promise<string> {
  const env = bareEnvironment()
  const java = await findJava(env)
  const { jars } = await serverOptions('.')
  if (java.command === undefined || jars === undefined) throw new Error('There is no Kafka here.')
  const child = spawn(
    java.command,
    ['-XX:TieredStopAtLevel=1', '-cp', join(jars, '*'), name, ...args],
    { env, stdio: ['pipe', 'pipe', 'pipe'] },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  // it may end before it has read all
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  // the console producer only says that it could not send
  if (code !== 0 || /^(ERROR|Exception)|Error when sending/m.test(output)) {
    throw new Error(`${name} ${args.join(' ')} ended with ${String(code)}:\n${output}`)
  }
  return output
}
