import { columnsOf, isRelation, type Model } from './model.ts'
import type { Problem } from './problems.ts'

const order = ['sources', 'routine'] as const

/** Names of the models, of those given, that a model needs before it: relations it reads, functions it calls. */
export function needsOf(model: Model, makers: Map<string, string>): string[] {
  const { relations, calls } = model.structure
  const named = [...relations, ...calls].map(({ schema, name }) => `${schema}.${name}`)
  const needs = [...named, ...columnsOf(model, 'reads')]
    .map((name) => makers.get(name))
    .filter((maker) => maker !== undefined)
    // functions of one file may call each other; a relation that reads itself is a cycle
    .filter((maker) => maker !== model.name || isRelation(model.kind))
  return [...new Set(needs)]
}

/** Which model makes an object: a relation its own, a routine file each function it creates. */
export function makersOf(models: Model[]): Map<string, string> {
  const makers = new Map<string, string>()
  for (const model of models) {
    if (model.kind !== 'routine') makers.set(model.name, model.name)
    for (const { schema, name } of model.structure.creates)
      makers.set(`${schema}.${name}`, model.name)
  }
  return makers
}

/**
 * Models in an order in which each comes after what it needs: the engine's own first, then sources,
 * routines, and relations. A cycle is reported with its path.
 */
export function sortModels(models: Model[], problems: Problem[]): Model[] {
  const byName = new Map(models.map((model) => [model.name, model]))
  const makers = makersOf(models)
  const sorted: Model[] = []
  const state = new Map<string, 'open' | 'done'>()

  const visit = (model: Model, trail: string[]): void => {
    if (state.get(model.name) === 'done') return
    if (state.get(model.name) === 'open') {
      const cycle = [...trail.slice(trail.indexOf(model.name)), model.name].join(' → ')
      const { path, text, bodyOffset } = model
      problems.push({
        path,
        text,
        offset: bodyOffset,
        message: `Models read each other in a cycle: ${cycle}`,
        model: model.name,
      })
      return
    }
    state.set(model.name, 'open')
    for (const need of needsOf(model, makers)) visit(byName.get(need)!, [...trail, model.name])
    state.set(model.name, 'done')
    sorted.push(model)
  }

  const rank = (model: Model) => {
    // a routine that reads an event table comes after it, and that after its sources
    const kind = model.header['reads'] ? -1 : order.findIndex((first) => first === model.kind)
    return (model.schema === 'ops' ? 0 : 10) + (kind < 0 ? order.length : kind)
  }
  const start = [...models].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
  for (const model of start) visit(model, [])
  return sorted
}
