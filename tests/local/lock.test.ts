import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockDataFolder } from '../../local/lock.ts'
import { isAlive, processId } from '../../local/processes.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sluice-test-'))))
afterEach(() => rmSync(folder, { recursive: true }))

test('a folder is free again after as many releases as locks', () => {
  const releases = [lockDataFolder(folder), lockDataFolder(folder)]
  releases[0]!()
  releases[0]!()
  expect(existsSync(join(folder, 'lock'))).toBe(true)
  releases[1]!()
  expect(readdirSync(folder)).toEqual([])
})

test('the lock of a process that has ended is taken over', async () => {
  const child = spawn(process.execPath, ['-e', '0'])
  const dead = processId(child.pid!)
  await once(child, 'exit')
  writeFileSync(join(folder, 'lock'), JSON.stringify({ ...dead, command: 'node old' }))
  const release = lockDataFolder(folder)
  expect(readdirSync(folder)).toEqual(['lock'])
  release()
})

test('a process that was given the number of the holder does not count as the holder', () => {
  const other = { pid: process.ppid, started: 'long ago' }
  expect(isAlive(other)).toBe(false)
  writeFileSync(join(folder, 'lock'), JSON.stringify({ ...other, command: 'node old' }))
  lockDataFolder(folder)()
  expect(readdirSync(folder)).toEqual([])
})

test('a live holder is named with its number and command', () => {
  const holder = { ...processId(process.ppid), command: 'node cli/sluice.mjs demo' }
  writeFileSync(join(folder, 'lock'), JSON.stringify(holder))
  expect(() => lockDataFolder(folder)).toThrow(
    `in use by process ${process.ppid} (node cli/sluice.mjs demo)`,
  )
  expect(readdirSync(folder)).toEqual(['lock'])
})

test('of ten processes that find a dead lock at once, one gets it', async () => {
  const dead = { pid: process.pid, started: 'long ago', command: 'node old' }
  writeFileSync(join(folder, 'lock'), JSON.stringify(dead))
  const lock = new URL('../../local/lock.ts', import.meta.url).href
  const script = `
    const { lockDataFolder } = await import(${JSON.stringify(lock)})
    process.stdin.once('data', () => {
      try { lockDataFolder(${JSON.stringify(folder)}); console.log('locked') } catch { console.log('refused') }
    })
    process.stdin.once('end', () => process.exit())
    console.log('ready')`
  const children = Array.from({ length: 10 }, () =>
    spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  )
  const next = (child: (typeof children)[number]) => once(child.stdout, 'data').then(String)
  await Promise.all(children.map(next))
  const answers = children.map(next)
  children.forEach((child) => child.stdin.write('go\n'))
  const outcome = (await Promise.all(answers)).map((answer) => answer.trim()).sort()
  children.forEach((child) => child.stdin.end())
  await Promise.all(children.map((child) => once(child, 'exit')))
  expect(outcome).toEqual(['locked', ...Array<string>(9).fill('refused')])
}, 60_000)
