import fc from 'fast-check'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { differences } from './exact.ts'
import { newProject, type Project } from './project.ts'
import { regroupedModels } from './regroupedModels.ts'
import { salesFiles, storeAndTick, ticksOf, type SalesEvent } from './salesEvents.ts'

const names = Object.keys(regroupedModels)

let project: Project
beforeAll(async () => {
  const models = Object.entries(regroupedModels).map(([name, [, header, select]]) => [
    name,
    `-- Computed anew.\n-- kind: incremental\n${header}\n${select}\n`,
  ])
  project = await newProject(salesFiles(Object.fromEntries(models) as Record<string, string>))
  await project.apply()
})
beforeEach(() => project.rows('begin'))
afterEach(() => project.rows('rollback'))

test('each of these models is kept current as it is meant to be', async () => {
  const { rows } = await project.owner.query<{ name: string; strategy: string }>(
    `select object_name as name, strategy from ops.models where kind = 'incremental'`,
  )
  expect(Object.fromEntries(rows.map(({ name, strategy }) => [name, strategy]))).toEqual(
    Object.fromEntries(
      Object.entries(regroupedModels).map(([name, [strategy]]) => [name, strategy]),
    ),
  )
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

test('with reach, rows of a part that overlap, one the next, are computed anew together', async () => {
  const anySale = ticksOf(1)[0]![0]!.payload
  const event = (table: SalesEvent['table'], minute: number): SalesEvent => ({
    table,
    minute,
    partition: 0,
    payload: { ...anySale, shop: 'a' },
  })
  // three hours, each with a return that comes after the next has begun
  const sales = [20, 40, 85, 95, 145].map((minute) => event('sales', minute))
  const returns = [45, 100, 160].map((minute) => event('returns', minute))
  await storeAndTick(project, [...sales, ...returns])
  await storeAndTick(project, [event('sales', 10)])
  expect(await project.rows('select model, error from ops.lagging_models')).toEqual([])
  expect(await differences(project.owner, 'gold.overlapping_hours')).toEqual([])
})

test('the random events leave no model without rows', async () => {
  for (const events of ticksOf(1)) await storeAndTick(project, events)
  for (const name of names)
    expect((await project.rows(`select from gold.${name}`)).length, name).toBeGreaterThan(0)
})
