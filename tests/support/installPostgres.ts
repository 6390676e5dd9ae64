import { existsSync } from 'node:fs'
import { findPostgres } from '../../local/findPostgres.ts'
import { hasCronLibrary } from '../../local/postgresDatabase.ts'
import { lastLines, run } from '../../local/run.ts'

/** On a machine for tests (CI=true, Debian, root) that lacks PostgreSQL or pg_cron, installs Debian's. */
export async function installPostgres(): Promise<void> {
  const isMachineForTests =
    process.env.CI === 'true' && process.getuid?.() === 0 && existsSync('/etc/debian_version')
  if (!isMachineForTests) return
  const { found } = await findPostgres('installed')
  const installed = found?.kind === 'installed' ? found : undefined
  if (installed && hasCronLibrary(installed.bin)) return

  await apt('apt-get', ['update'])
  const major = installed?.major ?? (await candidateMajor())
  const packages = [`postgresql-${major}`, `postgresql-${major}-cron`]
  console.log(`Installing ${packages.join(' and ')} for the tests.`)
  await apt('apt-get', ['install', '--yes', '--no-install-recommends', ...packages])
}

/** The version that the package `postgresql` stands for: 15 on Debian 12. */
async function candidateMajor(): Promise<number> {
  const output = await apt('apt-cache', ['policy', 'postgresql'])
  const major = /Candidate: (\d+)/.exec(output)?.[1]
  if (major !== undefined) return Number(major)
  throw new Error(`apt knows no package postgresql. It says:\n${lastLines(output)}`)
}

async function apt(command: string, args: string[]): Promise<string> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' }
  const { code, output, failure } = await run(command, args, { env })
  if (code === 0) return output
  throw new Error(`${command} ${args.join(' ')} failed:\n${failure ?? lastLines(output)}`)
}
