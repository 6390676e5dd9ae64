// Each problem appears with subject and mend, and vanishes when it is mended.
import { beforeEach, expect, test } from 'vitest'
import { advance, batchOf, clientAt, openSource, opsDatabase } from './ops.ts'

const ops = opsDatabase()
interface Problem {
  problem: string
  severity: string
  subject: string
  since_at: Date
  message: string
  mend: string
}
const health = (subject: string) =>
  ops.rows<Problem>('select * from ops.health where subject = $1 order by problem', [subject])

beforeEach(async () => {
  await ops.rows('reset sluice.now')
})
const setClock = (time: string) => ops.rows(`select set_config('sluice.now', $1, false)`, [time])

test('a new database is well', async () => {
  expect(await ops.rows('select * from ops.health')).toEqual([])
})

test('a stopped source', async () => {
  const id = await openSource(ops, 'stopped')
  await ops.rows('select ops.stop_source($1, 1::smallint, 0, 9, 4)', [id])
  expect(await health('stopped')).toEqual([
    {
      problem: 'source stopped',
      severity: 'error',
      subject: 'stopped',
      since_at: expect.any(Date) as Date,
      message:
        'Topic stopped, partition 0, ends at offset 4, before the stored position 9: it was created anew',
      mend: `If the topic was created anew on purpose: select ops.reset_source('stopped')`,
    },
  ])
  await ops.rows(`select ops.reset_source('stopped')`)
  expect(await health('stopped')).toEqual([])
})

test('lost records, for a day', async () => {
  const id = await openSource(ops, 'lost')
  const at = await clientAt(ops, '2026-03-01T12:00:00Z')
  await at.query('select ops.report_lost_records($1, 1::smallint, 0, 1, 0, 10)', [id])
  await setClock('2026-03-02T11:59:00Z')
  expect(await health('lost')).toMatchObject([
    {
      problem: 'lost records',
      severity: 'error',
      since_at: new Date('2026-03-01T12:00:00Z'),
      message: 'Kafka had deleted offsets 0 to 9 of lost, partition 0, before they were read',
    },
  ])
  await setClock('2026-03-02T12:00:00Z')
  expect(await health('lost')).toEqual([])
})

test('ingest that is behind for more than a minute', async () => {
  const id = await openSource(ops, 'behind')
  await advance(ops.owner, [batchOf(id, { end_offset: 13 })])
  await setClock('2026-03-01T10:01:00Z')
  expect(await health('behind')).toEqual([])
  await setClock('2026-03-01T10:05:00Z')
  expect(await health('behind')).toMatchObject([
    {
      problem: 'ingest behind',
      severity: 'warning',
      message: '10 records are waiting, the oldest for 300 s',
    },
  ])
  const rest = { batch_no: 2, from_offset: 3, first_offset: 3, last_offset: 12, next_offset: 13 }
  await advance(ops.owner, [batchOf(id, { ...rest, end_offset: 13 })])
  expect(await health('behind')).toEqual([])
})

test('dead letters, until they are gone', async () => {
  const id = await openSource(ops, 'letters')
  const letter = {
    source_id: id,
    generation: 1,
    partition: 0,
    batch_no: 1,
    sqlstate: '22P02',
    message: 'why',
  }
  await advance(
    ops.owner,
    [batchOf(id, { rows: 1, dead_letters: 2 })],
    [
      { ...letter, offset: 0 },
      { ...letter, offset: 1 },
    ],
  )
  expect(await health('letters')).toMatchObject([
    {
      problem: 'dead letters',
      severity: 'warning',
      message: '2 events could not be taken at ingest: why',
      mend: 'See ops.dead_letters: payload, sqlstate and message of each.',
    },
  ])
  await ops.rows('delete from ops.dead_letters')
  expect(await health('letters')).toEqual([])
})

test('a failed job, until it succeeds', async () => {
  await ops.rows(`select ops.put_job('fails', 'select 1 / 0', '1 minute')`)
  expect(await health('fails')).toEqual([])
  await ops.rows(`select ops.run_job('fails')`)
  expect(await health('fails')).toMatchObject([
    {
      problem: 'job failed',
      severity: 'error',
      message: 'division by zero (22012)',
      mend: `When mended: select ops.run_job('fails')`,
    },
  ])
  await ops.rows(`select ops.put_job('fails', 'select 1', '1 minute')`)
  await ops.rows(`select ops.run_job('fails')`)
  expect(await health('fails')).toEqual([])
})

test('a job that nobody runs', async () => {
  await ops.rows(`select ops.put_job('late', 'select 1', '1 minute')`)
  await ops.rows(
    `update ops.jobs set last_started_at = '2026-03-01T10:00:00Z', last_ended_at = '2026-03-01T10:00:00Z'
    where job_name = 'late'`,
  )
  await setClock('2026-03-01T10:03:30Z')
  expect(await health('late')).toEqual([])
  await setClock('2026-03-01T10:03:31Z')
  expect(await health('late')).toMatchObject([
    { problem: 'job overdue', severity: 'warning', message: 'Should run every 60 s, by worker' },
  ])
  await ops.rows(`select ops.run_job('late')`)
  expect(await health('late')).toEqual([])
})

test('a source that was dropped is nobody’s problem', async () => {
  const id = await openSource(ops, 'dropped')
  await advance(ops.owner, [batchOf(id, { end_offset: 100 })])
  await ops.rows('select ops.stop_source($1, 1::smallint, 0, 9, 4)', [id])
  await ops.rows(`select ops.drop_source('dropped')`)
  expect(await health('dropped')).toEqual([])
})

test('a source that is paused on purpose is not behind', async () => {
  const id = await openSource(ops, 'paused')
  await advance(ops.owner, [batchOf(id, { end_offset: 100 })])
  await ops.rows(`select ops.pause_source('paused')`)
  expect(await health('paused')).toEqual([])
})
