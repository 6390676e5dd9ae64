import fc from 'fast-check'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { storeEvents, tick, type Event } from './bronzeRows.ts'
import { differences } from './exact.ts'
import { eventModels, mergedModels } from './mergedModels.ts'
import { newProject, type Project } from './project.ts'

const names = Object.keys(mergedModels)

let project: Project
beforeAll(async () => {
  project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('sales');\nselect ops.add_source('returns');\n`,
    ...filesOf('silver', eventModels),
    ...filesOf(
      'gold',
      Object.fromEntries(
        Object.entries(mergedModels).map(([name, [grain, select]]) => [
          name,
          `-- Merged.\n-- kind: incremental\n-- grain: ${grain}\n${select}\n`,
        ]),
      ),
    ),
  })
  await project.apply()
})
beforeEach(() => project.rows('begin'))
afterEach(() => project.rows('rollback'))

const filesOf = (schema: string, texts: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [`shop/${schema}/${name}.sql`, text]),
  )

const mostly = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { freq: 6, nil: undefined })
const amount = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -5_000, max: 5_000 }).map((cents) => cents / 100) },
  fc.constantFrom('1e30', '-1e30', '0.000000000000000000001', '1.00', '1.0', '0'),
)
const sale = fc.record({
  shop: mostly(fc.constantFrom('a', 'b', 'c', '', 'Ω')),
  city: mostly(fc.constantFrom('paris', 'london', 'ürümqi')),
  name: mostly(fc.constantFrom('ann', 'Ann', 'bob', '', '日本', '🫖', 'zoë')),
  units: mostly(fc.integer({ min: -3, max: 5 })),
  points: mostly(fc.constantFrom(0, 1, '9223372036854775807', '-9223372036854775808')),
  small: mostly(fc.constantFrom(1, 2, 32767, -32768)),
  weight: mostly(fc.constantFrom(0.1, 0.2, 1e300, -1e-300, 'NaN', 'Infinity')),
  amount: mostly(amount),
  price: mostly(fc.integer({ min: 0, max: 100_000 }).map((cents) => cents / 100)),
  took: mostly(
    fc.constantFrom('1 second', '24 hours', '1 day', '1 month -3 days', '-00:00:00.000001'),
  ),
  day: mostly(fc.constantFrom('2026-03-01', '2024-02-29', '0044-03-15 BC')),
  paid: mostly(fc.boolean()),
  tags: mostly(fc.array(fc.constantFrom('x', 'y', null), { maxLength: 3 })),
  parts: fc.array(fc.record({ sku: mostly(fc.constantFrom('p', 'q')), n: mostly(fc.nat(9)) }), {
    maxLength: 3,
  }),
})
const event = fc.record({
  table: fc.constantFrom('sales', 'sales', 'sales', 'returns'),
  minute: fc.integer({ min: 0, max: 60 * 24 * 3 }),
  partition: fc.integer({ min: 0, max: 1 }),
  payload: sale,
})
const ticks = fc.array(fc.array(event, { minLength: 5, maxLength: 80, size: 'max' }), {
  minLength: 5,
  maxLength: 5,
})
/** Five ticks of events. A failure prints just this number. */
const ticksOf = (seed: number) => fc.sample(ticks, { numRuns: 1, seed })[0]!

async function store(events: (typeof event extends fc.Arbitrary<infer Value> ? Value : never)[]) {
  for (const table of ['sales', 'returns']) {
    const given = events.filter((one) => one.table === table)
    await storeEvents(
      project.owner,
      table,
      given.map(({ minute, partition, payload }): Event => {
        const at = new Date(Date.parse('2026-02-27T22:30:00Z') + minute * 60_000).toISOString()
        return { at, partition, payload }
      }),
    )
  }
  await tick(project.owner)
}

test('every one of these models is merged', async () => {
  const { rows } = await project.owner.query(
    `select object_name from ops.models where kind = 'incremental' and strategy <> 'merge'`,
  )
  expect(rows).toEqual([])
})

test('after each of five ticks of random events each model is what its file says, over all of silver', async () => {
  await fc.assert(
    fc.asyncProperty(fc.noBias(fc.integer()), async (seed) => {
      await project.rows('savepoint run')
      for (const events of ticksOf(seed)) {
        await store(events)
        for (const name of names)
          expect(await differences(project.owner, `gold.${name}`), name).toEqual([])
      }
      expect(await project.rows('select model, error from ops.lagging_models')).toEqual([])
      await project.rows('rollback to savepoint run')
    }),
    { numRuns: 4, endOnFailure: true },
  )
})

test('the random events leave no model without rows, and none is a dead letter', async () => {
  for (const events of ticksOf(1)) await store(events)
  for (const name of names)
    expect((await project.rows(`select from gold.${name}`)).length, name).toBeGreaterThan(1)
  expect(await project.rows('select message from ops.dead_letters')).toEqual([])
  const slices = `select count(*)::int as n from ops.slices where model = 'silver.sales'`
  expect(await project.rows(slices)).toEqual([{ n: 5 }])
})

test('a stored row that is altered, doubled or lost by hand is a difference', async () => {
  for (const events of ticksOf(2)) await store(events)
  for (const change of [
    `update store.gold_counts_v1 set sales = sales + 1 where shop = 'a'`,
    `delete from store.gold_counts_v1 where shop = 'b'`,
    `insert into store.gold_counts_v1 select shop || '!', sales, with_amount, many from store.gold_counts_v1`,
  ]) {
    await project.rows('savepoint change')
    await project.rows(change)
    expect(await differences(project.owner, 'gold.counts'), change).not.toEqual([])
    await project.rows('rollback to savepoint change')
  }
})
