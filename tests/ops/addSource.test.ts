import { expect, test } from 'vitest'
import { opsDatabase } from './ops.ts'

const ops = opsDatabase()
const sourceOf = async (topic: string) =>
  (await ops.rows('select * from ops.sources where topic = $1', [topic]))[0]!

/** Runs a statement that fails, and returns what it complains of. */
async function complaint(sql: string, values: unknown[] = []) {
  const error: unknown = await ops.rows(sql, values).then(
    (rows) => new Error(`No error, but ${JSON.stringify(rows)}`),
    (thrown: unknown) => thrown,
  )
  const { code, message, hint } = error as { code?: string; message: string; hint?: string }
  return { code, message, hint }
}

test('a source has a bronze table named for its topic, with partitions and a comment', async () => {
  await ops.rows(`select ops.add_source('Shop.Orders-2')`)
  expect(await sourceOf('Shop.Orders-2')).toMatchObject({
    table_name: 'shop_orders_2',
    start_at: 'earliest',
    retain: null,
    generation: 1,
    is_paused: false,
  })
  const [table] = await ops.rows(
    `select obj_description('bronze.shop_orders_2'::regclass) as comment,
      (select count(*)::int from pg_inherits where inhparent = 'bronze.shop_orders_2'::regclass) as partitions`,
  )
  expect(table).toEqual({ comment: 'Events of topic Shop.Orders-2, as they came.', partitions: 5 })
})

test('a second call changes nothing and returns the same id', async () => {
  const add = `select ops.add_source('twice', p_table => 'twice_over', p_start => 'latest', p_retain => '2 days') as id`
  const [first] = await ops.rows(add)
  const before = await sourceOf('twice')
  expect(await ops.rows(add)).toEqual([first])
  expect(await sourceOf('twice')).toEqual(before)
})

test('a second call changes the retention, and null keeps all', async () => {
  const retain = async () =>
    (await ops.rows(`select retain::text as r from ops.sources where topic = 'retained'`))[0]!['r']
  await ops.rows(`select ops.add_source('retained', p_retain => '2 days')`)
  await ops.rows(`select ops.add_source('retained', p_retain => '3 days')`)
  expect(await retain()).toBe('3 days')
  await ops.rows(`select ops.add_source('retained')`)
  expect(await retain()).toBeNull()
})

test('a second call never resumes a paused source', async () => {
  await ops.rows(`select ops.add_source('stays-paused')`)
  await ops.rows(`select ops.pause_source('stays-paused')`)
  await ops.rows(`select ops.add_source('stays-paused', p_retain => '1 day')`)
  expect(await sourceOf('stays-paused')).toMatchObject({ is_paused: true })
})

test('two sessions that declare the same source at once get the same one', async () => {
  const clients = [await ops.database.client(), await ops.database.client()]
  const results = await Promise.all(
    clients.map((client) => client.query<{ id: number }>(`select ops.add_source('at-once') as id`)),
  )
  const ids = results.map(({ rows }) => rows[0]!.id)
  expect(ids[0]).toBe(ids[1])
})

test('a table that another topic has is SL010', async () => {
  await ops.rows(`select ops.add_source('a.b')`)
  expect(await complaint(`select ops.add_source('a-b')`)).toEqual({
    code: 'SL010',
    message: 'Table bronze.a_b belongs to topic "a.b"',
    hint: 'Give p_table another name for topic "a-b".',
  })
  await ops.rows(`select ops.add_source('a-b', p_table => 'a_minus_b')`)
})

test.each([
  ['table', `p_table => 'elsewhere'`, 'not bronze.elsewhere and earliest'],
  ['start', `p_start => 'latest'`, 'not bronze.fixed and latest'],
])('another %s of a known source is SL011', async (_, argument, found) => {
  await ops.rows(`select ops.add_source('fixed')`)
  const { code, message } = await complaint(`select ops.add_source('fixed', ${argument})`)
  expect(code).toBe('SL011')
  expect(message).toBe(`Source "fixed" is stored in bronze.fixed and starts at earliest, ${found}`)
})

test.each(['', 'or ders', 'ördér', 'a'.repeat(250), null])(
  'the topic %j is none that Kafka takes: SL012',
  async (topic) => {
    expect(await complaint('select ops.add_source($1)', [topic])).toMatchObject({
      code: 'SL012',
      hint: 'Letters, digits, dot, underscore and hyphen; at most 249.',
    })
  },
)

test.each(['2orders', 'Orders', 'a'.repeat(53), 'a.b', ''])(
  'the table %j is no plain name: SL012',
  async (table) => {
    const found = await complaint(`select ops.add_source('plain', p_table => $1)`, [table])
    expect(found.code).toBe('SL012')
    expect(found.message).toBe(`Table "${table}" can't be the bronze table of topic "plain"`)
  },
)

test('a topic whose own name makes no table needs p_table', async () => {
  expect(await complaint(`select ops.add_source('2orders')`)).toMatchObject({ code: 'SL012' })
  await ops.rows(`select ops.add_source('2orders', p_table => 'two_orders')`)
})

test.each(['2026-01-31', '2026-01-31T10:00Z', '2026-01-31T10:00:00.123+02:00'])(
  'the ISO time %s is a start',
  async (start) => {
    const topic = `at-${start.replace(/\W/g, '-')}`.toLowerCase()
    await ops.rows('select ops.add_source($1, p_start => $2)', [topic, start])
    expect(await sourceOf(topic)).toMatchObject({ start_at: start })
    // what the ingester makes of it is what the server takes it for
    const [server] = await ops.rows(
      `select (extract(epoch from $1::timestamptz) * 1000)::float as ms`,
      [start],
    )
    expect(Date.parse(start)).toBe(server!['ms'])
  },
)

test.each([
  'yesterday',
  'now',
  'infinity',
  '',
  '2026-02-30',
  '2026-01-31 10:00 Europe/Berlin',
  '2026-01-31T10:00:00',
  null,
])('the start %j is none: SL012', async (start) => {
  expect(
    await complaint(`select ops.add_source('starting', p_start => $1)`, [start]),
  ).toMatchObject({
    code: 'SL012',
    hint: 'For example 2026-01-31T00:00:00Z.',
  })
})

test.each(['0 days', '-1 day'])('a retention of %s is refused', async (retain) => {
  const found = await complaint(`select ops.add_source('retention', p_retain => $1::interval)`, [
    retain,
  ])
  expect(found.code).toBe('23514')
  expect(found.message).toContain('retain_is_positive')
})

test('a call that fails leaves neither source nor table', async () => {
  await complaint(`select ops.add_source('failing', p_start => 'x')`)
  expect(await ops.rows(`select from ops.sources where topic = 'failing'`)).toEqual([])
  expect(await ops.rows(`select to_regclass('bronze.failing') as t`)).toEqual([{ t: null }])
})
