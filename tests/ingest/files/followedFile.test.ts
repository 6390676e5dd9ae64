// A file is read in pieces of whole lines, and how many are left is guessed until its end was seen.
import { appendFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FollowedFile, type ReadLines } from '../../../ingest/files/followedFile.ts'
import { beginning } from '../../../ingest/files/place.ts'
import type { Source } from '../../../ingest/sources.ts'
import { atEnd } from '../../support/cleanUp.ts'
import { newDataFolder } from '../../support/dataFolder.ts'

const { folder, remove } = newDataFolder()
atEnd(remove)

function followed(name: string, content: string): { path: string; file: FollowedFile } {
  const path = join(folder, name)
  writeFileSync(path, content)
  const { ino, size, mtimeMs, ctimeMs } = statSync(path)
  const found = { path, inode: String(ino), size, modifiedMs: mtimeMs, changedMs: ctimeMs }
  const source: Source = {
    source_id: 1,
    topic: 'any',
    table_name: 'any',
    start_at: 'earliest',
    generation: 1,
  }
  const file = new FollowedFile({ ...found, bornMs: null, source, form: 'payload' }, beginning)
  return { path, file }
}

async function read(file: FollowedFile, bytes: number): Promise<ReadLines> {
  const lines = await file.read(bytes)
  if (!lines || lines === 'moved' || 'fault' in lines) throw new Error(JSON.stringify(lines))
  return lines
}

const numbers = ({ records }: ReadLines) => [...records].map(({ offset }) => offset)

test('a piece ends with the last whole line in it', async () => {
  const { file } = followed('pieces.ndjson', '11\n22\n33\n44\n')
  const first = await read(file, 8)
  expect([numbers(first), first.next, first.place.byte_position]).toEqual([[1, 2], 3, 6])
  const second = await read(file, 8)
  expect([numbers(second), second.next, second.place.byte_position]).toEqual([[3, 4], 5, 12])
  expect(await file.read(8)).toBeUndefined()
})

test('a line that is longer than a piece is read whole', async () => {
  const { file } = followed('long.ndjson', `${'1'.repeat(1_000)}\n2\n`)
  const first = await read(file, 8)
  expect(first.records.at(0)!.value!.length).toBe(1_000)
  expect(numbers(await read(file, 8))).toEqual([2])
})

test('a line that comes in parts is read when its end is there', async () => {
  const { path, file } = followed('parts.ndjson', '"')
  expect(await file.read(8)).toBeUndefined()
  for (let part = 0; part < 5; part++) {
    appendFileSync(path, 'x'.repeat(10))
    expect(await file.read(8)).toBeUndefined()
  }
  appendFileSync(path, '"\n')
  expect((await read(file, 8)).records.at(0)!.value!.length).toBe(52)
})

test('the lines that are left are guessed by the mean of those before, and known at the end', async () => {
  const { path, file } = followed('guess.ndjson', '{"n": 1}\n'.repeat(1_000))
  await read(file, 900)
  expect(file.endLine).toBe(1_001)
  appendFileSync(path, '{"n": 12345678}\n'.repeat(1_000))
  await read(file, 900)
  expect(file.endLine).toBe(Math.round(1 + (9_000 + 16_000) / 9))
  while (await file.read(10_000));
  expect(file.endLine).toBe(2_001)
  appendFileSync(path, '{"n"')
  await file.read(10_000)
  expect(file.endLine).toBe(2_001)
})
