import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UserError } from '../cli/userError.ts'
import { incompleteName } from './incomplete.ts'
import { lastLines, run } from './run.ts'
import type { LocalServerOptions } from './servers.ts'
import { shownPath } from './shownPath.ts'

const pom = fileURLToPath(new URL('./pom.xml', import.meta.url))

/** The version of Kafka that pom.xml asks for. */
export function kafkaVersion(): string {
  const version = /<artifactId>kafka-tools<\/artifactId>\s*<version>([^<]+)</.exec(
    readFileSync(pom, 'utf8'),
  )?.[1]
  if (version === undefined) throw new Error(`${pom} names no version of kafka-tools.`)
  return version
}

/**
 * The folder with Kafka's jars: given, or in the locked data folder, where Maven puts them once (54 MB).
 * Or the reason why there is none.
 */
export async function findKafkaJars(
  options: Pick<LocalServerOptions, 'dataFolder' | 'env' | 'say' | 'signal' | 'jars'>,
): Promise<{ folder?: string; reason?: string }> {
  const { dataFolder, env, say, signal } = options
  const given = options.jars ?? env.SLUICE_KAFKA_JARS
  if (given) {
    if (existsSync(join(given, `kafka-tools-${kafkaVersion()}.jar`))) return { folder: given }
    throw new UserError(
      `SLUICE_KAFKA_JARS names ${given}, which holds no kafka-tools-${kafkaVersion()}.jar. ` +
        `Unset it: Maven then fetches what Kafka needs.`,
    )
  }
  const home = join(dataFolder, `kafka-${kafkaVersion()}`)
  const folder = join(home, 'lib')
  if (existsSync(folder)) return { folder }

  say(`Fetching Kafka ${kafkaVersion()} with Maven into ${shownPath(home)} (once).`)
  const incomplete = incompleteName(home)
  mkdirSync(incomplete, { recursive: true })
  try {
    const { code, output, failure } = await run(
      'mvn',
      [
        ...['--batch-mode', '--quiet', '--file', pom],
        'org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies',
        ...['-DincludeScope=runtime', `-DoutputDirectory=${join(incomplete, 'lib')}`],
      ],
      { env, signal },
    )
    if (failure === 'ENOENT') return { reason: 'Java, but no mvn (Maven) on PATH.' }
    if (code !== 0) return { reason: mavenFailed(failure ?? output, home) }
    renameSync(incomplete, home)
    return { folder }
  } finally {
    rmSync(incomplete, { recursive: true, force: true })
  }
}

function mavenFailed(output: string, home: string): string {
  const errors = output
    .split('\n')
    .map((line) => /\[ERROR\] (.+)/.exec(line)?.[1] ?? '')
    .filter((line) => line !== '' && !/^(To see the full|Re-run Maven|For more|\[Help)/.test(line))
  const said = errors.length > 0 ? errors.slice(0, 4).join('\n') : output
  const mend = /No space left on device/.test(output)
    ? `The disk is full: make room on the one that holds ${shownPath(home)}.`
    : 'Check the network and the proxy or mirror in ~/.m2/settings.xml and start again, or give KAFKA_BROKERS of a Kafka that runs already.'
  const why = lastLines(said)
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim()
  return `Maven could not fetch Kafka ${kafkaVersion()}: ${why} ${mend}`
}
