// Kafka over TLS with SCRAM-SHA-512 and PostgreSQL over TLS with verify-full, on listeners of their own.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeAuthority } from '../support/certificates.ts'
import { atEnd } from '../support/cleanUp.ts'
import { newDataFolder } from '../support/dataFolder.ts'
import { secureKafka, type SecureKafka } from '../support/secureKafka.ts'
import { securePostgres } from '../support/securePostgres.ts'
import { sluice, sluiceOk, startSluice, type RunningSluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'

const secrets = {
  kafka: 'kafka-password-7d1f',
  wrong: 'wrong-password-93ab',
  roles: 'roles-password-41ce',
}
const reauthenticateMs = 3_000
const authority = makeAuthority('tests of PostgreSQL')
const postgres = await securePostgres(authority.issue(['localhost']))
let secure: SecureKafka
let owner: pg.Client
let admin: pg.Client
const started: RunningSluice[] = []

const { folder, remove } = newDataFolder()
atEnd(remove)
const caFile = fileOf('ca.pem', authority.certificate)

function fileOf(name: string, content: string): string {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

const databaseUrl = (role: string) => {
  const url = new URL(postgres.server.urlFor(role))
  url.hostname = 'localhost'
  if (role !== 'postgres') url.password = secrets.roles
  url.search = new URLSearchParams({ sslmode: 'verify-full', sslrootcert: caFile }).toString()
  return url.toString()
}

beforeAll(async () => {
  secure = await secureKafka({ user: 'ingester', password: secrets.kafka }, reauthenticateMs)
  await sluiceOk(['migrate'], {
    DATABASE_URL: databaseUrl('postgres'),
    SLUICE_ROLE_PASSWORD: secrets.roles,
  })
  owner = await connected('sluice_owner')
  admin = await connected('postgres')
})

async function connected(role: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl(role) })
  await client.connect()
  atEnd(() => client.end())
  return client
}

const environment = (settings: Record<string, string> = {}) => ({
  DATABASE_URL: databaseUrl('sluice_ingest'),
  KAFKA_BROKERS: secure.broker,
  KAFKA_SSL_CA: secure.authority.certificate,
  KAFKA_SASL_MECHANISM: 'scram-sha-512',
  KAFKA_SASL_USERNAME: 'ingester',
  KAFKA_SASL_PASSWORD: secrets.kafka,
  SLUICE_LOG_LEVEL: 'trace',
  ...settings,
})

function start(settings: Record<string, string> = {}): RunningSluice {
  const running = startSluice(['ingest'], environment(settings))
  started.push(running)
  return running
}

async function sourceOf(
  base: string,
): Promise<{ topic: string; stored(this: void): Promise<number> }> {
  const topic = await secure.kafka.topic(base, { numPartitions: 3 })
  await owner.query('select ops.add_source($1)', [topic])
  const table = topic.replaceAll('-', '_')
  return {
    topic,
    async stored() {
      const { rows } = await owner.query<{ n: number }>(
        `select count(*)::int as n from bronze.${table}`,
      )
      return rows[0]!.n
    },
  }
}

const produce = (topic: string, count: number) =>
  secure.kafka.produce(
    topic,
    Array.from({ length: count }, (_, number) => ({ partition: number % 3, value: { number } })),
  )

test('events come over TLS and a login into a database over TLS, and go on when the login has run out', async () => {
  const { topic, stored } = await sourceOf('secure')
  const running = start()
  const begun = performance.now()
  let produced = 0
  while (performance.now() - begun < 2.5 * reauthenticateMs || produced === 0) {
    await produce(topic, 30)
    produced += 30
    await until(`${produced} events are stored`, async () => (await stored()) === produced)
  }
  const { rows } = await admin.query(
    `select distinct pg_stat_ssl.ssl
    from pg_stat_ssl join pg_stat_activity using (pid)
    where application_name = 'sluice ingest'`,
  )
  expect(rows).toEqual([{ ssl: true }])
  // before the first, the broker may still be busy with its start
  const sinceFirst = running.stderr().slice(running.stderr().indexOf('batch stored'))
  expect(sinceFirst).not.toContain('fault; trying again')
  await running.kill('SIGTERM')
})

test('an ingester logs in again when the broker was away', async () => {
  const { topic, stored } = await sourceOf('away')
  const running = start()
  await produce(topic, 30)
  await until('events are stored', async () => (await stored()) === 30)
  await secure.restart()
  await produce(topic, 30)
  await until('events are stored again', async () => (await stored()) === 60)
  await running.kill('SIGTERM')
})

const refused = (running: RunningSluice, what: RegExp) =>
  until(`it says ${what}`, () => what.test(running.stderr()))

test('a wrong password is told with the user and the settings', async () => {
  const running = start({ KAFKA_SASL_PASSWORD: secrets.wrong })
  await refused(
    running,
    /Kafka at .* does not let user \\"ingester\\" in by scram-sha-512: .* See KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD/,
  )
  await running.kill('SIGTERM')
})

test('a broker with a certificate of another authority is refused', async () => {
  const running = start({ KAFKA_SSL_CA: makeAuthority('others').certificate })
  await refused(
    running,
    /Kafka at localhost:\d+ has a certificate that is not trusted: .* See KAFKA_SSL_CA/,
  )
  await running.kill('SIGTERM')
})

test('a port that wants TLS is told to one that does not speak it', async () => {
  const running = start({ KAFKA_SSL_CA: '', KAFKA_SSL: 'false' })
  await refused(
    running,
    /Kafka at localhost:\d+ can't be reached: .* Does that port want TLS \(KAFKA_SSL\)/,
  )
  await running.kill('SIGTERM')
})

test.each([
  ['of another authority', makeAuthority('others').issue(['localhost']), /certificate/],
  ['for another host', authority.issue(['elsewhere.example']), /does not match certificate/],
])('a database server with a certificate %s is refused', async (_, certificate, reason) => {
  await postgres.show(certificate)
  const ended = await sluice(['ingest', '--until-caught-up'], environment())
  expect(ended.code).toBe(1)
  expect(ended.stderr).toMatch(/^PostgreSQL at localhost:\d+/)
  expect(ended.stderr).toMatch(reason)
  expect(ended.stderr).not.toContain(secrets.roles)
})

afterAll(() => {
  // what was logged at the finest level, by all of the above
  const output = started.map((running) => running.stdout() + running.stderr()).join('')
  expect(output).toContain('"level":20')
  for (const secret of Object.values(secrets)) expect(output).not.toContain(secret)
})
