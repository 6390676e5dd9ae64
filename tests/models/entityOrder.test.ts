import fc from 'fast-check'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { lettersOf, storeEvents, tick, type Event } from './bronzeRows.ts'
import { newProject, type Project } from './project.ts'

const text = (header: string) => `-- Goods.
-- kind: entity
-- key: good_id
${header}select
  payload ->> 'id' as good_id,
  payload ->> 'name' as name,
  (payload ->> 'revision')::int as revision
from bronze.goods
`
const headers = {
  by_time: '',
  deleted: '-- delete: tombstone\n',
  by_version: '-- version: revision\n',
  deleted_by_version: '-- version: revision\n-- delete: tombstone\n',
}
type ModelName = keyof typeof headers
const models = Object.keys(headers) as ModelName[]

let project: Project
beforeAll(async () => {
  const files = models.map((name) => [`shop/silver/${name}.sql`, text(headers[name])])
  project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('goods');\n`,
    ...(Object.fromEntries(files) as Record<string, string>),
  })
  await project.apply()
})
beforeEach(() => project.rows('begin'))
afterEach(() => project.rows('rollback'))

/** An entry at its place in the log; without a name it is a tombstone. */
interface Entry {
  id: string
  name: string | null
  revision: number | null
  at: string
  partition: number
  offset: number
}

const entries = fc
  .array(
    fc.record({
      id: fc.constantFrom('a', 'b', 'ç'),
      isDeleted: fc.boolean(),
      revision: fc.option(fc.integer({ min: -2, max: 3 }), { freq: 8 }),
      second: fc.integer({ min: 0, max: 5 }),
      partition: fc.integer({ min: 0, max: 2 }),
    }),
    { minLength: 5, maxLength: 40 },
  )
  .map((list) =>
    list.map(({ id, isDeleted, revision, second, partition }, index): Entry => {
      const at = `2026-03-01T10:00:0${second}.000Z`
      const name = isDeleted ? null : `${id} ${index}`
      return { id, name, revision, at, partition, offset: index }
    }),
  )

const eventOf = ({ id, name, revision, at, partition, offset }: Entry): Event => ({
  ...{ at, partition, offset, key: id, batch: offset },
  payload: name === null ? null : { id, name, revision },
})

const isDeletedBy = (model: ModelName) => model.startsWith('deleted')
const isVersioned = (model: ModelName) => model.endsWith('by_version')
const isBad = (model: ModelName, entry: Entry) =>
  isVersioned(model) && entry.name !== null && entry.revision === null

/** The current entries, by looking for the greatest of each: no order of arrival is known here. */
function oracle(model: ModelName, given: Entry[]): string[] {
  const rank = (entry: Entry) => [
    ...(isVersioned(model)
      ? [entry.name === null ? 1 : 0, entry.name === null ? 0 : entry.revision!]
      : []),
    ...[Date.parse(entry.at), entry.partition, entry.offset],
  ]
  const isGreater = (one: Entry, other: Entry) => {
    const [left, right] = [rank(one), rank(other)]
    const index = left.findIndex((value, place) => value !== right[place])
    return index >= 0 && left[index]! > right[index]!
  }
  const newest = new Map<string, Entry>()
  for (const entry of given) {
    if (isBad(model, entry) || (entry.name === null && !isDeletedBy(model))) continue
    const known = newest.get(entry.id)
    if (!known || isGreater(entry, known)) newest.set(entry.id, entry)
  }
  return [...newest.values()].flatMap(({ name }) => name ?? []).sort()
}

async function shown(model: ModelName): Promise<string[]> {
  const rows = await project.rows<{ name: string }>(`select name from silver.${model}`)
  return rows.map(({ name }) => name).sort()
}

/** Has a model take single batches, in any order. */
async function take(model: ModelName, list: Entry[]): Promise<void> {
  for (const { partition, offset } of list) {
    await project.rows(
      `select ops.take_batches(
        ops.find_model($1),
        array[row(
          source_id, generation, kafka_partition, batch_no, batch_no, first_offset, last_offset, stored_at,
          stored_at, row_count
        )::ops.batch_range]
      )
      from ops.batches
      where kafka_partition = $2 and first_offset = $3`,
      [`silver.${model}`, partition, offset],
    )
  }
}

describe.each(models)('%s: the newest entry of each key is shown', (model) => {
  test('whatever order batches come in', async () => {
    await fc.assert(
      fc.asyncProperty(
        entries.chain((list) =>
          fc.tuple(
            fc.constant(list),
            fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
          ),
        ),
        async ([given, arriving]) => {
          await project.rows('savepoint run')
          await storeEvents(project.owner, 'goods', given.map(eventOf))
          await take(model, arriving)
          expect(await shown(model)).toEqual(oracle(model, given))
          await project.rows('rollback to savepoint run')
        },
      ),
      { numRuns: 10 },
    )
  })

  test('in ticks of any size, and entries without a version are dead letters', async () => {
    await fc.assert(
      fc.asyncProperty(entries, fc.array(fc.integer({ min: 1, max: 15 })), async (given, sizes) => {
        await project.rows('savepoint run')
        const wanted = [...sizes]
        for (let rest = given; rest.length > 0;) {
          const size = wanted.shift() ?? rest.length
          await storeEvents(project.owner, 'goods', rest.slice(0, size).map(eventOf))
          await tick(project.owner)
          rest = rest.slice(size)
        }
        expect(await shown(model)).toEqual(oracle(model, given))
        const bad = given.filter((entry) => isBad(model, entry))
        expect((await lettersOf(project.owner, `silver.${model}`)).sort()).toEqual(
          bad.map(({ partition, offset }) => `${partition}/${offset} 23502`).sort(),
        )
        await project.rows('rollback to savepoint run')
      }),
      { numRuns: 8 },
    )
  })
})
