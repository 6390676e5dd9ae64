import { expect, test } from 'vitest'
import { sluice } from '../support/sluice.ts'

const commands = [
  'migrate',
  'plan',
  'apply',
  'up',
  'ingest',
  'refresh',
  'run',
  'generate',
  'replay',
  'status',
  'doctor',
  'dead-letters',
  'demo',
]

test('--help lists the commands', async () => {
  const { code, stdout, stderr } = await sluice(['--help'])
  expect([code, stderr]).toEqual([0, ''])
  for (const command of commands) expect(stdout).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'))
})

test.each(commands)('%s --help ends with 0 and says what it does', async (command) => {
  const { code, stdout, stderr } = await sluice([command, '--help'])
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(new RegExp(`^Usage: sluice ${command}`))
})

test('--version is that of the package', async () => {
  const { code, stdout } = await sluice(['--version'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test.each([
  ['an unknown command', ['aply'], /unknown command 'aply'/],
  ['an unknown option', ['apply', '--prun'], /unknown option '--prun'/],
  ['an argument too many', ['migrate', 'now'], /too many arguments/],
])('%s is one message and exit code 1', async (_, args, message) => {
  const { code, stderr } = await sluice(args)
  expect(code).toBe(1)
  expect(stderr).toMatch(message)
  expect(stderr).not.toMatch(/^\s+at /m)
})

test('no command at all shows the help', async () => {
  const { code, stdout, stderr } = await sluice([])
  expect(code).toBe(1)
  expect(stdout + stderr).toContain('Usage: sluice')
})
