import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../local/freePort.ts'
import { findOrStartKafka } from '../../local/servers.ts'
import { atEnd } from '../support/cleanUp.ts'
import { serverOptions } from '../support/dataFolder.ts'
import { testKafka, type TestKafka } from '../support/kafka.ts'
import type { Line } from './line.ts'

/** A Kafka with a listener for each of some lines, which it names to its clients, and one without a line. */
export interface Broker {
  kafka: TestKafka
  kill(this: void): Promise<void>
  start(this: void): Promise<void>
}

export async function startBroker(folder: string, lines: Line[]): Promise<Broker> {
  const ports = await Promise.all(lines.map(() => freePort()))
  lines.forEach((line, index) => line.leadTo(ports[index]!))
  const listeners = (portOf: (index: number) => number) =>
    lines.map((_, index) => `SEAT${index}://127.0.0.1:${portOf(index)}`).join(',')
  const options = {
    ...(await serverOptions(folder)),
    settings: {
      listeners: listeners((index) => ports[index]!),
      'advertised.listeners': listeners((index) => lines[index]!.port),
      'listener.security.protocol.map': lines.map((_, index) => `SEAT${index}:PLAINTEXT`).join(','),
    },
  }
  let server = await findOrStartKafka(options)
  atEnd(() => server.stop())
  return {
    kafka: testKafka(server.brokers),
    async kill() {
      const processes = JSON.parse(readFileSync(join(folder, 'kafka.pid'), 'utf8')) as {
        pid: number
      }[]
      process.kill(processes.at(-1)!.pid, 'SIGKILL')
      await server.stop()
    },
    async start() {
      server = await findOrStartKafka(options)
    },
  }
}
