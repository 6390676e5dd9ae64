import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../local/freePort.ts'
import { findOrStartKafka } from '../../local/servers.ts'
import { makeAuthority, type Authority } from './certificates.ts'
import { atEnd } from './cleanUp.ts'
import { runKafkaTool } from './consoleProducer.ts'
import { newDataFolder, serverOptions } from './dataFolder.ts'
import { testKafka, type TestKafka } from './kafka.ts'

export interface SecureKafka {
  /** Its listener without TLS and login, for what the test itself does. */
  kafka: TestKafka
  /** The one with TLS and SCRAM-SHA-512. */
  broker: string
  authority: Authority
  user: string
  password: string
  restart(): Promise<void>
}

/**
 * A Kafka of the test file's own, with a listener that wants TLS and a login by SCRAM-SHA-512, and again after every
 * `reauthenticateMs`.
 */
export async function secureKafka(
  { user, password }: { user: string; password: string },
  reauthenticateMs: number,
): Promise<SecureKafka> {
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  const authority = makeAuthority('tests')
  const { certificate, key } = authority.issue(['localhost', '127.0.0.1'])
  const keystore = join(folder, 'broker.pem')
  writeFileSync(keystore, key + certificate)
  const broker = `localhost:${await freePort()}`
  const options = {
    ...(await serverOptions(folder)),
    settings: {
      listeners: `SECURE://${broker}`,
      'advertised.listeners': `SECURE://${broker}`,
      'listener.security.protocol.map': 'SECURE:SASL_SSL',
      'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
      'listener.name.secure.scram-sha-512.sasl.jaas.config':
        'org.apache.kafka.common.security.scram.ScramLoginModule required;',
      'connections.max.reauth.ms': String(reauthenticateMs),
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': keystore,
    },
  }
  let server = await findOrStartKafka(options)
  atEnd(() => server.stop())
  await runKafkaTool('kafka.admin.ConfigCommand', [
    ...['--bootstrap-server', server.brokers.join(','), '--alter'],
    ...['--entity-type', 'users', '--entity-name', user],
    ...['--add-config', `SCRAM-SHA-512=[iterations=4096,password=${password}]`],
  ])
  return {
    kafka: testKafka(server.brokers),
    ...{ broker, authority, user, password },
    async restart() {
      await server.stop()
      server = await findOrStartKafka(options)
    },
  }
}
