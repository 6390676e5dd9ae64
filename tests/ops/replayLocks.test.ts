// A replay beside a tick and beside apply, in sessions of their own.
import type pg from 'pg'
import { beforeEach, expect, test } from 'vitest'
import { verifyModels } from '../../models/verify.ts'
import { lettersOf, storeEvents, tick } from '../models/bronzeRows.ts'
import { storeMany } from '../models/manyRows.ts'
import { newProject, type Project } from '../models/project.ts'
import { until } from '../support/until.ts'

const sales = (amount: string) => `-- Sales.
-- kind: event
-- time: sold_at
select payload ->> 'id' as id, ${amount} as amount, kafka_at as sold_at from bronze.sales
`
const strict = `(payload ->> 'amount')::int`

let project: Project
let ticking: pg.Client
let replaying: pg.Client
beforeEach(async () => {
  project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('sales');\n`,
    'shop/silver/sales.sql': sales(strict),
  })
  await project.apply()
  ticking = await project.database.client('sluice_owner')
  replaying = await project.database.client('sluice_owner')
  await storeEvents(project.owner, 'sales', [{ payload: { id: 'a', amount: 'ten' } }])
  await tick(project.owner)
  expect(await lettersOf(project.owner, 'silver.sales')).toEqual(['0/0 22P02'])
})

const replay = async (payload: string | null, offset = 0) => {
  const { rows } = await replaying.query<{ replayed: string }>(
    `select ops.replay_dead_letters(
      'sales', 'silver.sales', p_partition => 0, p_offsets => array[$2::bigint], p_payload => $1
    ) as replayed`,
    [payload, offset],
  )
  return rows[0]!.replayed
}
const waitingSessions = (count: number) =>
  until(`${count} sessions wait for a lock`, async () => {
    const waiting = await ticking.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return waiting.rowCount === count
  })

test('an event that a tick gives to a new model meanwhile is not mended: SL018', async () => {
  project.write({ 'shop/silver/texts.sql': sales(`payload ->> 'amount'`) })
  await project.apply()
  // makes the partition, and takes nothing yet
  await ticking.query('select ops.tick()')
  await ticking.query('begin')
  await ticking.query('select ops.tick()')
  const replayed = expect(replay('{"id": "a", "amount": "10"}')).rejects.toMatchObject({
    code: 'SL018',
  })
  await waitingSessions(1)
  await ticking.query('commit')
  await replayed
  expect(await project.rows('select amount from silver.texts')).toEqual([{ amount: 'ten' }])
  const verdicts = await verifyModels(project.owner, [])
  expect(verdicts.map(({ outcome }) => outcome)).toEqual(['equal', 'equal'])
})

test('an event that a new model comes to while it catches up is not mended: SL018', async () => {
  await storeMany(project.owner, 'sales', {
    batches: 1,
    rows: 50_001,
    payload: `'{"amount": "1"}'`,
  })
  await storeEvents(project.owner, 'sales', [{ payload: { id: 'b', amount: 'ten' } }])
  await tick(project.owner)
  project.write({ 'shop/silver/texts.sql': sales(`payload ->> 'amount'`) })
  await project.apply()
  await ticking.query('select ops.catch_up()')
  await ticking.query('begin')
  await ticking.query('select ops.catch_up()')
  const replayed = expect(replay('{"id": "b", "amount": "10"}', 50_002)).rejects.toMatchObject({
    code: 'SL018',
  })
  await waitingSessions(1)
  await ticking.query('commit')
  await replayed
  await tick(project.owner)
  expect(await project.rows(`select amount from silver.texts where id = 'b'`)).toEqual([
    { amount: 'ten' },
  ])
})

test('a replay that comes while apply waits for a tick has its turn between two tries of it, without a deadlock', async () => {
  await ticking.query('begin')
  await ticking.query('select ops.tick()')
  project.write({ 'shop/silver/sales.sql': sales(`nullif(payload ->> 'amount', 'ten')::int`) })
  const applied = project.apply()
  await waitingSessions(1)
  const replayed = replay('{"id": "a", "amount": "10"}')
  await waitingSessions(2)
  await ticking.query('commit')
  const [changes, count] = await Promise.all([applied, replayed])
  expect(changes).toMatchObject([{ model: 'silver.sales', action: 'replace' }])
  expect(count).toBe('1')
  expect(await project.rows('select id, amount from silver.sales')).toEqual([
    { id: 'a', amount: 10 },
  ])
  expect(await lettersOf(project.owner, 'silver.sales')).toEqual([])
})
