import { pipeline } from 'node:stream/promises'
import { PassThrough } from 'node:stream'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { afterEach, expect, test } from 'vitest'
import { cutForgotten } from '../../ingest/cutForgotten.ts'
import { postgresFrames } from '../faults/frames.ts'
import { openLine } from '../faults/line.ts'
import { atEnd } from '../support/cleanUp.ts'
import { testDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

const database = await testDatabase('migrated')
const owner = await database.client()
await owner.query(
  'create table ops.copied (number int); grant insert on ops.copied to sluice_ingest',
)

const stops: (() => void)[] = []
afterEach(() => stops.splice(0).forEach((stop) => stop()))

/** Looks ten times a second. Returns how often the server was asked. */
async function watch(client: pg.Client): Promise<() => number> {
  let asked = 0
  const connect = () => {
    asked += 1
    return database.client('sluice_ingest')
  }
  stops.push(await cutForgotten(client, connect, 100))
  return () => asked
}

async function clientOnLine() {
  const url = new URL(database.url('sluice_ingest'))
  const line = await openLine(postgresFrames)
  line.leadTo(Number(url.port))
  url.port = String(line.port)
  const client = new pg.Client({ connectionString: url.href })
  client.on('error', () => undefined)
  await client.connect()
  atEnd(() => client.end())
  return { client, line }
}

const forgotten = /^The network has forgotten/

test('a COPY that the network has forgotten is cut', async () => {
  const { client, line } = await clientOnLine()
  await watch(client)
  const rows = new PassThrough()
  const copying = pipeline(rows, client.query(copyFrom('copy ops.copied from stdin')))
  rows.write('1\n')
  atEnd(line.forget())
  rows.end('2\n')
  await expect(copying).rejects.toThrow(forgotten)
})

test('a connection whose session is gone, and nobody said so, is cut', async () => {
  const { client, line } = await clientOnLine()
  await watch(client)
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  atEnd(line.forget())
  const ingester = await database.client('sluice_ingest')
  await ingester.query('select pg_terminate_backend($1)', [rows[0]!.pid])
  await expect(client.query('select')).rejects.toThrow(forgotten)
})

test('a statement that waits for a lock is left alone, and of idle connections nothing is asked', async () => {
  const idle = await clientOnLine()
  const askedOfIdle = await watch(idle.client)
  const { client } = await clientOnLine()
  const asked = await watch(client)
  await owner.query('begin; lock table ops.copied')
  const inserting = client.query('insert into ops.copied values (1)')
  await until('it was looked at often', () => asked() > 5)
  await owner.query('rollback')
  expect((await inserting).rowCount).toBe(1)
  expect(askedOfIdle()).toBe(0)
})
