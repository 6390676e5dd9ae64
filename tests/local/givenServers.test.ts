import { createServer } from 'node:net'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { UserError } from '../../cli/userError.ts'
import { dockerRuns } from '../../local/docker.ts'
import { freePort } from '../../local/freePort.ts'
import { findOrStartKafka, findOrStartPostgres, type LocalPostgres } from '../../local/servers.ts'
import { newDataFolder, optionsFor } from './dataFolder.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const { folder, remove } = newDataFolder()
afterAll(remove)

async function failure(
  start: typeof findOrStartPostgres | typeof findOrStartKafka,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const error: unknown = await start(optionsFor(folder, { env })).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(UserError)
  return (error as Error).message
}

describe('a PostgreSQL that is given', () => {
  let postgres: LocalPostgres

  beforeAll(async () => {
    postgres = await findOrStartPostgres(optionsFor(folder))
  })
  afterAll(() => postgres.stop())

  test('is used as it is', async () => {
    const given = await findOrStartPostgres(
      optionsFor(folder, { env: { DATABASE_URL: postgres.adminUrl } }),
    )
    expect(given).toMatchObject({
      kind: 'given',
      version: postgres.version,
      hasCron: postgres.hasCron,
    })
    expect(given.urlFor('grafana_reader')).toBe(postgres.adminUrl)
    expect(given.description).not.toContain(new URL(postgres.adminUrl).password)
  })

  test('can be named by PGHOST and its like, with the password in a file', async () => {
    const { hostname, port, password } = new URL(postgres.adminUrl)
    const file = join(folder, 'password')
    writeFileSync(file, `${password}\n`)
    const given = await findOrStartPostgres(
      optionsFor(folder, {
        env: {
          PGHOST: hostname,
          PGPORT: port,
          PGUSER: 'postgres',
          PGDATABASE: 'sluice',
          PGPASSWORD_FILE: file,
        },
      }),
    )
    rmSync(file)
    expect(given.adminUrl).toBe(postgres.adminUrl)
  })

  test('that does not answer is named, without its password', async () => {
    const port = await freePort()
    const url = `postgres://me:s3cret@localhost:${port}/shop`
    const message = await failure(findOrStartPostgres, { DATABASE_URL: url })
    expect(message).toContain(
      `PostgreSQL at localhost:${port}, database "shop", user "me" (from DATABASE_URL) cannot be used: connect ECONNREFUSED`,
    )
    expect(message).toContain('unset DATABASE_URL')
    expect(message).not.toContain('s3cret')
  })

  test('that refuses the password is named, without the password', async () => {
    const url = new URL(postgres.adminUrl)
    url.password = 's3cret'
    const message = await failure(findOrStartPostgres, { DATABASE_URL: url.href })
    expect(message).toContain('Correct the password')
    expect(message).not.toContain('s3cret')
  })

  test('that lacks the database says how to create it', async () => {
    const url = new URL(postgres.adminUrl)
    url.pathname = '/missing'
    const message = await failure(findOrStartPostgres, { DATABASE_URL: url.href })
    expect(message).toContain('`createdb missing`')
  })

  test('by something that is not a URL is refused, without quoting it', async () => {
    const message = await failure(findOrStartPostgres, {
      DATABASE_URL: 'postgres://me:s3cret@host:port/shop',
    })
    expect(message).toContain('DATABASE_URL is not a URL of PostgreSQL')
    expect(message).not.toContain('s3cret')
  })
})

describe('a Kafka that is given', () => {
  test('that does not answer is named with each of its brokers', async () => {
    const ports = [await freePort(), await freePort()]
    const brokers = ports.map((port) => `127.0.0.1:${port}`).join(',')
    const message = await failure(findOrStartKafka, { KAFKA_BROKERS: brokers })
    for (const port of ports) {
      expect(message).toContain(`127.0.0.1:${port}: connect ECONNREFUSED`)
    }
    expect(message).toContain('unset it')
  })

  test('that is no Kafka is told apart', async () => {
    const other = createServer((socket) => {
      socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n')
    })
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const message = await failure(findOrStartKafka, { KAFKA_BROKERS: `127.0.0.1:${port}` })
    other.close()
    expect(message).toContain(`127.0.0.1:${port} (from KAFKA_BROKERS) accepts connections, but`)
  })

  test('without a port is refused', async () => {
    expect(await failure(findOrStartKafka, { KAFKA_BROKERS: 'broker1' })).toContain(
      'KAFKA_BROKERS holds "broker1". Expected host:port',
    )
  })
})

test.skipIf(await dockerRuns())(
  'a machine without Java is told the three ways to a Kafka',
  async () => {
    const message = await failure(findOrStartKafka, { PATH: folder })
    expect(message).toContain('1. Give one that runs: KAFKA_BROKERS=host:9092')
    expect(message).toContain('2. Install a JDK 17 or newer and Maven')
    expect(message).toContain('Found: no java on PATH')
    expect(message).toContain('3. Start Docker')
  },
)

test.skipIf(await dockerRuns())('an old Java is named with its version', async () => {
  const old = join(folder, 'old', 'bin')
  mkdirSync(old, { recursive: true })
  const script = '#!/bin/sh\necho \'openjdk version "11.0.2" 2019-01-15\' >&2\n'
  writeFileSync(join(old, 'java'), script, { mode: 0o755 })
  const env = { PATH: process.env.PATH, JAVA_HOME: join(folder, 'old') }
  expect(await failure(findOrStartKafka, env)).toContain(
    `Java 11.0.2 (${join(old, 'java')}); Kafka 4 needs 17 or newer`,
  )
})
