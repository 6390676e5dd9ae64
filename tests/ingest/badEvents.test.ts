import { beforeAll, expect, test } from 'vitest'
import { flush } from '../../ingest/flush.ts'
import {
  bronzeDatabase,
  figuresOf,
  lettersOf,
  portionOf,
  sourceOf,
  stateOf,
  type Bronze,
} from './bronze.ts'
import { recordOf } from './records.ts'

let bronze: Bronze
beforeAll(async () => {
  bronze = await bronzeDatabase()
})

/** Flushes these values as the records of a new topic, from offset 0. */
async function flushed(topic: string, values: (string | Buffer | null)[]) {
  const source = await sourceOf(bronze.owner, topic)
  const records = values.map((value, offset) => recordOf({ offset, value }))
  const result = await flush(bronze.ingest, [portionOf(stateOf(source), records)])
  const letters = await lettersOf(bronze.owner, source)
  return { source, result, letters, figures: await figuresOf(bronze.owner, source) }
}

/** One value of each kind that a jsonb column refuses, with the SQLSTATE of the refusal. */
const kinds: [what: string, value: string | Buffer, sqlstate: string][] = [
  ['invalid UTF-8', Buffer.from('{"city":"Köln"}', 'latin1'), '22021'],
  ['a null character', '{"text":"a\\u0000b"}', '22P05'],
  ['a lone surrogate', '{"text":"\\ud83d"}', '22P02'],
  ['truncated JSON', '{"text":"never end', '22P02'],
  ['no JSON', 'hello', '22P02'],
  ['an empty value', '', '22P02'],
  ['a number out of range', '{"n":1e999999}', '22003'],
  ['absurd depth', '['.repeat(50_000) + ']'.repeat(50_000), '54001'],
]

test.each(kinds)(
  '%s in the middle becomes a dead letter, the rest is stored',
  async (what, value, sqlstate) => {
    const topic = `bad-${what.replace(/[^a-zA-Z]+/g, '-')}`
    const { result, letters, figures } = await flushed(topic, ['{"n":0}', value, '{"n":2}'])
    expect(result).toEqual({ rows: 2, deadLetters: 1 })
    expect(figures).toEqual({ rows: 2, letters: 1, batches: 1, next: 3, next_batch: 2 })
    expect(letters).toMatchObject([
      { kafka_offset: 1, batch_no: 1, sqlstate, payload: Buffer.from(value as string) },
    ])
  },
)

test('a dead letter keeps key and headers, whatever their bytes', async () => {
  const source = await sourceOf(bronze.owner, 'bad-key')
  const key = Buffer.from([0xfe, 0x00, 0x41])
  const record = recordOf({ key, value: '{"ok": 1}', headers: [['h', Buffer.from('x')]] })
  await flush(bronze.ingest, [portionOf(stateOf(source), [record])])
  expect(await lettersOf(bronze.owner, source)).toMatchObject([
    { kafka_key: key, payload: Buffer.from('{"ok": 1}'), headers: { h: 'x' }, sqlstate: '22021' },
  ])
})

test('bad events of every kind, many of each, in one flush leave every good one stored', async () => {
  const values = Array.from({ length: 60 }, (_, index) =>
    index % 3 === 1 ? kinds[index % kinds.length]![1] : `{"n": ${index}}`,
  )
  const { result, letters, figures } = await flushed('bad-many', values)
  expect(result).toEqual({ rows: 40, deadLetters: 20 })
  expect(figures).toEqual({ rows: 40, letters: 20, batches: 1, next: 60, next_batch: 2 })
  expect(letters.map(({ kafka_offset, payload }) => [kafka_offset, payload])).toEqual(
    values.flatMap((value, index) =>
      index % 3 === 1 ? [[index, Buffer.from(value as string)]] : [],
    ),
  )
})

test('a flush of bad events only stores no row and moves the position', async () => {
  const { result, figures } = await flushed('bad-only', ['x', 'y', '{"n":1e999999}'])
  expect(result).toEqual({ rows: 0, deadLetters: 3 })
  expect(figures).toEqual({ rows: 0, letters: 3, batches: 1, next: 3, next_batch: 2 })
})

test('bad events of two partitions and two topics go to their own places', async () => {
  const { owner, ingest } = bronze
  const [one, two] = [await sourceOf(owner, 'bad-here', 2), await sourceOf(owner, 'bad-there')]
  const recordsOf = (...values: string[]) =>
    values.map((value, offset) => recordOf({ offset, value }))
  await flush(ingest, [
    portionOf(stateOf(one, 0), recordsOf('{}', '{"text":"\\u0000"}')),
    portionOf(stateOf(two, 0), recordsOf('{"n":1e999999}', '{}')),
    portionOf(stateOf(one, 1), recordsOf('{"text":"\\u0000"}', '{}', '{}')),
  ])
  const { rows } = await owner.query(
    `select topic, kafka_partition, kafka_offset::int from ops.dead_letters join ops.sources using (source_id)
    where topic in ('bad-here', 'bad-there') order by 1, 2, 3`,
  )
  expect(rows).toEqual([
    { topic: 'bad-here', kafka_partition: 0, kafka_offset: 1 },
    { topic: 'bad-here', kafka_partition: 1, kafka_offset: 0 },
    { topic: 'bad-there', kafka_partition: 0, kafka_offset: 0 },
  ])
})

test('an event that is broken in two ways at once, deep and half a character, stops nothing', async () => {
  const both = `${'['.repeat(50_000)}"\\ud83d"${']'.repeat(50_000)}`
  const { result } = await flushed('bad-twice', ['no JSON', both, '{"n":2}'])
  expect(result).toEqual({ rows: 1, deadLetters: 2 })
})

/** Has the server refuse events by a rule of its own, which nobody can see from outside. */
const refuse = (table: string) =>
  bronze.owner.query(
    `alter table bronze.${table} add constraint n_is_small check ((payload ->> 'n')::int < 1000000)`,
  )

test('events that only a rule of the server refuses, many in one flush, leave every good one stored', async () => {
  const source = await sourceOf(bronze.owner, 'bad-by-rule', 2)
  await refuse('bad_by_rule')
  const isBad = (n: number) => n % 500 === 3 || n % 500 === 4
  const records = Array.from({ length: 3_000 }, (_, offset) =>
    recordOf({ offset, value: `{"n": ${isBad(offset) ? 1_000_000 + offset : offset}}` }),
  )
  const portions = [0, 1].map((partition) => portionOf(stateOf(source, partition), records))
  expect(await flush(bronze.ingest, portions)).toEqual({ rows: 5_976, deadLetters: 24 })
  const { rows } = await bronze.owner.query<{ kafka_partition: number; ns: number[] }>(
    `select kafka_partition, array_agg((payload ->> 'n')::int order by kafka_offset) as ns
    from bronze.bad_by_rule group by 1 order by 1`,
  )
  const good = Array.from({ length: 3_000 }, (_, n) => n).filter((n) => !isBad(n))
  expect(rows).toEqual([0, 1].map((kafka_partition) => ({ kafka_partition, ns: good })))
  const letters = await lettersOf(bronze.owner, source)
  expect(new Set(letters.map(({ kafka_offset }) => kafka_offset))).toEqual(
    new Set(records.map(({ offset }) => offset).filter(isBad)),
  )
  expect(new Set(letters.map(({ sqlstate }) => sqlstate))).toEqual(new Set(['23514']))
})

test('events that a rule refuses and events that are no JSON, in one flush, are told apart', async () => {
  const source = await sourceOf(bronze.owner, 'bad-both-ways')
  await refuse('bad_both_ways')
  const values = [
    '{"n": 1}',
    'no JSON',
    '{"n": 1000000}',
    '{"n": 2}',
    '{"n": "\\u0000"}',
    '{"n": 2000000}',
  ]
  const records = values.map((value, offset) => recordOf({ offset, value }))
  const flushing = flush(bronze.ingest, [portionOf(stateOf(source), records)])
  expect(await flushing).toEqual({ rows: 2, deadLetters: 4 })
  const letters = await lettersOf(bronze.owner, source)
  expect(letters.map(({ sqlstate }) => sqlstate)).toEqual(['22P02', '23514', '22P05', '23514'])
})

// producers that take microseconds or nanoseconds for milliseconds exist
test.each([
  ['microseconds', 1_772_359_200_000_000],
  ['nanoseconds', 1_772_359_200_000_000_000],
  ['negative ones', -5_000_000],
])('times in %s stop nothing: the event is stored or set aside', async (what, timestamp) => {
  const source = await sourceOf(bronze.owner, `times-${what.replaceAll(' ', '-')}`)
  const records = [
    recordOf({ offset: 0 }),
    recordOf({ offset: 1, timestamp }),
    recordOf({ offset: 2 }),
  ]
  const { rows, deadLetters } = await flush(bronze.ingest, [portionOf(stateOf(source), records)])
  expect(rows + deadLetters).toBe(3)
  expect(rows).toBeGreaterThanOrEqual(2)
  expect(await figuresOf(bronze.owner, source)).toMatchObject({ next: 3, next_batch: 2 })
})

test('a bad event with a time in microseconds is a dead letter too', async () => {
  const source = await sourceOf(bronze.owner, 'times-of-bad-events')
  const records = [recordOf({ value: 'no JSON', timestamp: 1_772_359_200_000_000 })]
  const flushing = flush(bronze.ingest, [portionOf(stateOf(source), records)])
  await expect(flushing).resolves.toEqual({ rows: 0, deadLetters: 1 })
})
