import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { findPostgres } from '../../local/findPostgres.ts'
import { startPostgres } from '../../local/postgres.ts'
import { withClient } from '../../local/postgresDatabase.ts'
import { isAlive } from '../../local/processes.ts'
import { findOrStartPostgres, giveLocalPasswords } from '../../local/servers.ts'
import { newDataFolder, optionsFor, processesOf } from './dataFolder.ts'
import { startHolder } from './holder.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

function dataFolder(): string {
  const { folder, remove } = newDataFolder()
  undo.push(remove)
  return folder
}

async function start(...args: Parameters<typeof optionsFor>) {
  const postgres = await findOrStartPostgres(optionsFor(...args))
  undo.push(() => postgres.stop())
  return postgres
}

async function settingsOf(url: string, names: string[]): Promise<Record<string, string>> {
  const { rows } = await withClient(url, (client) =>
    client.query<{ name: string; setting: string }>(
      'select name, current_setting(name) as setting from pg_settings where name = any($1)',
      [names],
    ),
  )
  return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))
}

const kinds = ['installed', 'embedded'] as const
const { found: preferred } = await findPostgres('installed')

describe.each(kinds)('the %s PostgreSQL', (prefer) => {
  const isThere = prefer === 'embedded' || preferred?.kind === 'installed'
  test.skipIf(!isThere)(
    'starts, also for root, in UTF-8 and with the settings asked for',
    async () => {
      const postgres = await start(dataFolder(), {
        prefer,
        database: 'other',
        settings: { work_mem: '7MB', shared_buffers: '32MB' },
      })
      expect(postgres.kind).toBe(prefer)
      const names = ['work_mem', 'shared_buffers', 'TimeZone', 'server_encoding', 'fsync']
      expect(await settingsOf(postgres.adminUrl, names)).toEqual({
        work_mem: '7MB',
        shared_buffers: '32MB',
        TimeZone: 'UTC',
        server_encoding: 'UTF8',
        fsync: 'on',
      })
      const { rows } = await withClient(postgres.adminUrl, (client) =>
        client.query("select current_database() as database, upper('é') as upper"),
      )
      expect(rows).toEqual([{ database: 'other', upper: 'É' }])
    },
  )
})

test('listens on 127.0.0.1 alone, and lets nobody in without a password', async () => {
  const postgres = await start(dataFolder())
  const names = ['listen_addresses', 'unix_socket_directories']
  expect(await settingsOf(postgres.adminUrl, names)).toEqual({
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
  })
  const url = new URL(postgres.adminUrl)
  url.password = 'wrong'
  await expect(withClient(url.href, () => Promise.resolve())).rejects.toThrow(/password/)
})

test('keeps the passwords in a file of its owner alone', async () => {
  const folder = dataFolder()
  await start(folder)
  expect(statSync(join(folder, 'local.json')).mode & 0o777).toBe(0o600)
})

test('gives the roles of the migrations the password that urlFor uses', async () => {
  const postgres = await start(dataFolder())
  await withClient(postgres.adminUrl, (client) => client.query('create role analyst login'))
  await giveLocalPasswords(postgres)
  const { rows } = await withClient(postgres.urlFor('analyst'), (client) =>
    client.query('select session_user, current_database()'),
  )
  expect(rows).toEqual([{ session_user: 'analyst', current_database: 'sluice' }])
  expect(postgres.urlFor('analyst')).not.toContain(new URL(postgres.adminUrl).password)
})

test('says whether pg_cron can be created, truly', async () => {
  const postgres = await start(dataFolder())
  const created = withClient(postgres.adminUrl, (client) =>
    client.query('create extension pg_cron'),
  ).then(
    () => true,
    () => false,
  )
  expect(await created).toBe(postgres.hasCron)
})

test('ends with a parent that exits without stopping it', async () => {
  const folder = dataFolder()
  const holder = await startHolder(folder, 'postgres')
  const processes = processesOf(folder, 'postgres')
  holder.process.stdin?.write('end\n')
  expect(await once(holder.process, 'exit')).toEqual([0, null])
  await vi.waitFor(() => expect(processes.filter(isAlive)).toEqual([]), { timeout: 15_000 })
})

test('waits for the server of a killed parent, even when that still stops', async () => {
  const folder = dataFolder()
  const holder = await startHolder(folder, 'postgres')
  holder.process.kill('SIGKILL')
  await once(holder.process, 'exit')
  const postgres = await start(folder)
  expect(await settingsOf(postgres.adminUrl, ['port'])).toEqual({
    port: new URL(holder.adminUrl).port,
  })
})

test('stops a server that lost both its parent and its watcher', async () => {
  const folder = dataFolder()
  const holder = await startHolder(folder, 'postgres')
  const [watcher, server] = processesOf(folder, 'postgres')
  process.kill(watcher!.pid, 'SIGKILL')
  // its number is free when its parent has seen that it is gone
  await vi.waitFor(() => expect(() => process.kill(watcher!.pid, 0)).toThrow('ESRCH'), 10_000)
  expect(isAlive(watcher!)).toBe(false)
  holder.process.kill('SIGKILL')
  await once(holder.process, 'exit')
  await start(folder)
  expect(isAlive(server!)).toBe(false)
})

test('names the log and quotes its end when the server does not start', async () => {
  const folder = dataFolder()
  const settings = { shared_buffers: 'plenty' }
  await expect(start(folder, { settings })).rejects.toThrow(
    /^PostgreSQL [0-9.]+ ended while it was starting.*postgres-[0-9]+\.log ends with:[^]*invalid value for parameter "shared_buffers"/,
  )
  // The folder is free again.
  await start(folder)
})

test('leaves nothing behind when initdb fails', async () => {
  const folder = dataFolder()
  const { found } = await findPostgres()
  const bin = join(dataFolder(), 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'initdb'), '#!/bin/sh\necho "initdb: it is Monday" >&2\nexit 1\n', {
    mode: 0o755,
  })
  chmodSync(dirname(bin), 0o755)
  await expect(
    startPostgres({ ...optionsFor(folder), binaries: { ...found!, bin } }),
  ).rejects.toThrow(/could not make a database cluster.*\n {2}initdb: it is Monday/)
  expect(readdirSync(folder)).toEqual(['local.json'])
})

test('tells what to do when local.json was lost', async () => {
  const folder = dataFolder()
  await (await start(folder)).stop()
  rmSync(join(folder, 'local.json'))
  await expect(start(folder)).rejects.toThrow(/password in local\.json is not the one/)
})

test.skipIf(process.getuid?.() !== 0)(
  'moves to the temporary folder what its user may not reach, and says so',
  async () => {
    const closed = dataFolder()
    chmodSync(closed, 0o700) // as a clone below /root
    const { found } = await findPostgres('embedded')
    cpSync(dirname(found!.bin), join(closed, 'native'), { recursive: true, verbatimSymlinks: true })
    const options = optionsFor(join(closed, '.sluice'))
    const binaries = { ...found!, bin: join(closed, 'native', 'bin') }
    const postgres = await startPostgres({ ...options, binaries })
    undo.push(() => postgres.stop())
    const { data_directory: data } = await settingsOf(postgres.adminUrl, ['data_directory'])
    undo.push(() => rmSync(dirname(data!), { recursive: true }))
    expect(options.said[0]).toMatch(/^The user \w+ may not enter .*: PostgreSQL's data is in /)
    expect(options.said[0]).toContain(dirname(data!))
    const pid = readFileSync(join(data!, 'postmaster.pid'), 'utf8').split('\n')[0]
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain(join(dirname(data!), 'programs'))
  },
)
