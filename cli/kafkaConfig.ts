import type { KafkaConfig, SASLOptions } from 'kafkajs'
import { brokersOf, type Config } from './config.ts'

/** kafkajs's settings out of ours. Throws a UserError without brokers. */
export function kafkaConfig(config: Config): KafkaConfig {
  return {
    clientId: 'sluice',
    brokers: brokersOf(config),
    ssl: sslOf(config),
    sasl: saslOf(config),
  }
}

function sslOf(config: Config): KafkaConfig['ssl'] {
  const { KAFKA_SSL, KAFKA_SSL_CA, KAFKA_SSL_CERT, KAFKA_SSL_KEY } = config
  const parts = { ca: KAFKA_SSL_CA, cert: KAFKA_SSL_CERT, key: KAFKA_SSL_KEY }
  const given = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined))
  return KAFKA_SSL || Object.keys(given).length > 0 ? { ...given } : false
}

function saslOf(config: Config): SASLOptions | undefined {
  const {
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD: password,
  } = config
  // readConfig has seen to it that they come together
  if (!mechanism || !username || !password) return undefined
  return { mechanism, username, password }
}
