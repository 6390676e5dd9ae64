import { expect, test, vi } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { testKafka } from '../support/kafka.ts'
import { startSluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'
import { accountOf, expectedAccount, holesInLedger, storedOffsets } from './account.ts'
import { feed } from './feed.ts'

vi.setConfig({ testTimeout: 180_000 })

const kafka = testKafka()
const database = await testDatabase('migrated')
const owner = await database.client()

test('letters are replayed and discarded while an ingester stores, and every event is in one place', async () => {
  const { topic, stop } = await feed(kafka, owner, 'replaying')
  const running = startSluice(['ingest'], {
    DATABASE_URL: database.url('sluice_ingest'),
    KAFKA_BROKERS: kafka.brokers.join(','),
    SLUICE_FLUSH_ROWS: '1000',
    SLUICE_FLUSH_MS: '20',
  })
  const letter = async () => {
    const { rows } = await owner.query<{ kafka_partition: number; kafka_offset: string }>(
      `select kafka_partition, kafka_offset from ops.dead_letter_list where topic = $1
      order by kafka_offset limit 1`,
      [topic],
    )
    return rows[0]
  }
  // two at once, which often mean the same letter
  const replayers = [await database.client(), await database.client()]
  let replayed = 0
  while (replayed < 20) {
    const { kafka_partition, kafka_offset } = await until('there is a letter', letter)
    const found = await Promise.all(
      replayers.map(async (client) => {
        const replaying = client.query<{ n: number }>(
          `select ops.replay_dead_letters($1, p_partition => $2, p_offsets => array[$3::bigint],
            p_payload => '{"mended": true}')::int as n`,
          [topic, kafka_partition, kafka_offset],
        )
        // SL017: the other was first, and there is no letter left for the mend
        const outcome = await replaying.catch((error: unknown) => error)
        return outcome instanceof Error
          ? expect(outcome).toMatchObject({ code: 'SL017' })
          : (outcome as { rows: { n: number }[] }).rows[0]!.n
      }),
    )
    expect(found.filter((n) => n === 1)).toHaveLength(1)
    replayed += 1
  }
  await until('there is a letter', letter)
  await owner.query('select ops.discard_dead_letters($1)', [topic])

  const events = await stop()
  await until('all is stored', async () => (await storedOffsets(owner, [topic])) >= events)
  expect((await running.kill('SIGTERM')).code).toBe(0)
  expect(running.stderr()).not.toContain('positions moved elsewhere')
  expect(await accountOf(owner, [topic])).toEqual(expectedAccount(await kafka.offsets(topic)))
  expect(await holesInLedger(owner, topic)).toEqual([])
  const { rows } = await owner.query<{ outcome: string; n: number }>(
    `select outcome, count(*)::int as n from ops.settled_letters group by 1 order by 1`,
  )
  expect(rows).toEqual([
    { outcome: 'discarded', n: expect.any(Number) as number },
    { outcome: 'replayed', n: 20 },
  ])
})
