// What /readyz says while servers are away, silent or read-only. The servers are of this file alone.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import {
  findOrStartKafka,
  findOrStartPostgres,
  type LocalKafka,
  type LocalPostgres,
} from '../../local/servers.ts'
import { withClient } from '../../local/postgresDatabase.ts'
import { atEnd } from '../support/cleanUp.ts'
import { newDataFolder, postgresSettings, serverOptions } from '../support/dataFolder.ts'
import { testKafka, type TestKafka } from '../support/kafka.ts'
import { sluiceOk, startSluice, type RunningSluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'
import { ask, metricsOf, notReady, onAnyPort, ready } from './endpoints.ts'

vi.setConfig({ testTimeout: 180_000 })

let postgres: LocalPostgres
let broker: LocalKafka
let kafka: TestKafka
let topic: string
let running: RunningSluice
let produced = 0

const { folder, remove } = newDataFolder()
const options = await serverOptions(folder)
const startPostgres = () => findOrStartPostgres({ ...options, settings: postgresSettings })
const startBroker = () => findOrStartKafka(options)
const asAdmin = <Result>(work: (client: pg.Client) => Promise<Result>) =>
  withClient(postgres.adminUrl, work)

beforeAll(async () => {
  atEnd(remove)
  ;[postgres, broker] = await Promise.all([startPostgres(), startBroker()])
  atEnd(() => Promise.all([postgres.stop(), broker.stop()]))
  kafka = testKafka(broker.brokers)
  topic = await kafka.topic('watched')
  await sluiceOk(['migrate'], { DATABASE_URL: postgres.adminUrl })
  await asAdmin((client) => client.query(`select ops.add_source($1, 'watched')`, [topic]))
  running = startSluice(['run'], {
    DATABASE_URL: postgres.adminUrl,
    KAFKA_BROKERS: broker.brokers.join(','),
    ...onAnyPort,
  })
})

afterAll(async () => {
  expect((await running.kill('SIGTERM')).code).toBe(0)
})

/** All is well: ready, and an event that comes now is stored. */
async function works(): Promise<void> {
  await ready(running)
  await kafka.produce(topic, [{ value: { number: ++produced } }])
  await until('it is stored', () =>
    asAdmin(async (client) => {
      const { rows } = await client.query<{ n: number }>(
        'select count(*)::int as n from bronze.watched',
      )
      return rows[0]!.n === produced
    }),
  )
  await ready(running)
  expect((await ask(running, '/livez')).status).toBe(200)
}

const faults = async (name: string) => (await metricsOf(running))[name]!

test('one process of both loops is ready, and shows the figures of both', async () => {
  await works()
  const names = Object.keys(await metricsOf(running))
  expect(names).toContain('sluice_ingest_buffer_bytes')
  expect(names).toContain('sluice_refresh_faults_total')
})

test('PostgreSQL is down, and comes again', async () => {
  await works()
  const before = await faults('sluice_ingest_faults_total{server="postgresql"}')
  await postgres.stop()
  const said = await notReady(running, /^ingest: .*PostgreSQL at 127\.0\.0\.1.*Nothing listens/m)
  expect(said).toMatch(/^database: .*Nothing listens/m)
  await notReady(running, /^refresh: .*Nothing listens/m)
  expect((await ask(running, '/livez')).status).toBe(200)
  expect(await faults('sluice_ingest_faults_total{server="postgresql"}')).toBeGreaterThan(before)
  expect(await faults('sluice_refresh_faults_total')).toBeGreaterThan(0)
  postgres = await startPostgres()
  await works()
})

test('PostgreSQL takes no writes, also while there is nothing to write', async () => {
  await works()
  const setReadOnly = (value: string) =>
    asAdmin(async (client) => {
      await client.query(`set default_transaction_read_only = off`)
      await client.query(`alter system set default_transaction_read_only = ${value}`)
      await client.query('select pg_reload_conf()')
    })
  await setReadOnly('on')
  await notReady(running, /^database: PostgreSQL is read-only$/m)
  await kafka.produce(topic, [{ value: { number: ++produced } }])
  await notReady(running, /^ingest: 25006: /m)
  await setReadOnly('off')
  await works()
})

test('PostgreSQL does not answer', async () => {
  await works()
  const pids = await asAdmin(async (client) => {
    const { rows } = await client.query<{ pid: number }>(
      `select pid from pg_stat_activity where application_name like 'sluice %'`,
    )
    return rows.map((row) => row.pid)
  })
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  try {
    await notReady(running, /^database: PostgreSQL has not answered for 3 s$/m)
    expect((await ask(running, '/livez')).status).toBe(200)
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT')
  }
  await works()
})

test('the broker is away, and comes again', async () => {
  await works()
  const before = await faults('sluice_ingest_faults_total{server="kafka"}')
  await broker.stop()
  const said = await notReady(running, /^ingest: .*127\.0\.0\.1/m)
  expect(said).not.toMatch(/^(database|refresh):/m)
  expect(await faults('sluice_ingest_faults_total{server="kafka"}')).toBeGreaterThan(before)
  broker = await startBroker()
  await works()
})

test('the broker does not answer', async () => {
  await works()
  const processes = JSON.parse(readFileSync(join(folder, 'kafka.pid'), 'utf8')) as { pid: number }[]
  const { pid } = processes.at(-1)!
  process.kill(pid, 'SIGSTOP')
  try {
    await notReady(running, /^ingest: Kafka has answered no heartbeat for \d+ s$/m)
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  await works()
})
