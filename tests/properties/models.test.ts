import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { storeEvents } from '../models/bronzeRows.ts'
import { newProject, type Project } from '../models/project.ts'
import { randomEvents } from './randomEvents.ts'
import { randomModel, type RandomModel } from './randomModels.ts'

/**
 * Random models over random events in random batches: at rest, and at every tick at which a model is level, it
 * holds what its own text gives. PROPERTY_WORLDS sets how many databases of models are tried, PROPERTY_SEED from where.
 */
const worlds = Number(process.env.PROPERTY_WORLDS ?? 4)
const modelsPerWorld = 55
const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31)

const sources = `-- Topics.\nselect ops.add_source('a');\nselect ops.add_source('b');\n`
const eventModel = (table: string) => `-- Events.
-- kind: event
-- key: id
-- time: at
select
  (payload ->> 'id')::int as id,
  payload ->> 'k' as k,
  payload ->> 'g' as g,
  (payload ->> 'n')::numeric as n,
  (payload ->> 'i')::int as i,
  (payload ->> 'f')::boolean as f,
  (payload ->> 'at')::timestamptz as at,
  array(select jsonb_array_elements_text(nullif(payload -> 'tags', 'null'))) as tags
from bronze.${table}
`

interface Case extends RandomModel {
  name: string
  strategy: string
  rows: number
}

const cases: Case[] = []
const refused: RandomModel[] = []
const counts: { events: number; slices: number; comparisons: number }[] = []

beforeAll(() => {
  console.log(`Random models: seed ${seed}, ${worlds} worlds (PROPERTY_SEED, PROPERTY_WORLDS).`)
})

test.for(Array.from({ length: worlds }, (_, index) => index))(
  'models of world %i are what their own text gives, whenever they are level',
  { timeout: 600_000 },
  async (world) => {
    const random = new World(seed + world)
    const models = random.sample(randomModel, modelsPerWorld)
    const project = await newProject({
      'w/sources.sql': sources,
      'w/silver/a.sql': eventModel('a'),
      'w/silver/b.sql': eventModel('b'),
    })
    const [early, late] = [models.slice(0, 40), models.slice(40)]
    const accepted = await addModels(project, early, 0)
    let [nextId, comparisons] = [0, 0]

    for (let round = 0; round < 6; round += 1) {
      // a model that is added in the middle catches up in pieces, beside ticks
      if (round === 3) accepted.push(...(await addModels(project, late, early.length)))
      for (const table of random.shuffled(['a', 'b', 'a'])) {
        const [events] = random.sample(randomEvents(nextId), 1)
        nextId += 120
        await storeEvents(project.owner, table, events!)
        if (random.chance(0.3)) await project.rows('select ops.tick()')
      }
      await takeOut(project, random.shuffled(accepted).slice(0, 4))
      await stepAlone(project, random)
      await fillAnew(project, random.shuffled(accepted).slice(0, 8))
      await project.rows('select ops.tick()')
      comparisons += await expectExact(project, accepted)
    }
    await settle(project)
    expect(await expectExact(project, accepted)).toBe(accepted.length)
    const [figures] = await project.rows<{ events: string; slices: string }>(
      `select sum(row_count) as events, count(*) as slices from ops.slices`,
    )
    counts.push({ events: Number(figures!.events), slices: Number(figures!.slices), comparisons })
    cases.push(...(await described(project, accepted)))
    await project.database.drop()
  },
)

afterAll(() => {
  if (cases.length === 0) return
  const share = (count: number, of: number) => `${((100 * count) / of).toFixed(0)} %`
  const by = (strategy: string) => cases.filter((one) => one.strategy === strategy).length
  const filled = cases.filter((one) => one.rows > 0).length
  const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!
  const all = cases.length + refused.length
  console.log(
    `${all} models: ${cases.length} accepted (${share(cases.length, all)}), ${by('merge')} merge, ${by('append')} append, ` +
      `${by('regroup')} regroup; ${share(filled, cases.length)} with rows; median of ${median(counts.map((one) => one.events))} ` +
      `events in ${median(counts.map((one) => one.slices))} slices; ${counts.reduce((sum, one) => sum + one.comparisons, 0)} comparisons on the way`,
  )
  // the run must be worth something
  expect(cases.length / all).toBeGreaterThanOrEqual(0.8)
  expect(filled / cases.length).toBeGreaterThanOrEqual(0.9)
  expect(median(counts.map((one) => one.events))).toBeGreaterThanOrEqual(500)
  expect(median(counts.map((one) => one.slices))).toBeGreaterThanOrEqual(5)
  expect(cases.length).toBeGreaterThanOrEqual(40 * worlds)
  if (worlds >= 4) {
    for (const strategy of ['merge', 'append', 'regroup'])
      expect(by(strategy)).toBeGreaterThanOrEqual(20)
  }
})

/** Choices that follow from one seed. */
class World {
  #seed: number
  constructor(seed: number) {
    this.#seed = seed
  }
  sample<T>(arbitrary: fc.Arbitrary<T>, count: number): T[] {
    this.#seed += 1
    return fc.sample(arbitrary, { numRuns: count, seed: this.#seed })
  }
  chance(probability: number): boolean {
    return this.sample(fc.double({ min: 0, max: 1, noNaN: true }), 1)[0]! < probability
  }
  shuffled<T>(items: T[]): T[] {
    return this.sample(fc.shuffledSubarray(items, { minLength: items.length }), 1)[0]!
  }
}

interface Named extends RandomModel {
  name: string
}

/** Applies models, without those that are refused. */
async function addModels(project: Project, models: RandomModel[], from: number): Promise<Named[]> {
  const named = models.map((model, index) => ({ ...model, name: `m${from + index}` }))
  const file = ({ name }: Named) => `w/gold/${name}.sql`
  project.write(
    Object.fromEntries(
      named.map((model) => {
        const header = [`grain: ${model.grain.join(', ')}`, ...model.header]
        const lines = header.map((line) => `-- ${line}\n`).join('')
        return [file(model), `-- ${model.form}.\n-- kind: incremental\n${lines}${model.select}\n`]
      }),
    ),
  )
  let accepted = named
  const complaint = await project.complaint().catch((error: unknown) => {
    if (error instanceof Error && error.message.startsWith('It was applied')) return ''
    throw error
  })
  if (complaint) {
    accepted = named.filter((model) => !complaint.includes(`${file(model)}:`))
    const rejected = named.filter((model) => !accepted.includes(model))
    refused.push(...rejected)
    project.write(Object.fromEntries(rejected.map((model) => [file(model), null])))
    await project.apply()
  }
  return accepted
}

/** Some models fall behind, as after a fault. */
async function takeOut(project: Project, models: Named[]): Promise<void> {
  await project.rows(
    `update ops.model_states
    set is_live = false, retry_at = 'infinity'
    where model = any ($1) and is_live`,
    [models.map(({ name }) => `gold.${name}`)],
  )
}

/** Models that are behind come on by small steps, the newest first; then some of them may tick again. */
async function stepAlone(project: Project, random: World): Promise<void> {
  const behind = await project.rows<{ model: string }>(
    'select model from ops.stored_models where not is_live order by model',
  )
  for (const { model } of random.shuffled(behind)) {
    await project.rows('select ops.run_model($1, p_rows => 40)', [model])
  }
  await project.rows(
    `update ops.model_states set retry_at = null where not is_live and hashtext(model || $1) % 2 = 0`,
    [String(random.sample(fc.nat(), 1)[0])],
  )
}

/** Some models are filled from all that is stored, as changed ones are. */
async function fillAnew(project: Project, models: Named[]): Promise<void> {
  const indexes = `select indexdef, reloptions from pg_indexes
    join pg_class on pg_class.oid = format('%I.%I', schemaname, tablename)::regclass
    where format('%I.%I', schemaname, tablename) = any ($1)
    order by 1`
  for (const model of models.map(({ name }) => `gold.${name}`)) {
    const tables = await project.rows<{ name: string }>(
      `select substr(identity, 7) as name from ops.store_objects($1, 1) where identity like 'table %'`,
      [model],
    )
    const names = tables.map(({ name }) => name)
    const before = await project.rows(indexes, [names])
    await project.rows(`truncate ${names.join(', ')}`)
    await project.rows('delete from ops.model_progress where model = $1', [model])
    await project.rows('update ops.model_states set is_live = false where model = $1', [model])
    await project.rows('select ops.rebuild_model($1)', [model])
    expect(await project.rows(indexes, [names])).toEqual(before)
  }
}

async function settle(project: Project): Promise<void> {
  await project.rows('update ops.model_states set retry_at = null')
  for (let events = 1; events > 0;) {
    const [row] = await project.rows<{ events: string }>('select ops.tick() as events')
    events = Number(row!.events)
  }
  expect(await project.rows('select model, error from ops.lagging_models')).toEqual([])
}

/** Compares every model that has applied all slices; returns how many there were. */
async function expectExact(project: Project, models: Named[]): Promise<number> {
  const errors = await project.rows(
    'select model, error from ops.stored_models where error is not null',
  )
  expect(errors).toEqual([])
  const level = await project.rows<{ model: string }>(
    `select model
    from ops.stored_models
    where model not in (select model from ops.lagging_models)`,
  )
  let compared = 0
  for (const { name, form, select } of models) {
    if (!level.some(({ model }) => model === `gold.${name}`)) continue
    const [differences] = await project.rows<{ extra: string; missing: string }>(
      `select
        (select count(*) from (table gold.${name} except all (${select})) as extra) as extra,
        (select count(*) from ((${select}) except all table gold.${name}) as missing) as missing`,
    )
    if (differences!.extra !== '0' || differences!.missing !== '0') {
      // the rows themselves, since the select may be long
      const rows = await project.rows(
        `(select '+' as side, stored::text as row from (table gold.${name} except all (${select})) as stored)
        union all
        (select '-', defined::text from ((${select}) except all table gold.${name}) as defined)`,
      )
      console.log(select, rows)
    }
    expect({ form, select, seed, ...differences }).toEqual({
      form,
      select,
      seed,
      extra: '0',
      missing: '0',
    })
    compared += 1
  }
  return compared
}

async function described(project: Project, models: Named[]): Promise<Case[]> {
  const described: Case[] = []
  for (const model of models) {
    const [row] = await project.rows<{ strategy: string; rows: string }>(
      `select strategy, (select count(*) from gold.${model.name}) as rows from ops.models where model = $1`,
      [`gold.${model.name}`],
    )
    described.push({ ...model, strategy: row!.strategy, rows: Number(row!.rows) })
  }
  return described
}
