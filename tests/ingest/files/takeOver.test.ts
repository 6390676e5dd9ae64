// Several ingesters on one folder, killed and frozen while files grow: each line is stored once.
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { holesInLedger } from '../../endToEnd/account.ts'
import { atEnd } from '../../support/cleanUp.ts'
import { startSluice, type RunningSluice } from '../../support/sluice.ts'
import { until } from '../../support/until.ts'
import { readingFiles } from './readingFiles.ts'

vi.setConfig({ testTimeout: 180_000 })

const { database, owner, folder, rows, write, append } = await readingFiles()

const start = (): RunningSluice =>
  startSluice(['ingest', '--files', folder], {
    DATABASE_URL: database.url('sluice_ingest'),
    SLUICE_FLUSH_MS: '20',
  })
const isReading = (ingester: RunningSluice) => ingester.stderr().includes('"files opened"')
const isWaiting = (ingester: RunningSluice) => ingester.stderr().includes('another process reads')

/** Appends to two files of a new source, now and then half a line. Returns the function that ends it. */
async function growing(topic: string): Promise<() => Promise<number>> {
  await rows('select ops.add_source($1)', [topic])
  const stopped = new AbortController()
  let lines = 0
  const files = [`${topic}/a.ndjson`, `${topic}/b.ndjson`]
  for (const file of files) write(file, '')
  const loop = async () => {
    while (!stopped.signal.aborted) {
      for (const file of files) {
        const text = Array.from({ length: 100 }, (_, n) => `{"number": ${lines + n}}\n`).join('')
        append(file, text.slice(0, -5))
        await wait(20)
        append(file, text.slice(-5))
        lines += 100
      }
    }
  }
  const looping = loop()
  atEnd(() => stopped.abort())
  return async () => {
    stopped.abort()
    await looping
    return lines
  }
}

const countStored = async (table: string) =>
  (await rows<{ count: number }>(`select count(*)::int as count from bronze.${table}`))[0]!.count

/** How long it takes, in ms, until something more is stored. */
async function goesOn(table: string): Promise<number> {
  const started = performance.now()
  const before = await countStored(table)
  await until('more is stored', async () => (await countStored(table)) > before)
  return performance.now() - started
}

async function expectExactlyOnce(topic: string, lines: number): Promise<void> {
  await until('all is stored', async () => (await countStored(topic)) >= lines)
  expect(
    await rows(
      `select
        count(*)::int as rows,
        count(distinct (kafka_partition, kafka_offset))::int as coordinates,
        count(distinct payload ->> 'number')::int as numbers
      from bronze.${topic}`,
    ),
  ).toEqual([{ rows: lines, coordinates: lines, numbers: lines }])
  expect(await holesInLedger(owner, topic)).toEqual([])
}

test('when the one that reads is killed, the other goes on within 10 s', async () => {
  const stop = await growing('killed')
  const first = start()
  await until('the first one reads', () => isReading(first))
  const second = start()
  await until('the second one waits', () => isWaiting(second))
  await goesOn('killed')
  await first.kill('SIGKILL')
  expect(await goesOn('killed')).toBeLessThan(10_000)
  const lines = await stop()
  await expectExactlyOnce('killed', lines)
  expect((await second.kill('SIGTERM')).code).toBe(0)
})

test('when the one that reads ends, the other goes on at once', async () => {
  const stop = await growing('ended')
  const first = start()
  await until('the first one reads', () => isReading(first))
  const second = start()
  await until('the second one waits', () => isWaiting(second))
  expect((await first.kill('SIGTERM')).code).toBe(0)
  expect(await goesOn('ended')).toBeLessThan(5_000)
  const lines = await stop()
  await expectExactlyOnce('ended', lines)
  expect((await second.kill('SIGTERM')).code).toBe(0)
})

test('one that is frozen loses the folder, and stores nothing twice when it wakes', async () => {
  const stop = await growing('frozen')
  const first = start()
  await until('the first one reads', () => isReading(first))
  const second = start()
  await until('the second one waits', () => isWaiting(second))
  await goesOn('frozen')
  process.kill(first.pid, 'SIGSTOP')
  // what it had sent before may still come in
  await until('the second one reads', () => isReading(second), { timeoutMs: 10_000 })
  expect(await goesOn('frozen')).toBeLessThan(10_000)
  process.kill(first.pid, 'SIGCONT')
  await until('the first one waits', () => isWaiting(first))
  await goesOn('frozen')
  const lines = await stop()
  await expectExactlyOnce('frozen', lines)
  for (const one of [first, second]) expect((await one.kill('SIGTERM')).code).toBe(0)
})

test('two that both believe to have the folder store each line once: one of them is refused', async () => {
  const stop = await growing('fenced')
  const both = [start(), start()]
  const isRefused = (one: RunningSluice) => one.stderr().includes('positions moved elsewhere')
  await until('one of them is refused', async () => {
    // each of them finds that nobody has it
    await rows('delete from ops.file_folders')
    return both.some(isRefused)
  })
  const lines = await stop()
  await expectExactlyOnce('fenced', lines)
  for (const one of both) expect((await one.kill('SIGTERM')).code).toBe(0)
})

test('killed again and again in the middle of its work, it stores each line once', async () => {
  const stop = await growing('hurt')
  for (let round = 0; round < 5; round++) {
    const ingester = start()
    await goesOn('hurt')
    await ingester.kill('SIGKILL')
  }
  const lines = await stop()
  const last = start()
  await until('it reads', () => isReading(last))
  await expectExactlyOnce('hurt', lines)
  expect((await last.kill('SIGTERM')).code).toBe(0)
})
