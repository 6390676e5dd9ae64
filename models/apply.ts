import type pg from 'pg'
import { applyRelation } from './applyRelation.ts'
import { applyStatements } from './applyStatements.ts'
import { checkShape } from './checkModel.ts'
import { dropRoutine, dropWithReaders, handleGone } from './drop.ts'
import { giveBack } from './grants.ts'
import { makersOf, needsOf, sortModels } from './graph.ts'
import { LocatedError } from './locatedQuery.ts'
import { isRelation, type Model } from './model.ts'
import { failOn, type Problem } from './problems.ts'
import { readViews } from './readViews.ts'
import type { Run } from './run.ts'
import { newestBelow, readStored, recordModel, type StoredModel } from './stored.ts'

export interface Change {
  model: string
  path: string
  kind: string
  action: 'create' | 'replace' | 'rebuild' | 'drop' | 'gone'
  reason: string
}

export interface ApplyOptions {
  /** Folders of views, the package's own first. */
  folders: string[]
  /** Only find out: everything is tried on the server and rolled back. */
  planOnly: boolean
  /** Drop models whose file is gone. */
  prune: boolean
  /** Only the engine's own objects, in schema ops. */
  opsOnly: boolean
}

/**
 * Makes the database's models what the files say, in one transaction: all of it or nothing.
 * Unchanged models are not touched. Returns what was (or, with planOnly, would be) changed, in order.
 * Throws a UserError that names every mistake with file, line and column.
 */
export async function applyModels(client: pg.ClientBase, options: ApplyOptions): Promise<Change[]> {
  const problems: Problem[] = []
  const models = await readViews(options.folders, problems)
  for (const model of models) checkShape(model, problems)
  const sorted = sortModels(models, problems)
  const inScope = sorted.filter((model) => !options.opsOnly || model.schema === 'ops')

  await client.query('begin')
  try {
    await prepare(client)
    const stored = await readStored(client)
    const run: Run = {
      client,
      options,
      present: new Set(models.map((model) => model.name)),
      stored,
      rebuild: new Map(),
      grants: new Map(),
      failed: new Set(problems.flatMap(({ model }) => model ?? [])),
      problems,
      changes: [],
    }
    const makers = makersOf(inScope)
    for (const model of inScope) await applyOne(run, model, needsOf(model, makers))
    await handleGone(run)
    failOn(problems)
    await client.query(options.planOnly ? 'rollback' : 'commit')
    return run.changes
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

async function prepare(client: pg.ClientBase): Promise<void> {
  await client.query('set local role sluice_owner')
  await client.query('set local search_path = pg_catalog, pg_temp')
  await client.query(`set local timezone = 'UTC'`)
  // routines may name each other and relations that come later
  await client.query('set local check_function_bodies = off')
  await client.query(`select pg_advisory_xact_lock(hashtext('sluice models'))`)
}

async function applyOne(run: Run, model: Model, needs: string[]): Promise<void> {
  const { client, problems } = run
  const stored = run.stored.get(model.name)
  const rebuilt = run.rebuild.get(model.name)
  if (stored && !rebuilt && stored.checksum === model.checksum) return
  // a mistake is told once, not again for all that reads the model
  const named = [...model.structure.relations, ...model.structure.calls]
  const below = [model.name, ...needs, ...named.map(({ schema, name }) => `${schema}.${name}`)]
  if (below.some((name) => run.failed.has(name))) {
    run.failed.add(model.name)
    return
  }
  const found = problems.length
  await client.query('savepoint model')
  try {
    const newest = model.kind === 'materialized' ? await newestBelow(client, model) : null
    const routines = await make(run, model)
    const stale = stored?.objects.filter((object) => !routines.includes(object)) ?? []
    for (const object of stale) await dropRoutine(run, model, object)
    if (problems.length === found) {
      run.stored.set(model.name, await recordModel(client, model, stored, routines, newest))
      await giveBack(client, run.grants, model.name)
    }
  } catch (error) {
    if (!(error instanceof LocatedError)) throw error
    problems.push(error.problem)
  }
  if (problems.length > found) {
    await client.query('rollback to savepoint model')
    run.failed.add(model.name)
    return
  }
  await client.query('release savepoint model')
  const action = rebuilt ? 'rebuild' : stored ? 'replace' : 'create'
  const reason = rebuilt ?? (stored ? 'its file changed' : 'new')
  run.changes.push({ model: model.name, path: model.path, kind: model.kind, action, reason })
}

/** Returns the functions and procedures that the model made. */
async function make(run: Run, model: Model): Promise<string[]> {
  const { client, problems, options } = run
  const stored = run.stored.get(model.name)
  // what is to be rebuilt was dropped when something below it changed
  const existing = run.rebuild.has(model.name) ? undefined : stored
  if (!isRelation(model.kind)) {
    if (existing && isRelation(existing.kind)) await dropWithReaders(run, model, existing)
    return applyStatements(run, model, existing)
  }
  const context = {
    client,
    problems,
    planOnly: options.planOnly,
    wasMaterialized: stored?.kind === 'materialized',
    dropWithReaders: (dropped: StoredModel) => dropWithReaders(run, model, dropped),
  }
  await applyRelation(context, model, existing)
  return []
}
