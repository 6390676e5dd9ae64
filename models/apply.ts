import type pg from 'pg'
import { applyRelation } from './applyRelation.ts'
import { applyStatements } from './applyStatements.ts'
import { checkShape } from './checkModel.ts'
import { makersOf, needsOf, sortModels } from './graph.ts'
import { LocatedError } from './locatedQuery.ts'
import { isRelation, type Model } from './model.ts'
import { failOn, type Problem } from './problems.ts'
import { readViews } from './readViews.ts'
import { dropModel, readStored, recordModel, type StoredModel } from './stored.ts'

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

interface Run {
  client: pg.ClientBase
  options: ApplyOptions
  stored: Map<string, StoredModel>
  /** Models to be made again, with the reason: something below them changed its columns. */
  rebuild: Map<string, string>
  failed: Set<string>
  problems: Problem[]
  changes: Change[]
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
      stored,
      rebuild: new Map(),
      failed: new Set(problems.flatMap(({ model }) => model ?? [])),
      problems,
      changes: [],
    }
    const makers = makersOf(inScope)
    for (const model of inScope) await applyOne(run, model, needsOf(model, makers))
    await handleGone(run, new Set(models.map((model) => model.name)))
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
    const routines = await make(run, model, rebuilt ? undefined : stored)
    if (problems.length === found) await recordModel(client, model, stored, routines)
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

async function make(run: Run, model: Model, existing: StoredModel | undefined): Promise<string[]> {
  const { client, problems, options } = run
  if (!isRelation(model.kind)) return applyStatements(client, model, existing)
  const dropReaders = (stored: StoredModel) => dropWithReaders(run, model, stored)
  await applyRelation(
    { client, problems, planOnly: options.planOnly, dropWithReaders: dropReaders },
    model,
    existing,
  )
  return []
}

/** Drops a relation and, before it, all models that read it; those are made again when their turn comes. */
async function dropWithReaders(run: Run, changed: Model, dropped: StoredModel): Promise<void> {
  for (const reader of run.stored.values()) {
    if (!reader.dependsOn.includes(dropped.name) || run.rebuild.has(reader.name)) continue
    run.rebuild.set(reader.name, `${changed.name} below it changed its columns`)
    await dropWithReaders(run, changed, reader)
  }
  await dropModel(run.client, dropped, changed)
}

async function handleGone(run: Run, present: Set<string>): Promise<void> {
  const gone = [...run.stored.values()].filter(
    (stored) => !present.has(stored.name) && (!run.options.opsOnly || stored.schema === 'ops'),
  )
  for (const stored of gone.reverse()) {
    const { name, path, kind } = stored
    // the engine's own objects go with their file: nobody else makes any
    const drops = run.options.prune || stored.schema === 'ops'
    if (drops) await dropModel(run.client, stored, undefined)
    const reason = drops ? 'its file is gone' : 'its file is gone; dropped only with --prune'
    run.changes.push({ model: name, path, kind, action: drops ? 'drop' : 'gone', reason })
  }
}
