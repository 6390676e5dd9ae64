import { expect, test } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { testKafka } from '../support/kafka.ts'
import { startSluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'
import { storedOffsets } from './account.ts'

const kafka = testKafka()
const database = await testDatabase('applied')

test('no session is a superuser’s while events are ingested and models refreshed', async () => {
  const owner = await database.client()
  const watcher = await database.client('sluice_tests')
  const topic = await kafka.topic('watched')
  await owner.query('select ops.add_source($1)', [topic])
  await kafka.produce(topic, [{ value: { number: 1 } }])

  const env = {
    KAFKA_BROKERS: kafka.brokers.join(','),
    SLUICE_GROUP_ID: topic,
    SLUICE_REDACT_KEY: 'a secret of the tests',
  }
  const loops = [
    startSluice(['ingest'], { ...env, DATABASE_URL: database.url('sluice_ingest') }),
    startSluice(['refresh'], { ...env, DATABASE_URL: database.url('sluice_refresh') }),
  ]
  await until('the event is stored', async () => (await storedOffsets(owner, [topic])) === 1)
  const sessions = await until('all loops have sessions', async () => {
    const { rows } = await watcher.query<{ role: string; purpose: string; is_super: boolean }>(
      `select rolname as role, application_name as purpose, rolsuper as is_super
      from pg_stat_activity
      join pg_roles on pg_roles.oid = pg_stat_activity.usesysid
      where backend_type = 'client backend'`,
    )
    const purposes = rows.map(({ purpose }) => purpose)
    return purposes.includes('sluice ingest') && purposes.includes('sluice refresh') && rows
  })
  // Of this database, and of every other on this server.
  expect(sessions.filter((session) => session.is_super)).toEqual([])
  for (const loop of loops) expect((await loop.kill('SIGTERM')).code).toBe(0)
})
