// What of files becomes events, where they begin, and how far each is read.
import { mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectFolder } from '../../../cli/projectFolder.ts'
import { holesInLedger } from '../../endToEnd/account.ts'
import { watchCommits } from '../commitSettings.ts'
import { firstPartition, readingFiles } from './readingFiles.ts'

const { database, owner, folder, rows, write, append, readAll, follow, events, stored } =
  await readingFiles()

const addSource = (topic: string, start = 'earliest') =>
  rows('select ops.add_source($1, p_start => $2)', [topic, start])

test('each line of a file is an event, its number the offset', async () => {
  await addSource('plain')
  write('plain.ndjson', '{"n": 1}\n{"n": 2}\n')
  await readAll()
  expect(await events('plain')).toEqual([
    { partition: firstPartition, line: 1, payload: { n: 1 } },
    { partition: firstPartition, line: 2, payload: { n: 2 } },
  ])
})

test('what was read is not read again, and what is appended is', async () => {
  await addSource('growing')
  write('growing.ndjson', '{"n": 1}\n')
  await readAll()
  await readAll()
  append('growing.ndjson', '{"n": 2}\n')
  await readAll()
  expect((await events('growing')).map(({ line }) => line)).toEqual([1, 2])
  expect(await holesInLedger(owner, 'growing')).toEqual([])
})

test('the files of a topic’s folder are partitions, in the order of their names', async () => {
  await addSource('many')
  write('many/b.ndjson', '"b"\n')
  write('many/a.jsonl', '"a"\n')
  write('many/c.ndjson.tmp', '"not yet"\n')
  write('many/.hidden.ndjson', '"hidden"\n')
  write('many.ndjson', '"m"\n')
  await readAll()
  expect((await events('many')).map(({ partition, payload }) => [partition, payload])).toEqual([
    [firstPartition, 'm'],
    [firstPartition + 1, 'a'],
    [firstPartition + 2, 'b'],
  ])
})

test('a file whose topic is no source is left alone until it is one', async () => {
  write('later.ndjson', '{"n": 1}\n')
  await readAll()
  expect(await rows(`select path from ops.files where path like '%later%'`)).toEqual([])
  const stop = follow()
  await addSource('later')
  await stored('later', 1)
  await stop()
})

test('a topic may have partitions of Kafka and files', async () => {
  const [source] = await rows<{ id: number }>(`select ops.add_source('both') as id`)
  await rows('select ops.open_partitions($1, 1::smallint, $2)', [
    source!.id,
    JSON.stringify([{ partition: 0, first_offset: 0, start_offset: 0, end_offset: 0 }]),
  ])
  write('both.ndjson', '{"n": 1}\n')
  await readAll()
  expect(
    await rows(
      `select kafka_partition as partition, next_offset::int as next
      from ops.offsets where source_id = $1 order by 1`,
      [source!.id],
    ),
  ).toEqual([
    { partition: 0, next: 0 },
    { partition: firstPartition, next: 2 },
  ])
})

test('an empty line is no event, and counts as a line', async () => {
  await addSource('blanks')
  write('blanks.ndjson', '\n  \n{"n": 3}\n\n\t\r\n{"n": 6}\n\n')
  await readAll()
  expect((await events('blanks')).map(({ line }) => line)).toEqual([3, 6])
  expect(
    await rows(`select lines_read::int, state from ops.file_status where topic = 'blanks'`),
  ).toEqual([{ lines_read: 7, state: 'read' }])
  expect(await holesInLedger(owner, 'blanks')).toEqual([])
})

test('a file of empty lines alone is read to its end', async () => {
  await addSource('nothing')
  write('nothing.ndjson', '\n\n\n')
  await readAll()
  expect(
    await rows(
      `select kind from ops.batches join ops.sources using (source_id) where topic = 'nothing'`,
    ),
  ).toEqual([{ kind: 'empty' }])
})

test('lines may end with CRLF, and a byte order mark is no part of the first', async () => {
  await addSource('windows')
  write('windows.ndjson', '\ufeff{"n": 1}\r\n{"n": 2}\r\n{broken\r\n')
  await readAll()
  expect((await events('windows')).map(({ payload }) => payload)).toEqual([{ n: 1 }, { n: 2 }])
  expect(
    await rows(
      `select kafka_offset::int as line, convert_from(payload, 'UTF8') as bytes
      from ops.dead_letters join ops.sources using (source_id) where topic = 'windows'`,
    ),
  ).toEqual([{ line: 3, bytes: '{broken' }])
})

test('bytes that are not UTF-8 make a dead letter of their line, with its bytes', async () => {
  await addSource('latin')
  const bytes = Buffer.from('{"name": "J\xfcrgen"}', 'latin1')
  write('latin.ndjson', Buffer.concat([bytes, Buffer.from('\n{"n": 2}\n')]))
  await readAll()
  expect((await events('latin')).map(({ line }) => line)).toEqual([2])
  expect(
    await rows(
      `select kafka_offset::int as line, sqlstate, payload
      from ops.dead_letters join ops.sources using (source_id) where topic = 'latin'`,
    ),
  ).toEqual([{ line: 1, sqlstate: '22021', payload: bytes }])
})

test('a last line without its end waits, and is said to', async () => {
  await addSource('unfinished')
  write('unfinished.ndjson', '{"n": 1}\n{"n": 2')
  await readAll()
  const state = () =>
    rows(
      `select state, lines_read::int, bytes_left::int from ops.file_status where topic = 'unfinished'`,
    )
  expect(await state()).toEqual([{ state: 'unfinished', lines_read: 1, bytes_left: 7 }])
  append('unfinished.ndjson', '2}\n')
  await readAll()
  expect(await state()).toEqual([{ state: 'read', lines_read: 2, bytes_left: 0 }])
  expect((await events('unfinished')).at(-1)!.payload).toEqual({ n: 22 })
})

test('a line of 20 MB is an event, between others and in pieces', async () => {
  await addSource('large')
  const large = JSON.stringify({ text: 'x'.repeat(20_000_000) })
  write('large.ndjson', `{"n": 1}\n${large}\n{"n": 3}\n${large}`)
  await readAll()
  append('large.ndjson', '\n{"n": 5}\n')
  await readAll()
  expect(
    await rows(
      `select kafka_offset::int as line, length(payload ->> 'text') as length from bronze.large order by 1`,
    ),
  ).toEqual([
    { line: 1, length: null },
    { line: 2, length: 20_000_000 },
    { line: 3, length: null },
    { line: 4, length: 20_000_000 },
    { line: 5, length: null },
  ])
})

test('the time of an event is that of the file’s last change', async () => {
  await addSource('timed')
  write('timed.ndjson', '{"n": 1}\n')
  await readAll()
  expect(
    await rows(
      `select kafka_at = modified_at as is_equal, kafka_key, headers
      from bronze.timed cross join (select * from ops.file_status where topic = 'timed') as status`,
    ),
  ).toEqual([{ is_equal: true, kafka_key: null, headers: null }])
})

test('a source that starts with the latest begins behind the lines that are there, and reads later files whole', async () => {
  write('newest.ndjson', '{"n": 1}\n{"n": 2}\n{"n": ')
  await addSource('newest', 'latest')
  await readAll()
  append('newest.ndjson', '3}\n')
  write('newest/more.ndjson', '{"n": 1}\n')
  await readAll()
  expect((await events('newest')).map(({ partition, line }) => [partition, line])).toEqual([
    [firstPartition, 3],
    [firstPartition + 1, 1],
  ])
})

test('a file that is accepted is read from its first line, wherever its source starts', async () => {
  const path = write('accepted.ndjson', '{"n": 1}\n')
  await addSource('accepted', 'latest')
  await readAll()
  write('accepted.ndjson', '{"other": 1}\n')
  await readAll()
  await rows('select ops.accept_file($1)', [path])
  await readAll()
  expect((await events('accepted')).map(({ payload }) => payload)).toEqual([{ other: 1 }])
})

test('a source that starts at a time passes over files that were last changed before', async () => {
  write('dated/old.ndjson', '{"n": 1}\n')
  await addSource('dated', '2999-01-01')
  await readAll()
  expect(await events('dated')).toEqual([])
  expect(await rows(`select lines_read::int from ops.file_status where topic = 'dated'`)).toEqual([
    { lines_read: 1 },
  ])
})

test('a reset source reads its files again, as a new generation', async () => {
  await addSource('again')
  write('again.ndjson', '{"n": 1}\n')
  await readAll()
  await rows(`select ops.reset_source('again')`)
  await readAll()
  expect(
    await rows('select generation, kafka_offset::int as line from bronze.again order by 1'),
  ).toEqual([
    { generation: 1, line: 1 },
    { generation: 2, line: 1 },
  ])
})

test('a paused source is not read, and read on when it is resumed', async () => {
  await addSource('paused')
  await rows(`select ops.pause_source('paused')`)
  write('paused.ndjson', '{"n": 1}\n')
  await readAll()
  expect(await events('paused')).toEqual([])
  await rows(`select ops.resume_source('paused')`)
  await readAll()
  expect(await events('paused')).toHaveLength(1)
})

test('a source that is dropped with all it has can be declared again', async () => {
  await addSource('dropped')
  write('dropped.ndjson', '{"n": 1}\n')
  await readAll()
  await rows(`select ops.drop_source('dropped', true)`)
  await addSource('dropped')
  await readAll()
  expect(await events('dropped')).toHaveLength(1)
})

test('the file and line of an event are found as the page says', async () => {
  await rows(`select ops.add_source('ecommerce-purchases')`)
  const path = write('ecommerce-purchases/here.ndjson', '\n{"n": 2}\n')
  await readAll()
  const page = readFileSync(join(projectFolder, 'docs/ingest.md'), 'utf8')
  const [, query] = /The file and line of an event.*?```sql\n(.*?);\n```/s.exec(page)!
  const analyst = await database.client('analyst')
  expect((await analyst.query(query!)).rows).toEqual([{ path, line: '2', payload: { n: 2 } }])
})

test('a folder that is not there is said to be none', async () => {
  await expect(readAll({ folder: join(folder, 'missing') })).rejects.toThrow(
    /can't be read: ENOENT.*Give a folder that is there, by --files or SLUICE_FILES\./,
  )
})

test('while it follows, files that grow and files that come are read', async () => {
  await addSource('followed')
  mkdirSync(join(folder, 'followed'))
  const stop = follow()
  write('followed/a.ndjson', '{"n": 1}\n')
  await stored('followed', 1)
  append('followed/a.ndjson', '{"n": 2}\n{"n"')
  await stored('followed', 2)
  append('followed/a.ndjson', ': 3}\n')
  write('followed/b.tmp', '{"n": 4}\n{"n": 5}\n')
  renameSync(join(folder, 'followed/b.tmp'), join(folder, 'followed/b.ndjson'))
  expect((await stored('followed', 5)).map(({ payload }) => payload)).toEqual(
    [1, 2, 3, 4, 5].map((n) => ({ n })),
  )
  await stop()
  expect(await holesInLedger(owner, 'followed')).toEqual([])
})

test('what came of a file is on the disk when it is stored, since the file may be deleted then', async () => {
  await addSource('durable')
  const seen = await watchCommits(owner)
  write('durable.ndjson', '{"n": 1}\n')
  await readAll()
  expect(new Set(await seen())).toEqual(new Set(['on']))
})
