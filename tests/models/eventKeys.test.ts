import fc from 'fast-check'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { lettersOf, storeEvents, tick, type Event } from './bronzeRows.ts'
import { newProject, type Project } from './project.ts'

const columns = `payload ->> 'text' as what,
  (payload ->> 'at')::timestamptz as at`
const plain = (header: string) => `-- Orders.
-- kind: event
-- time: at
${header}select
  payload ->> 'id' as order_id,
  ${columns}
from bronze.orders
`
const items = (header: string) => `-- Items of orders.
-- kind: event
-- time: at
-- key: order_id, sku
${header}select
  payload ->> 'id' as order_id,
  items.sku,
  ${columns}
from bronze.orders
cross join lateral jsonb_array_elements_text(payload -> 'items') as items (sku)
`

let project: Project
beforeAll(async () => {
  project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('orders');\n`,
    'shop/silver/no_key.sql': plain(''),
    'shop/silver/monthly.sql': plain('-- key: order_id\n'),
    'shop/silver/daily.sql': plain('-- key: order_id\n-- retain: 90 days\n'),
    'shop/silver/for_91_days.sql': plain('-- key: order_id\n-- retain: 91 days\n'),
    'shop/silver/ever.sql': plain('-- key: order_id\n-- unique: ever\n'),
    'shop/silver/items.sql': items(''),
    'shop/silver/items_ever.sql': items('-- unique: ever\n'),
  })
  await project.apply()
})
beforeEach(() => project.rows('begin'))
afterEach(() => project.rows('rollback'))

const january = '2026-01-31T23:59:59.999Z'
const february = '2026-02-01T00:00:00Z'

async function store(...events: Event[]): Promise<void> {
  await storeEvents(project.owner, 'orders', events)
  await tick(project.owner)
}

const order = (id: string | null, text: string, at = january): Event => ({
  payload: { id, text, at },
})
const orderOf = (
  id: string | null,
  text: string,
  skus: (string | null)[],
  at = january,
): Event => ({
  payload: { id, text, at, items: skus },
})

/** What is stored, in order. */
async function shown(model: string, what = 'what'): Promise<unknown[]> {
  const rows = await project.rows(`select ${what} as what from silver.${model} order by 1`)
  return rows.map((row) => row['what'])
}
const stored = (model: string) => shown(model, `concat_ws(' ', order_id, sku, what)`)
const letters = (model: string) => lettersOf(project.owner, `silver.${model}`)

test('a key is unique within its partition of time, and with "unique: ever" over all of them', async () => {
  await store(order('a', 'in January'), order('a', 'in January again'))
  await store(order('a', 'in February', february), order('b', 'other', february))
  expect(await shown('monthly')).toEqual(['in February', 'in January', 'other'])
  expect(await shown('ever')).toEqual(['in January', 'other'])
})

test('with "unique: ever" the first of a tick stays, also when a later one has another time', async () => {
  await store(order('a', 'first', february), order('a', 'second'))
  expect(await shown('ever')).toEqual(['first'])
})

test('with "unique: ever" a null key never repeats', async () => {
  await store(order(null, 'one'), order(null, 'two', february))
  await store(order(null, 'three'))
  expect(await shown('ever')).toEqual(['one', 'three', 'two'])
})

test('without a key repeats count each, in one batch and in another', async () => {
  await store(order('a', 'same'), order('a', 'same'))
  await store(order('a', 'same'))
  expect(await shown('no_key')).toEqual(['same', 'same', 'same'])
})

test('a batch is taken once, however many ticks there are', async () => {
  await store(order('a', 'same'))
  await tick(project.owner)
  await tick(project.owner)
  expect(await shown('no_key')).toEqual(['same'])
  expect(
    await project.rows(
      `select row_count::int, slice_no::int from ops.slices where model = 'silver.no_key'`,
    ),
  ).toEqual([{ row_count: 1, slice_no: 1 }])
})

test('a batch that is forced on a model again is refused', async () => {
  await store(order('a', 'same'))
  const again = project.rows(
    `select ops.take_batches(
      ops.find_model('silver.no_key'),
      array[row(source_id, 1, 0, 1, 1, 0, 0, stored_at, stored_at, 1)::ops.batch_range]
    )
    from ops.batches`,
  )
  await expect(again).rejects.toMatchObject({ code: 'SL021' })
})

test.each([
  ['monthly', ['_202601', '_202602']],
  ['for_91_days', ['_202601', '_202602']],
  ['daily', ['_20260131', '_20260201']],
])('the table of %s has the partitions that its events need', async (model, endings) => {
  await project.rows(`select set_config('sluice.now', '2026-02-03T00:00:00Z', true)`)
  await store(order('a', 'one'), order('b', 'two', february))
  expect(
    await project.rows(
      `select inhrelid::regclass::text as partition from pg_inherits
      where inhparent = 'store.silver_${model}_v1'::regclass order by 1`,
    ),
  ).toEqual(
    // and those of the next days or months, made ahead
    expect.arrayContaining(
      endings.map((ending) => ({ partition: `store.silver_${model}_v1${ending}` })),
    ),
  )
  expect(await shown(model)).toEqual(['one', 'two'])
})

test.each(['items', 'items_ever'])(
  '%s: an event that repeats in part is stored not at all',
  async (model) => {
    await store(orderOf('a', 'first', ['x', 'y']))
    await store(
      orderOf('b', 'before', ['x']),
      orderOf('a', 'repeated', ['y', 'z']),
      orderOf('c', 'after', ['x', 'y']),
      orderOf('c', 'repeated in the batch', ['z', 'y']),
    )
    expect(await stored(model)).toEqual([
      'a x first',
      'a y first',
      'b x before',
      'c x after',
      'c y after',
    ])
    expect(await letters(model)).toEqual([])
  },
)

test.each(['items', 'items_ever'])(
  '%s: an event whose own rows have one key twice is a dead letter',
  async (model) => {
    await store(
      orderOf('a', 'good', ['x', 'y']),
      orderOf('b', 'doubled', ['x', 'y', 'x']),
      orderOf('c', 'good', ['x']),
    )
    expect(await stored(model)).toEqual(['a x good', 'a y good', 'c x good'])
    expect(await letters(model)).toEqual(['0/1 23505'])
    await store(orderOf('b', 'mended', ['x', 'y']))
    expect(await stored(model)).toContain('b y mended')
  },
)

test('one event may have the same rows with a null key', async () => {
  await store(orderOf('a', 'nulls', [null, null]), orderOf(null, 'no order', ['x', 'x']))
  for (const model of ['items', 'items_ever'])
    expect(await stored(model)).toEqual(['a nulls', 'a nulls', 'x no order', 'x no order'])
})

test('an event without rows is taken, and nothing comes of it', async () => {
  await store(orderOf('a', 'nothing', []), orderOf('b', 'something', ['x']))
  expect(await stored('items')).toEqual(['b x something'])
  expect(await letters('items')).toEqual([])
})

const randomOrder = fc.record({
  id: fc.constantFrom('a', 'b', 'c', null),
  at: fc.constantFrom(january, february),
  items: fc.uniqueArray(fc.constantFrom('u', 'v', 'w', 'x', 'y'), { maxLength: 3 }),
  partition: fc.integer({ min: 0, max: 1 }),
  batch: fc.integer({ min: 1, max: 3 }),
})
type RandomOrder = typeof randomOrder extends fc.Arbitrary<infer Value> ? Value : never

/** What an event table holds after these, one after the other: the rows of an event all or none. */
function oracle(orders: RandomOrder[], isEver: boolean): string[] {
  const keys = new Set<string>()
  return orders.flatMap(({ id, at, items: skus, partition, batch }, index) => {
    const own = skus.map((sku) => `${isEver ? '' : at} ${id} ${sku}`)
    if (id !== null && own.some((key) => keys.has(key))) return []
    if (id !== null) for (const key of own) keys.add(key)
    return skus.map((sku) => [id, sku, `${batch}.${partition}.${index}`].filter(Boolean).join(' '))
  })
}

test('random orders are stored all or none, the first of each key', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(randomOrder, { minLength: 20, maxLength: 60 }), async (given) => {
      await project.rows('savepoint run')
      // as a tick takes them: by batch, and in a batch by partition
      const orders = given.toSorted((a, b) => a.batch - b.batch || a.partition - b.partition)
      const events = orders.map(({ id, at, items: skus, partition, batch }, index) => ({
        partition,
        batch,
        payload: { id, at, items: skus, text: `${batch}.${partition}.${index}` },
      }))
      for (const batch of [1, 2, 3]) await store(...events.filter((event) => event.batch === batch))
      expect((await stored('items')).sort()).toEqual(oracle(orders, false).sort())
      expect((await stored('items_ever')).sort()).toEqual(oracle(orders, true).sort())
      expect(await letters('items')).toEqual([])
      await project.rows('rollback to savepoint run')
    }),
    { numRuns: 15 },
  )
})
