import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { beforeEach, expect, test } from 'vitest'
import { projectFolder } from '../../cli/projectFolder.ts'
import { createIngestWatch } from '../../ingest/ingestWatch.ts'
import { createRefreshWatch } from '../../refresh/refreshWatch.ts'
import { testKafka } from '../support/kafka.ts'
import { startSluice, type RunningSluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'
import { storeEvents } from '../models/bronzeRows.ts'
import { newProject } from '../models/project.ts'
import { ask, metricsOf, notReady, onAnyPort, ready } from './endpoints.ts'
import { ingesting, type Ingesting } from './ingesting.ts'

const kafka = testKafka()

let given: Ingesting
beforeEach(async () => {
  given = await ingesting(kafka.brokers, onAnyPort)
})

async function stop(running: RunningSluice): Promise<void> {
  expect((await running.kill('SIGTERM')).code).toBe(0)
}

test('an ingester that has stored all is alive and ready, and counts what it stored', async () => {
  const topic = await kafka.topic('counted', { numPartitions: 2 })
  await given.addSource(topic)
  await kafka.produce(topic, [
    { partition: 0, value: { number: 1 } },
    { partition: 0, value: 'no JSON' },
    { partition: 1, value: { number: 2 } },
  ])
  const running = given.start()
  await given.stored(topic, 2)
  await ready(running)
  expect(await ask(running, '/livez')).toEqual({ status: 200, text: 'ok\n' })
  const metrics = await metricsOf(running)
  expect(metrics).toMatchObject({
    [`sluice_ingest_events_total{topic="${topic}"}`]: 3,
    sluice_ingest_dead_letters_total: 1,
    sluice_ingest_rebalances_total: 1,
    'sluice_ingest_faults_total{server="postgresql"}': 0,
    sluice_ingest_fenced_flushes_total: 0,
    sluice_ingest_buffer_bytes: 0,
    [`sluice_ingest_lag_records{topic="${topic}",partition="0"}`]: 0,
    [`sluice_ingest_lag_records{topic="${topic}",partition="1"}`]: 0,
    [`sluice_ingest_lag_seconds{topic="${topic}",partition="1"}`]: 0,
  })
  const { rows } = await given.owner.query<{ bytes: number; batches: number }>(
    `select sum(byte_count)::int as bytes, count(distinct stored_at)::int as batches from ops.batches`,
  )
  expect(metrics[`sluice_ingest_bytes_total{topic="${topic}"}`]).toBe(rows[0]!.bytes)
  expect(metrics.sluice_ingest_flush_seconds_count).toBe(rows[0]!.batches)
  expect(metrics.process_resident_memory_bytes).toBeGreaterThan(0)
  await stop(running)
})

test.each([
  ['no source', undefined],
  ['a topic that is not there yet', 'not-there-yet'],
])('an ingester is ready when there is nothing to read: %s', async (_, topic) => {
  if (topic) await given.addSource(topic)
  const running = given.start()
  await ready(running)
  expect((await metricsOf(running)).sluice_ingest_rebalances_total).toBe(0)
  await stop(running)
})

test('an ingester that the group gives nothing is ready, and tells of no partition', async () => {
  const topic = await kafka.topic('single')
  await given.addSource(topic)
  const both = [given.start(), given.start()]
  const lags = () =>
    Promise.all(
      both.map(async (running) =>
        Object.keys(await metricsOf(running)).filter((name) => name.includes('_lag_records')),
      ),
    )
  await until('both are members', () =>
    both.every((running) => running.stderr().includes('partitions assigned')),
  )
  await until('one has the partition, the other none', async () => {
    const found = await lags()
    return found.flat().length === 1
  })
  for (const running of both) await ready(running)
  for (const running of both) await stop(running)
})

test('a server without room is told as it answers, for as long as events wait for it', async () => {
  const topic = await kafka.topic('full')
  const table = await given.addSource(topic)
  await given.owner.query(
    `create function store.no_room() returns trigger language plpgsql as $$ begin
      raise exception 'could not extend file: No space left on device' using errcode = '53100';
    end $$`,
  )
  await given.owner.query(
    `create trigger no_room before insert on bronze.${table} execute function store.no_room()`,
  )
  const running = given.start()
  await ready(running)
  await kafka.produce(topic, [{ value: { number: 1 } }])
  await notReady(running, /^ingest: 53100: could not extend file: No space left on device$/m)
  const metrics = await until('it has tried again', async () => {
    const found = await metricsOf(running)
    return found['sluice_ingest_faults_total{server="postgresql"}']! > 1 && found
  })
  expect(metrics[`sluice_ingest_lag_records{topic="${topic}",partition="0"}`]).toBe(1)
  expect((await ask(running, '/readyz')).status).toBe(503)
  expect((await ask(running, '/livez')).status).toBe(200)

  await given.owner.query(`drop trigger no_room on bronze.${table}`)
  await ready(running)
  expect(await given.countStored(topic)).toBe(1)
  expect((await metricsOf(running)).sluice_ingest_dead_letters_total).toBe(0)
  await stop(running)
})

test('a worker is ready, and counts ticks, what they took, and jobs', async () => {
  const project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('cards');\n`,
    'shop/silver/payments.sql': `-- Payments.\n-- kind: event\n-- time: at
select payload ->> 'id' as payment_id, kafka_at as at from bronze.cards\n`,
  })
  await project.apply()
  await project.owner.query(`select ops.put_job('seen', 'select 1', interval '1 second')`)
  const running = startSluice(['refresh'], {
    DATABASE_URL: project.database.url('sluice_refresh'),
    ...onAnyPort,
  })
  await ready(running)
  const payments = (ids: string[]) =>
    storeEvents(
      project.owner,
      'cards',
      ids.map((id) => ({ payload: { id } })),
    )
  // the first one lets the model in, and makes its partition
  await payments(['a'])
  await until('the first is there', async () => {
    return (await project.rows('select from silver.payments')).length === 1
  })
  const taken = 'sluice_refresh_events_total{group="cards"}'
  const before = (await metricsOf(running))[taken]!
  await payments(['b', 'c'])
  const metrics = await until('both are counted, and the run of a job', async () => {
    const found = await metricsOf(running)
    const runs = found['sluice_refresh_job_runs_total{job="seen",outcome="ok"}']
    return found[taken] === before + 2 && runs !== undefined && found
  })
  expect(metrics['sluice_refresh_tick_seconds_count{group="cards"}']).toBeGreaterThanOrEqual(1)
  expect(metrics['sluice_refresh_ticks_total{group="cards"}']).toBeGreaterThan(
    metrics['sluice_refresh_tick_seconds_count{group="cards"}']!,
  )
  expect(metrics.sluice_refresh_faults_total).toBe(0)
  await stop(running)
})

test('docs/metrics.md has every metric of ours, with its type and labels', async () => {
  const registry = new Registry()
  createIngestWatch(registry)
  createRefreshWatch(registry)
  const metrics = (await registry.getMetricsAsJSON()) as unknown as { name: string; type: string }[]
  const labelsOf = (name: string) =>
    (registry.getSingleMetric(name) as unknown as { labelNames: string[] }).labelNames
  const page = readFileSync(join(projectFolder, 'docs/metrics.md'), 'utf8')
  const rows = page.matchAll(/^\| `(sluice_\w+)` +\| (\w+) +\| (?:`([^`]*)`)? *\|/gm)
  expect([...rows].map(([, name, type, labels = '']) => [name, type, labels]).sort()).toEqual(
    metrics.map(({ name, type }) => [name, type, labelsOf(name).join(', ')]).sort(),
  )
})

test('only reading is answered, and only of what there is', async () => {
  const running = given.start()
  await ready(running)
  expect((await ask(running, '/metrics', { method: 'POST' })).status).toBe(405)
  expect((await ask(running, '/')).status).toBe(404)
  expect(await ask(running, '/readyz?verbose', { method: 'HEAD' })).toEqual({
    status: 200,
    text: '',
  })
  await stop(running)
})
