import type { Incremental } from './compileMerge.ts'
import type { Flat } from './flatten.ts'
import type { Obstacle } from './linear.ts'
import { looseKey } from './looseKeys.ts'
import { columnsOf } from './model.ts'
import { traceScope, type Scope } from './scope.ts'

export interface Choice {
  /** Which outputs, from 0. */
  outputs: number[]
  scope: Scope
}

/** The declared scope; or the column of the grain that bounds best what is read, or where none is possible, of the others. */
export async function chooseScope(flat: Flat, context: Incremental): Promise<Choice | Obstacle> {
  const { model, columns, foreign } = context
  const trace = async (names: string[]): Promise<Choice | Obstacle> => {
    const outputs = names.map((name) => columns.findIndex((column) => column.name === name))
    const array = outputs.find((index) => columns[index]!.type.endsWith('[]'))
    if (array !== undefined) {
      return { reason: `a part can't be an array, as ${columns[array]!.name} is`, place: undefined }
    }
    const strange = outputs.find((index) => foreign.has(columns[index]!.name))
    if (strange !== undefined) {
      const { name, type } = columns[strange]!
      return {
        reason: `a part can't be of ${type}, as ${name} is, whose values are not compared as PostgreSQL's own are`,
        place: undefined,
        hint: 'Make it a text: lower((…)::text), for example.',
      }
    }
    const scope = traceScope(flat, outputs, { ...context, tables: context.inputs })
    if ('reason' in scope) return scope
    return (await looseKey(flat, scope.keys, context.describe)) ?? { outputs, scope }
  }
  const declared = columnsOf(model, 'scope')
  if (declared.length > 0) return trace(declared)

  const traceEach = async (names: string[]) => {
    const traced: (Choice | Obstacle)[] = []
    for (const name of names) traced.push(await trace([name]))
    return traced
  }
  const grain = columnsOf(model, 'grain')
  const ofGrain = await traceEach(grain)
  let possible = ofGrain.filter(isChoice)
  if (possible.length === 0) {
    const names = columns.map(({ name }) => name).filter((name) => !grain.includes(name))
    const others = (await traceEach(names)).filter(isChoice)
    possible = others.filter((one) => [true, false].some((by) => isBounded(one, flat, by)))
  }
  if (possible.length === 0) return ofGrain.find((one) => !isChoice(one))!
  const buckets = possible.filter((one) => isBounded(one, flat, true))
  const keys = possible.filter((one) => isBounded(one, flat, false))
  const [short] = buckets.filter((one) => isShort(one))
  if (short) return short
  if (buckets[0] && keys[0]) {
    const both = [buckets[0], keys[0]].map(({ outputs }) => columns[outputs[0]!]!.name)
    const pair = await trace(both)
    if (!('reason' in pair)) return pair
  }
  return keys[0] ?? buckets[0] ?? possible[0]!
}

const isChoice = (one: Choice | Obstacle): one is Choice => !('reason' in one)

/** Whether every event table is read by its bucket of time, or by another column of its own. */
function isBounded({ scope }: Choice, { occurrences }: Flat, byBucket: boolean): boolean {
  return occurrences.every((_, index) =>
    scope.restrictions.some(
      (one) => one.occurrence === index + 1 && (one.bucket !== undefined) === byBucket,
    ),
  )
}

const isShort = ({ scope }: Choice) =>
  scope.restrictions.every((one) =>
    /'1 (second|minute|hour)'|'\d+ (seconds?|minutes?)'/.test(one.bucket ?? ''),
  )
