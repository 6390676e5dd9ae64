import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { atEnd } from '../support/cleanUp.ts'
import { newDataFolder } from '../support/dataFolder.ts'
import { sluice } from '../support/sluice.ts'
import { sourceWithLetters } from '../ops/deadLetters.ts'
import { opsDatabase } from '../ops/ops.ts'

const ops = opsDatabase()
beforeAll(async () => {
  await sourceWithLetters(ops, 'orders', [
    { offset: 3, payload: '{"n": 1' },
    { offset: 5, payload: Buffer.from([0xff]), key: null, sqlstate: '22021', headers: { h: 'x' } },
  ])
})

const run = (...args: string[]) =>
  sluice(['dead-letters', ...args], { DATABASE_URL: ops.database.url() })

test('list shows coordinates and reasons, the number of those that are left out, and no payload', async () => {
  const { code, stdout } = await run('list', '--limit', '1')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^topic +stage +generation +partition +offset +sqlstate/)
  expect(stdout).toMatch(/^orders +ingest +1 +0 +3 +22P02 +invalid input syntax/m)
  expect(stdout).toContain('1 more; --limit 2 shows all of them.')
})

test('list as JSON is one array, filtered by topic and options', async () => {
  const { stdout } = await run('list', 'orders', '--sqlstate', '22021', '--json')
  expect(JSON.parse(stdout)).toMatchObject([
    { topic: 'orders', partition: 0, offset: '5', bytes: 1 },
  ])
  expect((await run('list', 'elsewhere')).stdout).toBe('No dead letters.\n')
})

test('an analyst may list and show', async () => {
  const environment = { DATABASE_URL: ops.database.url('analyst') }
  for (const command of [['list'], ['show', 'orders']]) {
    expect(await sluice(['dead-letters', ...command], environment)).toMatchObject({ code: 0 })
  }
})

test('show prints letters whole, bytes that are no text in base64', async () => {
  const { stdout } = await run('show', 'orders')
  expect(stdout).toContain('orders, generation 1, partition 0, offset 3\n')
  expect(stdout).toContain('  payload   {"n": 1\n')
  expect(stdout).toContain('  payload   not UTF-8, in base64: /w==\n')
  expect(stdout).toContain('  headers   {"h":"x"}\n')
  const { stdout: json } = await run('show', 'orders', '--offset', '5', '--json')
  expect(JSON.parse(json)).toMatchObject([{ key: null, payload: { base64: '/w==' } }])
})

test('a replay of what still is no JSON ends with 1, says so, and changes nothing', async () => {
  const { code, stderr } = await run('replay', 'orders', '--offset', '3')
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^The payload of partition 0, offset 3, still can't be stored: .*p_payload/,
  )
  expect(JSON.parse((await run('list', '--json')).stdout)).toHaveLength(2)
})

test.each([
  ['replay', ['replay', 'orders']],
  ['discard', ['discard', 'orders']],
])('%s asks which, where nothing is chosen', async (_, args) => {
  const { code, stderr } = await run(...args)
  expect([code, stderr.split('\n')[0]]).toEqual([
    1,
    'Which dead letters of orders? Give --offset, --partition, --generation or --sqlstate, or --all.',
  ])
})

test.each([
  [
    'that is not there',
    ['--offset', '99'],
    /^No dead letter of orders at ingest is what you chose.*by --stage/,
  ],
  ['that is no number', ['--offset', 'x'], /Expected offsets, such as 12/],
  ['whose mend is no file', ['--offset', '3', '--payload', '@/nowhere'], /^--payload: ENOENT/],
])('a replay of an offset %s ends with 1', async (_, args, message) => {
  const { code, stderr } = await run('replay', 'orders', ...args)
  expect(code).toBe(1)
  expect(stderr).toMatch(message)
})

test('an unknown topic, and a user without the right, are told with the mend', async () => {
  const unknown = await run('replay', 'nobody', '--all')
  expect([unknown.code, unknown.stderr]).toEqual([
    1,
    'Source "nobody" is unknown. See ops.sources, or declare it with ops.add_source.\n',
  ])
  const { code, stderr } = await sluice(['dead-letters', 'replay', 'orders', '--all'], {
    DATABASE_URL: ops.database.url('sluice_refresh'),
  })
  expect(code).toBe(1)
  expect(stderr).toMatch(/permission denied .* sluice_refresh needs to be a member of sluice_owner/)
})

test('replay stores a mended payload of a file, discard gives up the other', async () => {
  const { folder, remove } = newDataFolder()
  atEnd(remove)
  const file = join(folder, 'mended.json')
  writeFileSync(file, '{"n": 1}')
  const replayed = await run('replay', 'orders', '--offset', '3', '--payload', `@${file}`)
  expect([replayed.code, replayed.stdout]).toEqual([0, '1 dead letter replayed.\n'])
  expect(await ops.rows('select kafka_offset::int, payload from bronze.orders')).toEqual([
    { kafka_offset: 3, payload: { n: 1 } },
  ])
  const discarded = await run('discard', 'orders', '--all', '--json')
  expect([discarded.code, discarded.stdout]).toEqual([0, '{"discarded":1}\n'])
  expect((await run('show', 'orders')).code).toBe(1)
})

test('a mended payload is redacted as the source says, and what is a hash already stays', async () => {
  await sourceWithLetters(ops, 'people', [{ offset: 3 }])
  await ops.rows(
    `select ops.add_source('people', p_redact => '{"card": "last4", "email": "hash"}')`,
  )
  const hash = 'a0'.repeat(32)
  const payload = `{"card": 4111111111111234, "email": "${hash}", "n": 1.10}`
  const args = ['replay', 'people', '--offset', '3', '--payload']
  const environment = { DATABASE_URL: ops.database.url(), SLUICE_REDACT_KEY: 'a secret' }
  const keyless = await run(...args, payload)
  expect(keyless.code).toBe(1)
  expect(keyless.stderr).toMatch(/^SLUICE_REDACT_KEY is not set, .* people\. Set it/)
  const broken = await sluice(['dead-letters', ...args, '{"card": 4111111111111234'], environment)
  expect([broken.code, broken.stderr]).toEqual([
    1,
    '--payload is no JSON. Expected a JSON text, @FILE, or - for standard input.\n',
  ])
  expect(await sluice(['dead-letters', ...args, payload], environment)).toMatchObject({ code: 0 })
  expect(await ops.rows('select payload::text from bronze.people')).toEqual([
    { payload: `{"n": 1.10, "card": "************1234", "email": "${hash}"}` },
  ])
})
