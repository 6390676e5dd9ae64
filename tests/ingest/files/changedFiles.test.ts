// Files that are no longer what was read of them: the same elsewhere, others in their place, cut or gone.
import {
  copyFileSync,
  linkSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { firstPartition, readingFiles } from './readingFiles.ts'

const { folder, rows, write, append, readAll, follow, events, stored } = await readingFiles()

const at = (name: string) => join(folder, name)
const addSource = (topic: string) => rows('select ops.add_source($1)', [topic])
const payloads = async (table: string) => (await events(table)).map(({ payload }) => payload)
const states = (topic: string) =>
  rows<{ path: string; state: string }>(
    `select path, state from ops.file_status where topic = $1 order by kafka_partition`,
    [topic],
  )
const incidents = (topic: string) =>
  rows<{ kind: string; message: string; is_resolved: boolean }>(
    `select kind, message, resolved_at is not null as is_resolved from ops.incident_log where topic = $1 order by noticed_at`,
    [topic],
  )
const health = (subject: string) =>
  rows<{ problem: string; severity: string; message: string; mend: string }>(
    'select problem, severity, message, mend from ops.health where subject = $1',
    [subject],
  )

test('a file that is renamed is the same file', async () => {
  await addSource('renamed')
  write('renamed/a.ndjson', '{"n": 1}\n')
  await readAll()
  renameSync(at('renamed/a.ndjson'), at('renamed/b.ndjson'))
  append('renamed/b.ndjson', '{"n": 2}\n')
  await readAll()
  expect(await payloads('renamed')).toEqual([{ n: 1 }, { n: 2 }])
  expect(await states('renamed')).toEqual([{ path: at('renamed/b.ndjson'), state: 'read' }])
  expect(await incidents('renamed')).toEqual([])
})

test('a file that is rotated keeps its partition, the new one of its name gets another', async () => {
  await addSource('rotated')
  const first = write('rotated/log.ndjson', '{"n": 1}\n')
  const stop = follow()
  await stored('rotated', 1)
  // what comes last into a file before it is rotated is read, too
  append('rotated/log.ndjson', '{"n": 2}\n')
  renameSync(first, at('rotated/log.1.ndjson'))
  // begins with the same line
  write('rotated/log.ndjson', '{"n": 1}\n{"n": 3}\n')
  await stored('rotated', 4)
  await stop()
  expect((await events('rotated')).map(({ partition, payload }) => [partition, payload])).toEqual([
    [firstPartition, { n: 1 }],
    [firstPartition, { n: 2 }],
    [firstPartition + 1, { n: 1 }],
    [firstPartition + 1, { n: 3 }],
  ])
  expect(await incidents('rotated')).toEqual([])
})

test('a file that was copied back, with another inode, is the same file', async () => {
  await addSource('restored')
  const path = write('restored.ndjson', '{"n": 1}\n')
  await readAll()
  const { ino } = statSync(path)
  copyFileSync(path, at('copy'))
  renameSync(at('copy'), path)
  expect(statSync(path).ino).not.toBe(ino)
  append('restored.ndjson', '{"n": 2}\n')
  await readAll()
  expect(await payloads('restored')).toEqual([{ n: 1 }, { n: 2 }])
})

test('a file that was cut is stopped and read on when it is as it was; others are read meanwhile', async () => {
  await addSource('cut')
  const path = write('cut/a.ndjson', '{"n": 1}\n{"n": 2}\n')
  write('cut/b.ndjson', '{"m": 1}\n')
  await readAll()
  truncateSync(path, 9)
  append('cut/b.ndjson', '{"m": 2}\n')
  await readAll()
  const message = `${path} has 9 bytes, though 18 were read of it: it was cut or written anew`
  expect(await states('cut')).toMatchObject([{ state: 'stopped' }, { state: 'read' }])
  expect(await incidents('cut')).toEqual([{ kind: 'file_changed', message, is_resolved: false }])
  expect(await health(path)).toEqual([
    {
      problem: 'file stopped',
      severity: 'error',
      message,
      mend: `Put the file back as it was. Or is it another one on purpose? Rename it, or: select ops.accept_file('${path}')`,
    },
  ])
  write('cut/a.ndjson', '{"n": 1}\n{"n": 2}\n{"n": 3}\n')
  await readAll()
  expect(await payloads('cut')).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { m: 1 }, { m: 2 }])
  expect(await states('cut')).toMatchObject([{ state: 'read' }, { state: 'read' }])
  expect(await incidents('cut')).toMatchObject([{ is_resolved: true }])
  expect(await health(path)).toEqual([])
})

test('another file in its place is not read, until it is accepted: then from its first line', async () => {
  await addSource('replaced')
  const path = write('replaced.ndjson', '{"n": 1}\n')
  const stop = follow()
  await stored('replaced', 1)
  write('replaced.ndjson', '{"other": 1}\n{"other": 2}\n')
  const [incident] = await until('it is stopped', async () => {
    const found = await incidents('replaced')
    return found.length > 0 && found
  })
  expect(incident).toEqual({
    kind: 'file_changed',
    message: `${path} begins otherwise than what was read of it: another file was put there, or it was written anew`,
    is_resolved: false,
  })
  expect(await payloads('replaced')).toEqual([{ n: 1 }])
  await rows('select ops.accept_file($1)', [path])
  await stored('replaced', 3)
  await stop()
  expect((await events('replaced')).map(({ partition, line }) => [partition, line])).toEqual([
    [firstPartition, 1],
    [firstPartition + 1, 1],
    [firstPartition + 1, 2],
  ])
  expect(await states('replaced')).toEqual([
    { path, state: 'replaced' },
    { path, state: 'read' },
  ])
  expect(await incidents('replaced')).toMatchObject([{ is_resolved: true }])
})

test('a stopped file that is renamed is a new file', async () => {
  await addSource('renamed-other')
  write('renamed-other/a.ndjson', '{"n": 1}\n')
  await readAll()
  write('renamed-other/a.ndjson', '{"other": 1}\n')
  await readAll()
  renameSync(at('renamed-other/a.ndjson'), at('renamed-other/b.ndjson'))
  await readAll()
  expect(await payloads('renamed_other')).toEqual([{ n: 1 }, { other: 1 }])
  expect(await states('renamed-other')).toMatchObject([{ state: 'gone' }, { state: 'read' }])
})

test('a change behind the head, where reading stopped, is noticed', async () => {
  await addSource('edited')
  const line = `${JSON.stringify({ text: 'x'.repeat(5_000) })}\n`
  const path = write('edited.ndjson', line)
  await readAll()
  write('edited.ndjson', `${line.slice(0, 4_500)}${line.slice(0, 4_500)}\n`)
  await readAll()
  expect(await incidents('edited')).toMatchObject([
    { message: `${path} has no line end before byte 5012, up to which it was read: it was edited` },
  ])
})

test('no stopped file has a path that is unknown', async () => {
  await expect(rows(`select ops.accept_file('/nowhere')`)).rejects.toMatchObject({
    code: 'SL016',
    message: 'No stopped file has the path "/nowhere"',
  })
})

test('a file that is deleted after all of it was read is no problem', async () => {
  await addSource('deleted')
  const path = write('deleted.ndjson', '{"n": 1}\n')
  await readAll()
  rmSync(path)
  await readAll()
  expect(await states('deleted')).toEqual([{ path, state: 'gone' }])
  expect(await incidents('deleted')).toEqual([])
})

test('a file that comes where one was deleted is a new one, though it begins the same and has its inode', async () => {
  await addSource('daily')
  write('daily/1.ndjson', '{"n": 1}\n')
  const stop = follow()
  await stored('daily', 1)
  rmSync(at('daily/1.ndjson'))
  await until('it is missed', async () => (await states('daily'))[0]!.state === 'gone')
  // file systems give the inode of a deleted file to the next one
  write('daily/2.ndjson', '{"n": 1}\n')
  await stored('daily', 2)
  await stop()
})

test('a file that is deleted before all of it was read is an incident, until it comes back', async () => {
  await addSource('lost')
  const path = write('lost.ndjson', '{"n": 1}\n{"n": 2')
  await readAll()
  renameSync(path, at('kept'))
  await readAll()
  const message = `${path} was gone before all of it was read: 7 of the 16 bytes that it had were not`
  expect(await incidents('lost')).toEqual([{ kind: 'file_lost', message, is_resolved: false }])
  expect(await health('lost')).toMatchObject([
    { problem: 'lost lines', severity: 'error', message },
  ])
  renameSync(at('kept'), path)
  append('lost.ndjson', '}\n')
  await readAll()
  expect(await payloads('lost')).toEqual([{ n: 1 }, { n: 2 }])
  expect(await incidents('lost')).toMatchObject([{ is_resolved: true }])
  expect(await health('lost')).toEqual([])
})

test('a line without an end is said to be one after a minute', async () => {
  await addSource('half')
  const path = write('half.ndjson', '{"n": 1}\n{"n": ')
  await readAll()
  expect(await health(path)).toEqual([])
  await rows(`select set_config('sluice.now', (now() + interval '2 minutes')::text, false)`)
  expect(await health(path)).toEqual([
    {
      problem: 'unfinished line',
      severity: 'warning',
      message: 'Its last 6 bytes wait for the end of their line',
      mend: 'Is its writer still at work? If not, end the last line with a line feed.',
    },
  ])
  await rows('reset sluice.now')
})

test('a line of more than 64 MiB stops its file where it begins, until it is cut', async () => {
  await addSource('endless')
  const path = at('endless.ndjson')
  write('endless.ndjson', '{"n": 1}\n')
  for (let count = 0; count < 65; count++) append('endless.ndjson', Buffer.alloc(1 << 20, 'x'))
  append('endless.ndjson', '\n{"n": 3}\n')
  write('endless/b.ndjson', '{"m": 1}\n')
  await readAll()
  expect(await payloads('endless')).toEqual([{ n: 1 }, { m: 1 }])
  expect(await incidents('endless')).toMatchObject([
    {
      kind: 'file_unreadable',
      message: `${path}:2 has no end within 64 MiB, the most that one event may have`,
    },
  ])
  writeFileSync(path, '{"n": 1}\n{"n": 2}\n{"n": 3}\n')
  await readAll()
  expect(await payloads('endless')).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { m: 1 }])
  expect(await states('endless')).toMatchObject([{ state: 'read' }, { state: 'read' }])
})

test('two names of one file are two files', async () => {
  await addSource('linked')
  linkSync(write('linked/a.ndjson', '{"n": 1}\n'), at('linked/b.ndjson'))
  await readAll()
  await readAll()
  expect(await payloads('linked')).toEqual([{ n: 1 }, { n: 1 }])
})
