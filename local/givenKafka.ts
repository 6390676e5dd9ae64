import { connect } from 'node:net'
import { UserError } from '../cli/userError.ts'
import { kafkaAnswers } from './kafkaAnswers.ts'
import { reasonOf } from './reason.ts'
import type { LocalKafka, LocalServerOptions } from './servers.ts'

const timeoutMs = 5000

/** The Kafka that KAFKA_BROKERS names, when one of its brokers can be reached. Undefined when none is named. */
export async function givenKafka(
  options: Pick<LocalServerOptions, 'env'>,
): Promise<LocalKafka | undefined> {
  const { env } = options
  const brokers = (env.KAFKA_BROKERS ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean)
  if (brokers.length === 0) return undefined
  const parsed = brokers.map(parseBroker)
  const failures: string[] = []
  for (const broker of parsed) {
    const failure = await connectFailure(broker)
    if (failure === undefined) {
      await checkSpeaksKafka(env, brokers, broker.text)
      return {
        kind: 'given',
        version: 'unknown',
        brokers,
        description: `Kafka (given by KAFKA_BROKERS) on ${brokers.join(', ')}`,
        stop: () => Promise.resolve(),
      }
    }
    failures.push(`  ${broker.text}: ${failure}`)
  }
  throw new UserError(
    `No broker of KAFKA_BROKERS can be reached, tried for ${timeoutMs / 1000} s each:\n${failures.join('\n')}\n` +
      'Start that Kafka, correct KAFKA_BROKERS, or unset it: Sluice then starts a Kafka of its own.',
  )
}

interface Broker {
  text: string
  host: string
  port: number
}

function parseBroker(text: string): Broker {
  const match = /^(?:\[([0-9a-f:]+)\]|([^:/\s]+)):([0-9]{1,5})$/i.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined || port < 1 || port > 65535) {
    throw new UserError(
      `KAFKA_BROKERS holds "${text}". Expected host:port, several with commas between: broker1:9092,broker2:9092`,
    )
  }
  return { text, host, port }
}

function connectFailure({ host, port }: Broker): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs })
    const end = (failure?: string) => {
      socket.destroy()
      resolve(failure)
    }
    socket.once('connect', () => end())
    socket.once('timeout', () => end('no answer'))
    socket.once('error', (error) => end(reasonOf(error)))
  })
}

/** Only where no encryption or login is asked for: those settings, and their errors, are the ingester's. */
async function checkSpeaksKafka(
  env: NodeJS.ProcessEnv,
  brokers: string[],
  reached: string,
): Promise<void> {
  const isSecured = Object.keys(env).some((name) => /^KAFKA_(SSL|SASL)/.test(name) && env[name])
  if (isSecured) return
  try {
    await kafkaAnswers(brokers, timeoutMs)
  } catch (cause) {
    throw new UserError(
      `${reached} (from KAFKA_BROKERS) accepts connections, but does not answer as Kafka does: ${reasonOf(cause)}.\n` +
        'Check the port; a listener with TLS or a login needs KAFKA_SSL or KAFKA_SASL_….',
      { cause },
    )
  }
}
