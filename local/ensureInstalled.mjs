// Installs the packages when they are missing or not those of package-lock.json; else says and does nothing.
// Runs before `npm start` and `npm test`, so: plain Node, no package, and no syntax newer than it has to name as too old.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withInstallLock } from './installLock.mjs'
import { hydrateEmbeddedPostgres, mendEsbuild } from './installScripts.mjs'

const project = dirname(dirname(fileURLToPath(import.meta.url)))
const inModules = (...parts) => join(project, 'node_modules', ...parts)
const markFile = inModules('.sluice-lock')
const lockFile = join(project, '.sluice', 'installing')

try {
  checkNode()
  if (!isUpToDate()) withInstallLock(lockFile, () => isUpToDate() || install())
} catch (error) {
  // A system error (a full disk, a read-only folder) says what and where itself.
  console.error(error.isForUser || error.syscall ? error.message : error)
  process.exit(1)
}

function checkNode() {
  const required = readJson(join(project, 'package.json')).engines.node.replace('>=', '').split('.')
  const found = process.versions.node.split('.')
  const difference =
    Number(found[0]) - Number(required[0]) || Number(found[1]) - Number(required[1])
  if (difference >= 0) return
  fail(
    `Sluice needs Node ${required.join('.')} or newer; this is Node ${process.versions.node} (${process.execPath}).\n` +
      'Install a newer one from https://nodejs.org, or with `nvm install 22`, and start again.',
  )
}

/** The mark says that we saw to these very package files; what npm has recorded, that it did before us. */
function isUpToDate() {
  const mark = hashOfPackageFiles()
  if (readText(markFile) === mark) return true
  if (!isInstalled()) return false
  mendInstallation(mark)
  return true
}

/**
 * Whether node_modules holds what package-lock.json asks for. npm's record is there when it came to the end, but
 * may be ahead of what lies there (after `npm install --package-lock-only`): so we look at each package as well.
 */
function isInstalled() {
  const text = readText(inModules('.package-lock.json'))
  if (text === undefined) return false
  const installed = JSON.parse(text).packages
  const wanted = Object.entries(readJson(join(project, 'package-lock.json')).packages)
  return wanted.every(([path, entry]) => {
    if (!path.startsWith('node_modules/')) return true
    const found = installed[path]
    if (found === undefined) return !isNeededHere(entry)
    if (found.version !== entry.version || found.integrity !== entry.integrity) return false
    const manifest = readText(join(project, path, 'package.json'))
    return manifest !== undefined && (entry.link || JSON.parse(manifest).version === entry.version)
  })
}

/** Optional packages are mostly programs, one package for each platform. */
function isNeededHere({ optional, devOptional, peer, os = [], cpu = [], libc }) {
  if (!optional && !devOptional && !peer) return true
  return os.includes(process.platform) && cpu.includes(process.arch) && !libc
}

function install() {
  console.log('Installing packages with `npm ci` (takes a minute, only when they changed).')
  const options = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund']
  const npm = process.env.npm_execpath
  const [command, ...args] = npm && /npm-cli\.c?js$/.test(npm) ? [process.execPath, npm] : ['npm']
  const result = spawnSync(command, [...args, ...options, '--loglevel=error'], {
    cwd: project,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (result.error) {
    fail(
      `npm cannot be started: ${result.error.message}.\nIt comes with Node: is its folder on PATH?`,
    )
  }
  if (result.status !== 0) {
    const output = `${result.stdout}${result.stderr}`.trim()
    const lines = output.split('\n').filter((line) => !/^npm error\s*$|^\s+at /.test(line))
    fail(
      `npm ci failed (${result.signal || `exit code ${result.status}`}):\n` +
        `${lines
          .slice(0, 8)
          .map((line) => `  ${line}`)
          .join('\n')}\n${mendFor(output)}`,
    )
  }
  mendInstallation(hashOfPackageFiles())
}

function mendInstallation(mark) {
  try {
    hydrateEmbeddedPostgres(inModules())
    mendEsbuild(inModules())
  } catch (error) {
    fail(error.message)
  }
  try {
    fs.writeFileSync(markFile, mark)
  } catch (error) {
    // Installed by another user, for this one to read: then we compare anew each time.
    if (!['EACCES', 'EPERM', 'EROFS'].includes(error.code)) throw error
  }
}

function mendFor(output) {
  if (/ENOSPC/.test(output)) return 'The disk is full: make room and start again.'
  if (/can only install packages when your package\.json and/.test(output)) {
    return 'package.json and package-lock.json disagree: run `npm install` and start again.'
  }
  if (/EACCES|EPERM|EROFS/.test(output)) {
    return `This user may not write to ${project}: change the owner of that folder, and start again.`
  }
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|CERT|network/i.test(output)) {
    return 'The package registry cannot be reached: check the network and `npm config get registry`, `proxy` and `cafile`, and start again.'
  }
  return 'Mend what npm says, and start again. `npm ci` alone shows all of it.'
}

function hashOfPackageFiles() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`)
  const { workspaces = [] } = readJson(join(project, 'package.json'))
  const folders = ['.', ...workspaces]
  for (const folder of folders) hash.update(readText(join(project, folder, 'package.json')) || '')
  return hash.update(readText(join(project, 'package-lock.json')) || '').digest('hex')
}

function readJson(file) {
  return JSON.parse(fs.readFileSync(file, 'utf8'))
}

function readText(file) {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function fail(message) {
  throw Object.assign(new Error(message), { isForUser: true })
}
