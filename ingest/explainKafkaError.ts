import type { KafkaConfig } from 'kafkajs'

/** Of an error in connecting: what was refused, by whom, and which settings to look at. Never with a secret. */
export function explainKafkaError(error: unknown, kafka: KafkaConfig): unknown {
  if (!(error instanceof Error)) return error
  const { name, broker, code } = innermost(error)
  const where = `Kafka at ${broker ?? String(kafka.brokers)}`
  const said = error.message
  const explained = (text: string) => new Error(text, { cause: error })

  if (name === 'KafkaJSSASLAuthenticationError') {
    const { mechanism, username } = kafka.sasl as { mechanism: string; username: string }
    return explained(
      `${where} does not let user "${username}" in by ${mechanism}: ${said}. See KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD.`,
    )
  }
  if (code !== undefined && isAboutCertificate(code)) {
    return explained(
      `${where} has a certificate that is not trusted: ${said} (${code}). See KAFKA_SSL_CA and the names in KAFKA_BROKERS.`,
    )
  }
  if (name.startsWith('KafkaJSConnection')) {
    const hint = kafka.ssl
      ? 'Does that port speak TLS?'
      : 'Does that port want TLS (KAFKA_SSL) or a login (KAFKA_SASL_…)?'
    return explained(`${where} can't be reached: ${said}. See KAFKA_BROKERS. ${hint}`)
  }
  return error
}

interface KafkaError extends Error {
  broker?: string
  code?: string
}

/** kafkajs wraps errors once it has tried several times. */
function innermost(error: Error): KafkaError {
  return error.cause instanceof Error ? innermost(error.cause) : error
}

const isAboutCertificate = (code: string) =>
  /CERT|^UNABLE_TO_|^ERR_TLS_|SELF_SIGNED|^CRL_|^HOSTNAME_MISMATCH$/.test(code)
