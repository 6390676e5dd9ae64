import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { countsOf, sourceWithLetters } from './deadLetters.ts'
import { openSource, opsDatabase } from './ops.ts'

const ops = opsDatabase()
const replay = async (topic: string, rest = '') =>
  Number(
    (await ops.rows<{ n: string }>(`select ops.replay_dead_letters('${topic}'${rest}) as n`))[0]!.n,
  )
const bronze = (table: string) =>
  ops.rows(
    `select kafka_partition, kafka_offset::int, batch_no::int, kafka_key, headers, payload
    from bronze.${table} order by kafka_partition, kafka_offset`,
  )
const stillBad = { code: 'SL015' }

test('a replayed event is stored under its own coordinates, as a batch of its own', async () => {
  const id = await sourceWithLetters(ops, 'one', [
    { offset: 4, payload: '{"n": 10.50}', key: 'user', headers: { h: 'x' } },
  ])
  expect(await replay('one')).toBe(1)
  expect(await bronze('one')).toEqual([
    {
      kafka_partition: 0,
      kafka_offset: 4,
      batch_no: -1,
      kafka_key: 'user',
      headers: { h: 'x' },
      payload: { n: 10.5 },
    },
  ])
  expect(
    await ops.rows(
      `select kind, batch_no::int, from_offset::int, first_offset::int, last_offset::int, next_offset::int,
        row_count, dead_letter_count, byte_count::int
      from ops.batches where source_id = $1 and batch_no < 0`,
      [id],
    ),
  ).toEqual([
    {
      kind: 'replay',
      batch_no: -1,
      from_offset: 4,
      first_offset: 4,
      last_offset: 4,
      next_offset: 5,
      row_count: 1,
      dead_letter_count: 0,
      byte_count: 12,
    },
  ])
})

test('the letter is gone, positions stay, and rows and letters still add up', async () => {
  const id = await sourceWithLetters(ops, 'counted', [
    { offset: 4, payload: '{}' },
    { offset: 5, payload: '{}' },
  ])
  expect(await replay('counted', `, p_offsets => '{5}'`)).toBe(1)
  expect(await countsOf(ops, id)).toEqual({
    letters: 1,
    stored_rows: 9,
    dead_letters: 1,
    discarded: 0,
    lowest_batch_no: -1,
    next_batch_no: 2,
    next_offset: 10,
  })
})

test('replays of a partition are numbered downwards without a gap, each partition for itself', async () => {
  const id = await sourceWithLetters(
    ops,
    'lanes',
    [1, 3, 5].map((offset) => ({ offset, payload: '{}' })),
    [{ offset: 7, payload: '{}' }],
  )
  await replay('lanes', `, p_partition => 0, p_offsets => '{3}'`)
  await replay('lanes')
  await replay('lanes')
  expect(
    await ops.rows(
      `select kafka_partition, batch_no::int, row_count from ops.batches
      where source_id = $1 and kind = 'replay' order by 1, 2 desc`,
      [id],
    ),
  ).toEqual([
    { kafka_partition: 0, batch_no: -1, row_count: 1 },
    { kafka_partition: 0, batch_no: -2, row_count: 2 },
    { kafka_partition: 1, batch_no: -1, row_count: 1 },
  ])
  expect((await bronze('lanes')).map(({ batch_no }) => batch_no)).toEqual([-2, -1, -2, -1])
})

test('filters choose by partition, offsets, generation and SQLSTATE', async () => {
  const letters = [
    { offset: 1, payload: '{}', sqlstate: '22P02' },
    { offset: 2, payload: '{}', sqlstate: '22003' },
  ]
  const id = await sourceWithLetters(ops, 'chosen', letters, letters)
  expect(await replay('chosen', `, p_generation => 2`)).toBe(0)
  expect(await replay('chosen', `, p_stage => 'silver.orders'`)).toBe(0)
  expect(await replay('chosen', `, p_partition => 1, p_offsets => '{2,3}'`)).toBe(1)
  expect(await replay('chosen', `, p_sqlstate => '22P02', p_generation => 1`)).toBe(2)
  expect(
    await ops.rows(
      'select kafka_partition, kafka_offset::int from ops.dead_letters where source_id = $1',
      [id],
    ),
  ).toEqual([{ kafka_partition: 0, kafka_offset: 2 }])
})

test('a mended payload is stored in place of the bytes, and both are kept', async () => {
  const id = await sourceWithLetters(ops, 'mended', [{ offset: 4, payload: '{"n": 1' }])
  await replay('mended', `, p_offsets => '{4}', p_payload => '{"n": 1.10}'`)
  expect(await bronze('mended')).toMatchObject([{ kafka_offset: 4, payload: { n: 1.1 } }])
  expect(
    await ops.rows(
      `select kafka_offset::int, outcome, batch_no::int, sqlstate, original, mended, settled_by
      from ops.settled_letters where source_id = $1`,
      [id],
    ),
  ).toEqual([
    {
      kafka_offset: 4,
      outcome: 'replayed',
      batch_no: -1,
      sqlstate: '22P02',
      original: {
        payload: Buffer.from('{"n": 1').toString('base64'),
        kafka_key: Buffer.from('k').toString('base64'),
        kafka_at: '2026-03-01T10:00:00+00:00',
      },
      mended: { payload: '{"n": 1.10}' },
      settled_by: 'sluice_owner',
    },
  ])
})

test('a key and a time that can not be stored can be mended too', async () => {
  await sourceWithLetters(ops, 'key-and-time', [
    { offset: 1, payload: '{}', key: Buffer.from([0xff]), kafka_at: null },
  ])
  await expect(replay('key-and-time')).rejects.toMatchObject(stillBad)
  await expect(
    replay('key-and-time', `, p_kafka_at => '2026-03-01T00:00:00Z'`),
  ).rejects.toMatchObject({ code: 'SL015', hint: expect.stringContaining('p_key') as string })
  await replay('key-and-time', `, p_kafka_at => '2026-03-01T00:00:00Z', p_key => 'ключ'`)
  expect(await bronze('key_and_time')).toMatchObject([{ kafka_key: 'ключ', payload: {} }])
})

test('tombstones and null keys are replayed as such', async () => {
  await sourceWithLetters(ops, 'nulls', [{ offset: 1, payload: null, key: null }])
  await replay('nulls')
  expect(await bronze('nulls')).toMatchObject([{ kafka_key: null, payload: null }])
})

test.each([
  [
    'no JSON',
    'still no JSON',
    /payload of partition 0, offset 4, .*: invalid input syntax .*22P02/,
  ],
  ['a null character', '{"a":"\\u0000"}', /offset 4, .*22P05/],
  ['not UTF-8', Buffer.from('{"a":"ü"}', 'latin1'), /offset 4, .*22021/],
  ['a number out of range', '{"n":1e999999}', /offset 4, .*22003/],
  ['absurd depth', '['.repeat(50_000) + ']'.repeat(50_000), /offset 4, .*54001/],
])('an event that still is %s is an error that says so, and changes nothing', async (...given) => {
  const [what, payload, message] = given
  const topic = `still-${what.replace(/\W+/g, '-')}`
  const id = await sourceWithLetters(ops, topic, [
    { offset: 2, payload: '{}' },
    { offset: 4, payload },
  ])
  const before = await countsOf(ops, id)
  await expect(replay(topic)).rejects.toMatchObject({
    code: 'SL015',
    message: expect.stringMatching(message) as string,
    hint: 'Give a mended one by p_payload, for this event alone.',
  })
  expect(await countsOf(ops, id)).toEqual(before)
  expect(await bronze(topic.replaceAll('-', '_').toLowerCase())).toEqual([])
})

test('a mended payload that is no JSON is refused as well', async () => {
  const id = await sourceWithLetters(ops, 'badly-mended', [{ offset: 4 }])
  const mending = replay('badly-mended', `, p_payload => '{"n": 1'`)
  await expect(mending).rejects.toMatchObject(stillBad)
  expect(await countsOf(ops, id)).toMatchObject({ letters: 1, dead_letters: 1 })
})

test.each([
  ['several letters', ''],
  ['none', `, p_offsets => '{7}'`],
])('a mended payload for %s is refused', async (what, filter) => {
  await sourceWithLetters(ops, `mend-${what.replace(' ', '-')}`, [{ offset: 4 }, { offset: 5 }])
  const mending = replay(`mend-${what.replace(' ', '-')}`, `${filter}, p_payload => '{}'`)
  await expect(mending).rejects.toMatchObject({ code: 'SL017' })
})

test('coordinates that bronze has already are skipped, and their letter goes', async () => {
  const id = await sourceWithLetters(ops, 'stored-before', [
    { offset: 4, payload: '{"from": "letter"}' },
    { offset: 5, payload: '{"from": "letter"}' },
  ])
  await ops.rows(
    `insert into bronze.stored_before (generation, kafka_partition, kafka_offset, batch_no, kafka_at, payload)
    values (1, 0, 4, 1, now(), '{"from": "log"}')`,
  )
  expect(await replay('stored-before')).toBe(2)
  expect(await bronze('stored_before')).toMatchObject([
    { kafka_offset: 4, batch_no: 1, payload: { from: 'log' } },
    { kafka_offset: 5, batch_no: -1, payload: { from: 'letter' } },
  ])
  expect(await countsOf(ops, id)).toMatchObject({ letters: 0, stored_rows: 9, dead_letters: 0 })
  expect(
    await ops.rows(
      'select kafka_offset::int, outcome from ops.settled_letters where source_id = $1 order by 1',
      [id],
    ),
  ).toEqual([
    { kafka_offset: 4, outcome: 'stored before' },
    { kafka_offset: 5, outcome: 'replayed' },
  ])
})

test('a letter of an older generation goes back to that generation', async () => {
  const id = await sourceWithLetters(ops, 'older', [{ offset: 4, payload: '{}' }])
  await ops.rows(`select ops.reset_source('older')`)
  expect(await replay('older')).toBe(1)
  expect(await ops.rows('select generation from bronze.older')).toEqual([{ generation: 1 }])
  expect(await countsOf(ops, id)).toMatchObject({ dead_letters: 0, stored_rows: 10 })
})

test('two replays of the same letters at once store each once', async () => {
  const id = await sourceWithLetters(
    ops,
    'at-once',
    [1, 2, 3].map((offset) => ({ offset, payload: '{}' })),
  )
  const clients = [await ops.database.client(), await ops.database.client()]
  await clients[0]!.query('begin')
  const call = `select ops.replay_dead_letters('at-once')::int as n`
  expect((await clients[0]!.query(call)).rows).toEqual([{ n: 3 }])
  const second = clients[1]!.query(call)
  const { processID: pid } = clients[1] as unknown as { processID: number }
  await until('the second replay waits', async () => {
    return (await ops.rows('select from pg_locks where pid = $1 and not granted', [pid])).length > 0
  })
  await clients[0]!.query('commit')
  expect((await second).rows).toEqual([{ n: 0 }])
  expect(await bronze('at_once')).toHaveLength(3)
  expect(await countsOf(ops, id)).toMatchObject({ stored_rows: 10, dead_letters: 0 })
})

test('an ingester goes on while a replay runs: positions are locked last', async () => {
  const id = await sourceWithLetters(ops, 'undisturbed', [{ offset: 4, payload: '{"slow": 1}' }])
  // holds the replay up inside its insert
  const holder = await ops.database.client()
  await holder.query('begin')
  await holder.query('lock table bronze.undisturbed in share row exclusive mode')
  const replaying = ops.owner.query(`select ops.replay_dead_letters('undisturbed')`)
  const { processID: pid } = ops.owner as unknown as { processID: number }
  await until('the replay waits', async () => {
    const { rows } = await holder.query('select from pg_locks where pid = $1 and not granted', [
      pid,
    ])
    return rows.length > 0
  })
  const ingester = await ops.database.client('sluice_ingest')
  await ingester.query(`set lock_timeout = '10s'`)
  await ingester.query('select ops.advance($1)', [
    JSON.stringify([
      {
        source_id: id,
        generation: 1,
        partition: 0,
        batch_no: 2,
        from_offset: 10,
        next_offset: 12,
        end_offset: 12,
        rows: 0,
        dead_letters: 0,
        bytes: 0,
      },
    ]),
  ])
  await holder.query('rollback')
  await replaying
  expect(await countsOf(ops, id)).toMatchObject({
    next_offset: 12,
    next_batch_no: 3,
    lowest_batch_no: -1,
    stored_rows: 10,
  })
})

test('the partition of today that is missing is made', async () => {
  await sourceWithLetters(ops, 'no-partition', [{ offset: 4, payload: '{}' }])
  for (const { name } of await ops.rows<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'bronze.no_partition'::regclass`,
  )) {
    await ops.rows(`drop table ${name}`)
  }
  expect(await replay('no-partition')).toBe(1)
})

test('an unknown topic is SL013; a topic without letters has none to replay', async () => {
  await expect(replay('nobody')).rejects.toMatchObject({ code: 'SL013' })
  await openSource(ops, 'healthy')
  expect(await replay('healthy')).toBe(0)
})

const ofAModel = `insert into ops.dead_letters
  (source_id, generation, kafka_partition, kafka_offset, stage, sqlstate, message)
  values ($1, 1, 0, 7, 'silver.orders', '22P02', 'x')`

test('letters of a model go to the model, with their coordinates and the mend', async () => {
  const id = await sourceWithLetters(ops, 'of-a-model', [{ offset: 4 }])
  await ops.rows(ofAModel, [id])
  await ops.rows('begin')
  await ops.rows('drop function if exists ops.replay_model_letters(text, jsonb)')
  await ops.rows('create table store.given (model text, coordinates jsonb)')
  await ops.rows(
    `create function ops.replay_model_letters(p_model text, p_coordinates jsonb) returns void
    language sql as 'insert into store.given values (p_model, p_coordinates)'`,
  )
  expect(await replay('of-a-model', `, 'silver.orders', p_payload => '{"n": 1}'`)).toBe(1)
  const coordinates = { source_id: id, generation: 1, partition: 0, offset: 7 }
  expect(await ops.rows('select * from store.given')).toEqual([
    { model: 'silver.orders', coordinates: [{ ...coordinates, payload: '{"n": 1}' }] },
  ])
  await ops.rows('rollback')
  expect(await countsOf(ops, id)).toMatchObject({ letters: 2 })
})

test('a purge of the source takes what was settled along', async () => {
  const id = await sourceWithLetters(ops, 'purged', [{ offset: 4, payload: '{}' }])
  await replay('purged')
  await ops.rows(`select ops.drop_source('purged', true)`)
  expect(await ops.rows('select from ops.settled_letters where source_id = $1', [id])).toEqual([])
})

test.each(['sluice_ingest', 'sluice_refresh', 'grafana_reader', 'analyst'] as const)(
  '%s may neither replay nor discard, unless it is granted',
  async (role) => {
    const client = await ops.database.client(role)
    await client.query('set default_transaction_read_only = off')
    for (const name of ['replay_dead_letters', 'discard_dead_letters']) {
      const calling = client.query(`select ops.${name}('granted-${role}')`)
      await expect(calling, name).rejects.toMatchObject({ code: '42501' })
    }
  },
)

test('the grant of the documentation is enough, and nothing else', async () => {
  const id = await sourceWithLetters(ops, 'granted', [{ offset: 4, payload: '{}' }])
  await ops.rows('grant execute on function ops.replay_dead_letters to analyst')
  const analyst = await ops.database.client('analyst')
  await analyst.query('set default_transaction_read_only = off')
  await analyst.query(`select ops.replay_dead_letters('granted')`)
  expect(
    await ops.rows('select settled_by from ops.settled_letters where source_id = $1', [id]),
  ).toEqual([{ settled_by: 'analyst' }])
  await ops.rows('revoke execute on function ops.replay_dead_letters from analyst')
})
