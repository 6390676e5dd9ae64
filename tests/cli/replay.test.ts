import { createHash } from 'node:crypto'
import { appendFileSync, closeSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { ReplayResult } from '../../generator/replay/replay.ts'
import { readTopics } from '../oracle/readTopics.ts'
import { atEnd } from '../support/cleanUp.ts'
import { newDataFolder } from '../support/dataFolder.ts'
import { testKafka } from '../support/kafka.ts'
import { sluice, sluiceOk, startSluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'
import { sluiceWithInput } from './replaySupport.ts'

const kafka = testKafka()
const environment = { KAFKA_BROKERS: kafka.brokers.join(','), SLUICE_LOG_LEVEL: 'warn' }
const { folder, remove } = newDataFolder()
atEnd(remove)

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex')

/** What of a topic's records a test looks at, in the order of offsets. */
async function recordsOf(topic: string) {
  const records = await readTopics(kafka.brokers, [topic])
  return records.map(({ key, value, headers, partition, timestamp }) => ({
    key: key === null ? null : key.toString(),
    value: value!.toString(),
    file: String(headers['sluice-file']),
    line: String(headers['sluice-line']),
    partition,
    timestamp,
  }))
}
const valuesOf = async (topic: string) => (await recordsOf(topic)).map(({ value }) => value)

async function replayed(path: string, topic: string, ...options: string[]): Promise<ReplayResult> {
  const args = ['replay', path, '--topic', topic, '--json', ...options]
  return JSON.parse(await sluiceOk(args, environment)) as ReplayResult
}

const exact = '{"id":12345678901234567890, "p":1.10,"name":"Zoë 😀","u":"\\u00e9"}'

test('NDJSON goes to the topic byte by byte, with key, hash of the file and line', async () => {
  const topic = await kafka.topic('replay-ndjson', { numPartitions: 3 })
  const text = `${exact}\r\n\n{"id":"b"}\n{"n":1}`
  const result = await replayed(file('events.ndjson', text), topic, '--key', 'id')
  const fileId = sha256(text)
  expect(result).toMatchObject({ events: 3, skipped: 0, withoutKey: 1, fileId, lastLine: 4 })
  const records = await recordsOf(topic)
  const byLine = records.toSorted((a, b) => a.line.localeCompare(b.line))
  expect(byLine).toMatchObject([
    { key: '12345678901234567890', value: exact, file: fileId, line: '1' },
    { key: 'b', value: '{"id":"b"}', file: fileId, line: '3' },
    { key: null, value: '{"n":1}', file: fileId, line: '4' },
  ])
})

test('a JSON array goes element by element, byte by byte; the line is the number of the element', async () => {
  const topic = await kafka.topic('replay-array')
  const text = `[\n  ${exact},\n  {"id":"b"}, [1.0]\n]\n`
  await replayed(file('events.json', text), topic)
  const shared = { key: null, file: sha256(text) }
  expect(await recordsOf(topic)).toMatchObject([
    { ...shared, value: exact, line: '1' },
    { ...shared, value: '{"id":"b"}', line: '2' },
    { ...shared, value: '[1.0]', line: '3' },
  ])
})

test('CSV goes as objects of texts; the line is where the record begins', async () => {
  const topic = await kafka.topic('replay-csv')
  const text = 'id,note\r\n007,"two\r\nlines, ""quoted"""\r\n12345678901234567890,\r\nZoë 😀,x\r\n'
  await replayed(file('events.csv', text), topic, '--key', 'id')
  expect(await recordsOf(topic)).toMatchObject([
    {
      key: '007',
      value: String.raw`{"id":"007","note":"two\r\nlines, \"quoted\""}`,
      line: '2',
    },
    {
      key: '12345678901234567890',
      value: '{"id":"12345678901234567890","note":null}',
      line: '4',
    },
    { key: 'Zoë 😀', value: '{"id":"Zoë 😀","note":"x"}', line: '5' },
  ])
})

test('options of CSV: the delimiter, and empty fields as texts', async () => {
  const topic = await kafka.topic('replay-csv-options')
  const path = file('tabs.txt', 'a\tb\n1,5\t\n')
  await replayed(path, topic, '--format', 'csv', '--delimiter', 'tab', '--empty-as-text')
  expect(await valuesOf(topic)).toEqual(['{"a":"1,5","b":""}'])
})

test('a packed file is the same file: its hash is that of what is in it', async () => {
  const topic = await kafka.topic('replay-gz')
  const text = '{"n":1}\n{"n":2}\n'
  // two members, as `cat a.gz b.gz` makes
  const packed = Buffer.concat([gzipSync(text.slice(0, 8)), gzipSync(text.slice(8))])
  await replayed(file('packed.ndjson.gz', packed), topic)
  expect(await recordsOf(topic)).toMatchObject([
    { value: '{"n":1}', file: sha256(text), line: '1' },
    { value: '{"n":2}', file: sha256(text), line: '2' },
  ])
})

test('standard input, packed or not, has a name of its own each time, or the one given', async () => {
  const topic = await kafka.topic('replay-stdin')
  const args = ['replay', '-', '--topic', topic, '--format', 'ndjson']
  for (const [input, ...more] of [
    ['{"n":1}\n'],
    [gzipSync('{"n":2}\n')],
    ['{"n":3}\n', '--file-id', 'monday'],
  ] as const) {
    const { code, stdout } = await sluiceWithInput(input, [...args, ...more], environment)
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^1 event of - to /)])
  }
  const records = await recordsOf(topic)
  expect(records.map(({ value }) => value)).toEqual(['{"n":1}', '{"n":2}', '{"n":3}'])
  const [first, second, third] = records.map(({ file }) => file)
  expect(first).toMatch(/^[0-9a-f-]{36}$/)
  expect(second).not.toBe(first)
  expect(third).toBe('monday')
})

test('a bad line ends it: what comes before is sent, nothing after', async () => {
  const topic = await kafka.topic('replay-bad')
  const path = file('bad.ndjson', '{"n":1}\n{"n":2}\n{"n":\n{"n":4}\n')
  const { code, stdout, stderr } = await sluice(['replay', path, '--topic', topic], environment)
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toBe(
    `${path}:3 is not JSON. Sent: 2 events before it, nothing after it. Mend it, or give --skip-bad.\n`,
  )
  expect(await valuesOf(topic)).toEqual(['{"n":1}', '{"n":2}'])
})

test('with --skip-bad bad lines are counted, and told at the end', async () => {
  const topic = await kafka.topic('replay-skip')
  const path = file('skip.csv', 'a,b\n1,2\n3\n4,"5\n6,7\n')
  const stdout = await sluiceOk(['replay', path, '--topic', topic, '--skip-bad'], environment)
  expect(stdout).toMatch(/^2 events of .*skip\.csv to .* in \d+\.\d s; 2 bad lines skipped\n$/)
  expect(await valuesOf(topic)).toEqual(['{"a":"1","b":"2"}', '{"a":"6","b":"7"}'])
})

test.each(['json', 'csv.gz'])('an empty .%s sends nothing', async (ending) => {
  const topic = await kafka.topic('replay-empty')
  const path = file(`empty.${ending}`, ending.endsWith('gz') ? gzipSync('') : '')
  expect(await replayed(path, topic)).toMatchObject({ events: 0, lastLine: null, isComplete: true })
  expect(await valuesOf(topic)).toEqual([])
})

test('order and bytes hold for many events, large ones between them, and keys over partitions', async () => {
  const topic = await kafka.topic('replay-many', { numPartitions: 4 })
  const wide = 'x'.repeat(700_000)
  const lines = Array.from({ length: 5_000 }, (_, n) =>
    n % 1_250 === 7 ? `{"n":${n},"k":"wide","x":"${wide}"}` : `{"n":${n},"k":${n % 37}}`,
  )
  const result = await replayed(file('many.ndjson', lines.join('\n')), topic, '--key', 'k')
  expect(result).toMatchObject({ events: 5_000, withoutKey: 0, lastLine: 5_000 })
  const records = await recordsOf(topic)
  expect(records.map(({ value }) => value).toSorted()).toEqual(lines.toSorted())
  const keys = new Set(records.map(({ key }) => key))
  expect(keys.size).toBe(38)
  for (const each of keys) {
    const found = records.filter(({ key }) => key === each)
    expect(new Set(found.map(({ partition }) => partition)).size).toBe(1)
    const numbers = found.map(({ line }) => Number(line))
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
  }
})

test('a rate is never exceeded, and Ctrl-C ends it with what was sent', async () => {
  const topic = await kafka.topic('replay-rate')
  const path = file('slow.ndjson', '{"n":1}\n'.repeat(10_000))
  const args = ['replay', path, '--topic', topic, '--rate', '10', '--json']
  const running = startSluice(args, environment)
  await until('five events are there', async () => (await kafka.offsets(topic))[0]!.end >= 5)
  const { code, stdout } = await running.kill('SIGINT')
  expect(code).toBe(130)
  const { events, lastLine, isComplete, seconds } = JSON.parse(stdout) as ReplayResult
  expect(events).toBeGreaterThanOrEqual(5)
  expect(events).toBeLessThanOrEqual(1 + 10 * seconds)
  expect([lastLine, isComplete]).toEqual([events, false])
  expect(await valuesOf(topic)).toHaveLength(events)
})

test('a delay lies between any two events', async () => {
  const topic = await kafka.topic('replay-delay')
  await replayed(file('delayed.ndjson', '1\n2\n3\n4\n'), topic, '--delay', '40')
  const times = (await recordsOf(topic)).map(({ timestamp }) => timestamp)
  expect(times).toHaveLength(4)
  const gaps = times.slice(1).map((time, i) => time - times[i]!)
  // clocks of milliseconds: one may be lost at either end
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(38)
})

test('of two delays with dots between them, each pause is one from the first to the second', async () => {
  const topic = await kafka.topic('replay-delays')
  await replayed(file('delays.ndjson', '1\n'.repeat(9)), topic, '--delay', '20ms..0.12s')
  const times = (await recordsOf(topic)).map(({ timestamp }) => timestamp)
  const gaps = times.slice(1).map((time, i) => time - times[i]!)
  expect(gaps).toHaveLength(8)
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(18)
  // eight times the same by chance, to the millisecond, is what no machine is quick enough for
  expect(new Set(gaps).size).toBeGreaterThan(1)
})

test.each(['0', '5s..1s', '1s..', '1..2..3', 'soon'])(
  'a delay of %s is a mistake',
  async (delay) => {
    const args = ['replay', 'x.ndjson', '--topic', 'replay-never', '--delay', delay]
    expect((await sluice(args)).stderr).toContain('Expected a time, such as 40 (ms), 500ms or 2s')
  },
)

test('Ctrl-C ends the wait for standard input', async () => {
  const topic = await kafka.topic('replay-open')
  const args = ['replay', '-', '--topic', topic, '--format', 'ndjson']
  const { code, stdout } = await sluiceWithInput('{"n":1}\n{"n":', args, environment, {
    stopWhen: (stderr) => stderr.includes('replay started'),
  })
  expect([code, stdout]).toEqual([130, expect.stringMatching(/stopped after line [01]\n$/)])
})

/** Lines that are longer than what is read at once, so that the last ones are still to be read after the first. */
async function changedWhileRead(name: string, change: (path: string, length: number) => void) {
  const topic = await kafka.topic('replay-changed')
  const text = `"${'x'.repeat(400_000)}"\n`.repeat(4)
  const path = file(name, text)
  const args = ['replay', path, '--topic', topic, '--delay', '300', '--json']
  const running = startSluice(args, environment)
  await until('it has begun', async () => (await kafka.offsets(topic))[0]!.end >= 1)
  change(path, text.length)
  return { ...(await running.ended), fileId: sha256(text) }
}

test('what is appended to a file while it is read belongs to another replay', async () => {
  const { stdout, fileId } = await changedWhileRead('growing.ndjson', (path) =>
    appendFileSync(path, '{"n":5}\n'),
  )
  expect(JSON.parse(stdout)).toMatchObject({ events: 4, fileId })
})

test('a file that is changed while it is read is told: its hash is not that of what was sent', async () => {
  const { code, stderr, fileId } = await changedWhileRead('changing.ndjson', (path, length) => {
    const handle = openSync(path, 'r+')
    writeSync(handle, 'y', length - 3)
    closeSync(handle)
  })
  expect(code).toBe(1)
  expect(stderr).toContain(`changing.ndjson was changed while it was read`)
  expect(stderr).toContain(fileId)
})

test('a missing topic is made', async () => {
  const topic = `replay-made-${process.pid}-${Date.now()}`
  atEnd(() => kafka.deleteTopic(topic))
  await replayed(file('one.ndjson', '{"n":1}\n'), topic)
  expect(await valuesOf(topic)).toEqual(['{"n":1}'])
})

test('an event that is more than the topic takes is told with its line', async () => {
  const configEntries = [{ name: 'max.message.bytes', value: '600000' }]
  const topic = await kafka.topic('replay-large', { configEntries })
  const path = file('large.ndjson', `1\n"${'x'.repeat(700_000)}"\n3\n`)
  const { code, stderr } = await sluice(['replay', path, '--topic', topic], environment)
  expect(code).toBe(1)
  expect(stderr).toMatch(/^Kafka did not take line 2 for .*raise max\.message\.bytes/m)
  expect(await valuesOf(topic)).toEqual(['1'])
})

test.each([
  ['no file', ['/nowhere.csv'], /^There is no file \/nowhere\.csv\.\n$/],
  ['a folder', [folder, '--format', 'csv'], /is a folder/],
  [
    'standard input without format',
    ['-'],
    /standard input does not tell its format .* Give --format\./,
  ],
  ['rate and delay', ['a.csv', '--rate', '1', '--delay', '1'], /cannot be used with/],
  ['a rate of nothing', ['a.csv', '--rate', '0'], /Expected a number above 0/],
  ['a long delimiter', ['a.csv', '--delimiter', '::'], /Expected one character/],
  ['an unknown format', ['a.csv', '--format', 'xml'], /Allowed choices are csv, json, ndjson/],
])('%s is one message and exit code 1', async (_, args, message) => {
  const { code, stdout, stderr } = await sluice(['replay', ...args, '--topic', 't'], environment)
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(message)
  expect(stderr).not.toMatch(/^\s+at /m)
})

test('a damaged gzip file is told before anything is sent', async () => {
  const topic = await kafka.topic('replay-damaged')
  const path = file('damaged.ndjson.gz', gzipSync('{"n":1}\n'.repeat(100)).subarray(0, -6))
  const { code, stderr } = await sluice(['replay', path, '--topic', topic], environment)
  expect(code).toBe(1)
  expect(stderr).toMatch(/damaged\.ndjson\.gz begins as gzip does, but is damaged/)
  expect(await valuesOf(topic)).toEqual([])
})

test('a broker that is not there is an error that names it', async () => {
  const path = file('nobody.ndjson', '1\n')
  const away = { KAFKA_BROKERS: '127.0.0.1:1' }
  const { code, stderr } = await sluice(['replay', path, '--topic', 't'], away)
  expect(code).toBe(1)
  expect(stderr).toMatch(/127\.0\.0\.1:1.*KAFKA_BROKERS/)
})
