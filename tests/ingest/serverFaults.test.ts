// Faults of the surroundings are no fault of an event: nothing is stored, nothing is dead-lettered.
import type pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { flush } from '../../ingest/flush.ts'
import { until } from '../support/until.ts'
import { bronzeDatabase, figuresOf, portionOf, sourceOf, stateOf, type Bronze } from './bronze.ts'
import { recordOf } from './records.ts'

let bronze: Bronze
beforeAll(async () => {
  bronze = await bronzeDatabase()
})

const untouched = { rows: 0, letters: 0, batches: 0, next: 0, next_batch: 1 }
const records = Array.from({ length: 100 }, (_, offset) =>
  recordOf({ offset, value: offset === 50 ? 'no JSON' : '{}' }),
)

/** Flushes while `lock` holds the flush up, and calls `fault` with its process once it waits there. */
async function flushUnder(
  client: pg.Client,
  topic: string,
  lock: string,
  fault: (same: pg.Client, pid: number) => Promise<unknown>,
  given = records,
) {
  const { owner, database } = bronze
  const source = await sourceOf(owner, topic)
  const pid = (client as unknown as { processID: number }).processID
  const holder = await database.client('sluice_owner')
  await holder.query('begin')
  await holder.query(lock)
  const flushing = flush(client, [portionOf(stateOf(source), given)])
  const outcome = flushing.then(
    () => 'stored',
    (error: unknown) => error,
  )
  await until('the flush waits', async () => {
    const { rows } = await owner.query('select from pg_locks where pid = $1 and not granted', [pid])
    return rows.length > 0
  })
  // a role may end what is its own
  await fault(bronze.ingest, pid)
  const error = await outcome
  await holder.query('rollback')
  return { error, figures: await figuresOf(owner, source), source }
}

const cancel = (same: pg.Client, pid: number) => same.query('select pg_cancel_backend($1)', [pid])
const terminate = (same: pg.Client, pid: number) =>
  same.query('select pg_terminate_backend($1)', [pid])

test('a COPY that is cancelled stores nothing, and the connection can be used again', async () => {
  const client = await bronze.database.client('sluice_ingest')
  const lock = 'lock table bronze.cancelled_copy in access exclusive mode'
  const { error, figures, source } = await flushUnder(client, 'cancelled-copy', lock, cancel)
  expect(error).toMatchObject({ code: '57014' })
  expect(figures).toEqual(untouched)
  await flush(client, [portionOf(stateOf(source), records)])
  expect(await figuresOf(bronze.owner, source)).toMatchObject({ rows: 99, letters: 1, next: 100 })
})

test('positions that are cancelled take their rows with them', async () => {
  const client = await bronze.database.client('sluice_ingest')
  const lock = 'lock table ops.offsets in access exclusive mode'
  const { error, figures } = await flushUnder(client, 'cancelled-positions', lock, cancel)
  expect(error).toMatchObject({ code: '57014' })
  expect(figures).toEqual(untouched)
})

test.each([
  ['COPY', 'terminated-copy', 'lock table bronze.terminated_copy in access exclusive mode'],
  ['the positions', 'terminated-positions', 'lock table ops.offsets in access exclusive mode'],
])(
  'a connection that the server ends in %s is an error with nothing stored',
  async (_, topic, lock) => {
    const client = await bronze.database.client('sluice_ingest')
    const { error, figures } = await flushUnder(client, topic, lock, terminate)
    expect(error).toBeInstanceOf(Error)
    expect(figures).toEqual(untouched)
  },
)

test.each([
  ['cancels', 'cancelled-rows', cancel],
  ['ends', 'terminated-rows', terminate],
])(
  'a server that %s it while rows are on their way has stored nothing',
  async (_, topic, fault) => {
    const client = await bronze.database.client('sluice_ingest')
    // the COPY has begun, 20 MB are more than sockets hold, and its first row waits
    const value = JSON.stringify({ text: 'x'.repeat(200_000) })
    const large = Array.from({ length: 100 }, (__, offset) => recordOf({ offset, value }))
    const lock = `do $$ begin execute format(
    'lock table bronze.%I in access exclusive mode',
    '${topic.replace('-', '_')}' || to_char(ops.now() at time zone 'UTC', '_YYYYMMDD')
  ); end $$`
    const { error, figures } = await flushUnder(client, topic, lock, fault, large)
    expect(error).toBeInstanceOf(Error)
    expect(figures).toEqual(untouched)
  },
)

test('a lock that can not be had in time is no fault of an event', async () => {
  const client = await bronze.database.client('sluice_ingest')
  await client.query(`set lock_timeout = '1s'`)
  const lock = 'lock table bronze.lock_timeout in access exclusive mode'
  const { error, figures } = await flushUnder(client, 'lock-timeout', lock, () => Promise.resolve())
  expect(error).toMatchObject({ code: '55P03' })
  expect(figures).toEqual(untouched)
})

test('a server that is read-only dead-letters nothing', async () => {
  const source = await sourceOf(bronze.owner, 'read-only')
  const client = await bronze.database.client('sluice_ingest')
  await client.query('set default_transaction_read_only = on')
  const flushing = flush(client, [portionOf(stateOf(source), records)])
  await expect(flushing).rejects.toMatchObject({ code: '25006' })
  expect(await figuresOf(bronze.owner, source)).toEqual(untouched)
})
