import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { readConfig } from '../../cli/config.ts'
import { atEnd } from '../support/cleanUp.ts'
import { testDatabase } from '../support/database.ts'
import { sluice, startSluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'

const database = await testDatabase('migrated')
const settings = { DATABASE_URL: 'postgres://somebody@127.0.0.1/sluice' }

test('without a port nothing is served; the address is one of this machine only', () => {
  const { SLUICE_HTTP_PORT, SLUICE_HTTP_HOST } = readConfig(settings)
  expect({ SLUICE_HTTP_PORT, SLUICE_HTTP_HOST }).toEqual({
    SLUICE_HTTP_PORT: undefined,
    SLUICE_HTTP_HOST: '127.0.0.1',
  })
})

test.each(['many', '-1', '65536', '1.5'])('%s is no port', (port) => {
  expect(() => readConfig({ ...settings, SLUICE_HTTP_PORT: port })).toThrow(
    `SLUICE_HTTP_PORT: expected a port, from 0 to 65535 (found: ${port})`,
  )
})

test('a port that is taken ends the process with one message', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  atEnd(() => other.close())
  const { port } = other.address() as AddressInfo
  const { code, stderr } = await sluice(['refresh'], {
    DATABASE_URL: database.url('sluice_refresh'),
    SLUICE_HTTP_PORT: String(port),
  })
  expect(code).toBe(1)
  expect(stderr).toContain(`SLUICE_HTTP_PORT=${port}: listen EADDRINUSE`)
  expect(stderr).not.toContain('    at ')
})

test('without a port a process says nothing of endpoints', async () => {
  const running = startSluice(['refresh'], {
    DATABASE_URL: database.url('sluice_refresh'),
  })
  await (
    await database.client()
  ).query(`select ops.put_job('seen', 'select 1', interval '1 second')`)
  await until('a job ran', () => running.stderr().includes('job ran'))
  expect(running.stderr()).not.toContain('endpoints')
  expect((await running.kill('SIGTERM')).code).toBe(0)
})
