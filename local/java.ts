import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './run.ts'

export interface Java {
  /** The program, when there is one that is new enough. */
  command?: string
  version?: string
  /** Why there is none. */
  reason?: string
}

const oldestMajor = 17

/** With it Java finds files whose names are not of ASCII alone, whatever the locale of the terminal. */
export const unicodeNames = { LC_ALL: 'C.UTF-8' }

/** A Java that runs Kafka 4: that of JAVA_HOME, else of PATH. */
export async function findJava(env: NodeJS.ProcessEnv): Promise<Java> {
  const fromHome = env.JAVA_HOME ? join(env.JAVA_HOME, 'bin', 'java') : undefined
  const command = fromHome && existsSync(fromHome) ? fromHome : 'java'
  const { code, output, failure } = await run(command, ['-version'], { env })
  if (failure === 'ENOENT') return { reason: 'no java on PATH, and no JAVA_HOME that holds one.' }
  const version = /version "([^"]+)"/.exec(output)?.[1]
  if (code !== 0 || version === undefined) {
    return { reason: `${command} does not run: ${failure ?? output.trim().split('\n')[0]}` }
  }
  // "17.0.15", "21-ea"; before Java 9: "1.8.0_402".
  const major = Number.parseInt(version.replace(/^1\./, ''), 10)
  if (major < oldestMajor) {
    return { reason: `Java ${version} (${command}); Kafka 4 needs ${oldestMajor} or newer.` }
  }
  return { command, version }
}
