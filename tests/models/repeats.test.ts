import fc from 'fast-check'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { storeEvents, tick, type Event } from './bronzeRows.ts'
import { newProject, type Project } from './project.ts'

const scans = (key: string) => `-- Scans.
-- kind: event
-- key: ${key}
-- time: at
select
  payload ->> 'parcel' as parcel,
  payload ->> 'place' as place,
  payload ->> 'text' as what,
  (payload ->> 'at')::timestamptz as at
from bronze.scans
`
const keys: Record<string, (keyof Scan)[]> = {
  by_parcel: ['parcel'],
  by_parcel_and_place: ['parcel', 'place'],
}

interface Scan {
  /** Of Kafka; of one tick the lower comes first. */
  partition?: number
  parcel: string | null
  place: string | null
  text: string
  at: string
}

let project: Project
beforeAll(async () => {
  const models = Object.entries(keys).map(([name, key]) => [
    `post/silver/${name}.sql`,
    scans(key.join(', ')),
  ])
  project = await newProject({
    'post/sources.sql': `-- Topics.\nselect ops.add_source('scans');\n`,
    ...(Object.fromEntries(models) as Record<string, string>),
  })
  await project.apply()
})
beforeEach(() => project.rows('begin'))
afterEach(() => project.rows('rollback'))

const now = new Date().toISOString()
const lastMonth = new Date(Date.parse(`${now.slice(0, 7)}-01T00:00:00Z`) - 1).toISOString()

async function store(scans: Scan[]): Promise<void> {
  await storeEvents(
    project.owner,
    'scans',
    scans.map(({ partition = 0, ...payload }): Event => ({ partition, payload })),
  )
  await tick(project.owner)
}

const texts = async (model: string) =>
  (await project.rows(`select what from silver.${model}`)).map(({ what }) => what as string).sort()

/** The first of each key and month stays; a key with a null part repeats nothing. */
function expected(scans: Scan[], key: (keyof Scan)[]): string[] {
  const seen = new Set<string>()
  const first = scans.filter((scan) => {
    const parts = key.map((column) => scan[column])
    if (parts.includes(null)) return true
    const name = JSON.stringify([scan.at.slice(0, 7), ...parts])
    return !seen.has(name) && seen.add(name)
  })
  return first.map(({ text }) => text).sort()
}

const scan = (at: fc.Arbitrary<string>) =>
  fc.record({
    parcel: fc.constantFrom('a', 'b', 'c', null),
    place: fc.constantFrom('x', 'y', null),
    at,
    partition: fc.constantFrom(0, 1),
  })
const live = fc.array(scan(fc.constant(now)), { minLength: 1, maxLength: 8 })
const mixed = fc.array(scan(fc.constantFrom(now, lastMonth)), { minLength: 1, maxLength: 8 })

test('the first of each key stays, whether all events are of the month they come in or not', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(live, mixed), { minLength: 1, maxLength: 5 }),
      async (ticks) => {
        await project.rows('savepoint run')
        let no = 0
        const batches = ticks.map((scans) =>
          scans.map((one) => ({ ...one, text: `t${(no += 1)}` })),
        )
        for (const batch of batches) await store(batch)
        const inOrder = batches.flatMap((batch) =>
          batch.toSorted((a, b) => a.partition - b.partition),
        )
        for (const [model, key] of Object.entries(keys))
          expect(await texts(model)).toEqual(expected(inOrder, key))
        await project.rows('rollback to savepoint run')
      },
    ),
    { numRuns: 40, endOnFailure: true },
  )
})
