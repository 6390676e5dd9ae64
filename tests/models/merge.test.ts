import fc from 'fast-check'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { differences } from './exact.ts'
import { mergedModels } from './mergedModels.ts'
import { newProject, type Project } from './project.ts'
import { salesFiles, storeAndTick, ticksOf } from './salesEvents.ts'

const names = Object.keys(mergedModels)

let project: Project
beforeAll(async () => {
  const models = Object.entries(mergedModels).map(([name, [grain, select]]) => [
    name,
    `-- Merged.\n-- kind: incremental\n-- grain: ${grain}\n${select}\n`,
  ])
  project = await newProject(salesFiles(Object.fromEntries(models) as Record<string, string>))
  await project.apply()
})
beforeEach(() => project.rows('begin'))
afterEach(() => project.rows('rollback'))

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
        await storeAndTick(project, events)
        expect(await project.rows('select model, error from ops.lagging_models')).toEqual([])
        for (const name of names)
          expect(await differences(project.owner, `gold.${name}`), name).toEqual([])
      }
      await project.rows('rollback to savepoint run')
    }),
    { numRuns: 4, endOnFailure: true },
  )
})

test('the random events leave no model without rows, and none is a dead letter', async () => {
  for (const events of ticksOf(1)) await storeAndTick(project, events)
  for (const name of names)
    expect((await project.rows(`select from gold.${name}`)).length, name).toBeGreaterThan(1)
  expect(await project.rows('select message from ops.dead_letters')).toEqual([])
  const slices = `select count(*)::int as n from ops.slices where model = 'silver.sales'`
  expect(await project.rows(slices)).toEqual([{ n: 5 }])
})

test('a row that new events leave as it is gets no new version', async () => {
  const [events] = ticksOf(3)
  await storeAndTick(project, events!)
  const places = (model: string) => project.rows(`select ctid from store.gold_${model}_v1`)
  const [truths, counts] = [await places('truths'), await places('counts')]
  expect(truths.length).toBeGreaterThan(1)
  await storeAndTick(project, events!)
  expect(await places('truths')).toEqual(truths)
  expect(await places('counts')).not.toEqual(counts)
})

test('a sum that stays equal takes the scale of what is added', async () => {
  const [first] = ticksOf(4)[0]!
  const others = {
    units: undefined,
    points: undefined,
    took: undefined,
    small: undefined,
    price: undefined,
  }
  const sale = (amount: number | '1.00') => ({
    ...first!,
    table: 'sales' as const,
    payload: { ...first!.payload, ...others, shop: 'a' as const, amount },
  })
  await storeAndTick(project, [sale(5)])
  await storeAndTick(project, [sale('1.00'), sale(-1)])
  const sums = await project.rows(`select amount::text from gold.sums where shop = 'a'`)
  expect(sums).toEqual([{ amount: '5.00' }])
})

test('a stored row that is altered, doubled or lost by hand is a difference', async () => {
  for (const events of ticksOf(2)) await storeAndTick(project, events)
  for (const change of [
    `update store.gold_counts_v1 set sales = sales + 1 where shop = 'a'`,
    `delete from store.gold_counts_v1 where shop = 'b'`,
    `insert into store.gold_counts_v1 select shop || '!', sales, with_amount, many from store.gold_counts_v1 where shop = 'a'`,
  ]) {
    await project.rows('savepoint change')
    await project.rows(change)
    expect(await differences(project.owner, 'gold.counts'), change).not.toEqual([])
    await project.rows('rollback to savepoint change')
  }
})
