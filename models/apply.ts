import { isDeepStrictEqual } from 'node:util'
import pg from 'pg'
import { applyRelation } from './applyRelation.ts'
import { applyStatements } from './applyStatements.ts'
import { makeRoutineState } from './applyTable.ts'
import { isSame, parseSelect, parseStatements } from './ast.ts'
import { checkShape } from './checkModel.ts'
import { dropRoutine, dropWithReaders, handleGone } from './drop.ts'
import { giveBack } from './grants.ts'
import { makersOf, needsOf, sortModels } from './graph.ts'
import { makeIndex, makeIndexAside, type EventIndex } from './indexes.ts'
import { LocatedError } from './locatedQuery.ts'
import {
  isLockTimeout,
  keepTicksOut,
  usualPatienceMs,
  waitFor,
  withPatience,
} from './lockPatience.ts'
import { isRelation, isTable, type Model } from './model.ts'
import { failOn, type Problem } from './problems.ts'
import { readViews } from './readViews.ts'
import type { Run } from './run.ts'
import {
  dataBelow,
  dropStoreVersions,
  headerOf,
  nextStoreVersion,
  readStored,
  recordModel,
  type Made,
  type StoredModel,
} from './stored.ts'
import { storeName } from './storeNames.ts'

export interface Change {
  model: string
  path: string
  kind: string
  action: 'create' | 'replace' | 'rebuild' | 'drop' | 'gone'
  reason: string
  /** How an incremental model is kept current, and why so: `merge: …`. */
  strategy?: string
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
  /** For how long locks that others hold are tried again; default: a minute. */
  patienceMs?: number
}

/**
 * Makes the database's models what the files say, in one transaction: all of it or nothing.
 * Unchanged models are not touched. Returns what was (or, with planOnly, would be) changed, in order.
 * Indexes that new models need on large tables are made before it, while ticks go on. What others hold is waited for
 * without holding them up: all is undone meanwhile.
 * Throws a UserError that names every mistake with file, line and column, or who holds what is to be locked.
 */
export async function applyModels(client: pg.ClientBase, options: ApplyOptions): Promise<Change[]> {
  const problems: Problem[] = []
  const models = await readViews(options.folders, problems)
  for (const model of models) checkShape(model, problems)
  const sorted = sortModels(models, problems)
  const inScope = sorted.filter((model) => !options.opsOnly || model.schema === 'ops')
  const present = new Set(models.map((model) => model.name))
  const at = { place: '' }
  let locksFirst: number[] | undefined
  for (;;) {
    const given = { client, options, present, at, locksFirst }
    const { changes, indexesAside, mustFill, locked } = await withPatience(
      client,
      options.patienceMs ?? usualPatienceMs,
      () => tryAll({ ...given, problems: [...problems] }, inScope),
      () => at.place,
    )
    if (options.planOnly || (indexesAside.length === 0 && !mustFill)) return changes
    locksFirst = locked
    await client.query('set role sluice_owner')
    for (const index of indexesAside) await makeIndexAside(client, index)
    await client.query('reset role')
  }
}

/** Commits nothing where indexes are to be made aside, or tables to be filled. */
async function tryAll(
  given: Pick<Run, 'client' | 'options' | 'present' | 'problems' | 'at' | 'locksFirst'>,
  inScope: Model[],
): Promise<Run & { locked: number[] }> {
  const { client, options, problems } = given
  await client.query('begin')
  try {
    await prepare(client)
    await waitFor(client, options.opsOnly ? 'engine' : 'readers')
    const run: Run = {
      ...given,
      ticksAreOut: false,
      mustFill: false,
      stored: await readStored(client),
      rebuild: new Map(),
      renew: new Map(),
      changedFunctions: new Set(),
      grants: new Map(),
      newTables: new Set(),
      indexesAside: [],
      failed: new Set(problems.flatMap(({ model }) => model ?? [])),
      changes: [],
    }
    await lockFirst(run)
    const makers = makersOf(inScope)
    for (const model of inScope) await applyOne(run, model, needsOf(model, makers))
    await handleGone(run)
    failOn(problems)
    if (!options.opsOnly && willStay(run)) {
      await keepTicksOut(run)
      await client.query('select ops.assign_tick_groups()')
      await client.query('select ops.make_partitions_ahead()')
    }
    const locked = run.mustFill ? await lockedRelations(client) : []
    await client.query(willStay(run) ? 'commit' : 'rollback')
    return { ...run, locked }
  } catch (error) {
    // of a lost connection the first error tells why
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

const willStay = ({ options, indexesAside, mustFill }: Run) =>
  !options.planOnly && indexesAside.length === 0 && !mustFill

async function prepare(client: pg.ClientBase): Promise<void> {
  await client.query('set local role sluice_owner')
  await client.query('set local search_path = pg_catalog, pg_temp')
  await client.query(`set local timezone = 'UTC'`)
  // routines may name each other and relations that come later
  await client.query('set local check_function_bodies = off')
  // all ticks wait for us: a process that was stopped in between is given up before anybody is behind for a minute
  await client.query(`set local idle_in_transaction_session_timeout = '30s'`)
  await client.query(`select pg_advisory_xact_lock(hashtext('sluice models'))`)
}

/** What this transaction has locked against readers. */
async function lockedRelations(client: pg.ClientBase): Promise<number[]> {
  const { rows } = await client.query<{ relation: number }>(
    `select distinct relation from pg_locks where pid = pg_backend_pid() and mode = 'AccessExclusiveLock'`,
  )
  return rows.map(({ relation }) => relation)
}

/** Locks what will be changed before anything else is done: what takes long is not in vain for want of a lock. */
async function lockFirst(run: Run) {
  const { client, at, locksFirst } = run
  if (!locksFirst) return
  await keepTicksOut(run)
  const { rows } = await client.query<{ name: string; statement: string }>(
    `select name, case relkind
        -- lock table would lock all that a view reads
        when 'v' then format('alter view %s owner to sluice_owner', name)
        when 'm' then format('alter materialized view %s owner to sluice_owner', name)
        else format('lock table only %s in access exclusive mode', name)
      end as statement
    from pg_class
    cross join lateral (select pg_class.oid::regclass::text as name) as names
    where pg_class.oid = any ($1) and relkind in ('v', 'm', 'r', 'p')
    order by 1`,
    [locksFirst],
  )
  for (const { name, statement } of rows) {
    at.place = name
    await client.query(statement)
  }
}

async function applyOne(run: Run, model: Model, needs: string[]): Promise<void> {
  const { client, problems } = run
  const stored = run.stored.get(model.name)
  if (stored) heedFunctions(run, model, stored, needs)
  const rebuilt = run.rebuild.get(model.name) ?? run.renew.get(model.name)
  const isKept = isTable(model.kind) || model.header['reads'] !== undefined
  const wasView = isKept && stored?.storeVersion === null
  if (stored && !rebuilt && !wasView && stored.checksum === model.checksum) return
  // a mistake is told once, not again for all that reads the model
  const named = [...model.structure.relations, ...model.structure.calls]
  const below = [model.name, ...needs, ...named.map(({ schema, name }) => `${schema}.${name}`)]
  if (below.some((name) => run.failed.has(name))) {
    run.failed.add(model.name)
    return
  }
  const found = problems.length
  if (stored || !isRelation(model.kind)) await keepTicksOut(run)
  const { ticksAreOut } = run
  run.at.place = model.name
  await client.query('savepoint model')
  try {
    const held = model.kind === 'materialized' ? await dataBelow(client, model) : undefined
    const made = await make(run, model)
    const stale = stored?.objects.filter((object) => !made.routines.includes(object)) ?? []
    for (const object of stale) await dropRoutine(run, model, object)
    if (problems.length === found) {
      run.stored.set(model.name, await recordModel(client, model, stored, made, held))
      await giveBack(client, run.grants, model.name)
      await settleTable(run, model, stored, made)
    }
  } catch (error) {
    if (!(error instanceof LocatedError) || isLockTimeout(error)) throw error
    problems.push(error.problem)
  }
  if (problems.length > found) {
    await client.query('rollback to savepoint model')
    // with what was locked since
    run.ticksAreOut = ticksAreOut
    run.failed.add(model.name)
    return
  }
  await client.query('release savepoint model')
  const action = rebuilt ? 'rebuild' : stored ? 'replace' : 'create'
  const reason = rebuilt ?? (stored ? 'its file changed' : 'new')
  const { name, path, kind } = model
  const strategy = strategyOf(run.stored.get(name)!)
  run.changes.push({ model: name, path, kind, action, reason, ...strategy })
}

/** What a table holds was computed by the functions that its model calls, and by those that these call. */
function heedFunctions(run: Run, model: Model, stored: StoredModel, needs: string[]): void {
  const changed = needs.find((name) => run.changedFunctions.has(name))
  if (model.kind === 'routine') {
    const isSameText =
      stored.kind === 'routine' &&
      (stored.checksum === model.checksum ||
        isSame(parseStatements(stored.definition), parseStatements(model.body)))
    if (changed || !isSameText) run.changedFunctions.add(model.name)
  } else if (changed && isTable(model.kind)) {
    run.renew.set(model.name, `${changed}, which it calls, changed`)
  }
}

const strategyOf = ({ strategy, strategyReason }: StoredModel): { strategy?: string } =>
  strategy === null || strategyReason === null ? {} : { strategy: `${strategy}: ${strategyReason}` }

const nothing: Made = { routines: [], storeVersion: null, strategy: null, strategyReason: null }

async function make(run: Run, model: Model): Promise<Made> {
  const { client, problems, options } = run
  const stored = run.stored.get(model.name)
  // what is to be rebuilt was dropped when something below it changed
  const existing = run.rebuild.has(model.name) ? undefined : stored
  if (!isRelation(model.kind)) {
    if (existing && isRelation(existing.kind)) await dropWithReaders(run, model, existing)
    const routines = await applyStatements(run, model, existing)
    const storeVersion = await stateRoutine(run, model, stored)
    return {
      ...nothing,
      routines,
      storeVersion,
      strategy: storeVersion === null ? null : 'by hand',
    }
  }
  const keepsTable = existing && !run.renew.has(model.name) && meansTheSame(existing, model)
  const storeVersion =
    isTable(model.kind) && !keepsTable ? await nextStoreVersion(client, model) : undefined
  if (storeVersion !== undefined) run.newTables.add(storeName(model, storeVersion))
  const context = {
    client,
    problems,
    planOnly: options.planOnly,
    isTried: !willStay(run),
    wasMaterialized: stored?.kind === 'materialized',
    storeVersion,
    kindOf: (name: string) => run.stored.get(name)?.kind,
    needIndex: async (index: EventIndex) => {
      const isNewTable = run.newTables.has(index.store)
      if (!isNewTable) await keepTicksOut(run)
      const isThere = await makeIndex(client, index, isNewTable)
      if (!isThere) run.indexesAside.push(index)
    },
    dropWithReaders: (dropped: StoredModel) => dropWithReaders(run, model, dropped),
  }
  const applied = await applyRelation(context, model, existing)
  const version = storeVersion ?? (keepsTable ? existing.storeVersion : null)
  return { ...nothing, ...applied, storeVersion: version }
}

const applySlices = ({ kind, storeVersion }: StoredModel) =>
  kind === 'incremental' || (kind === 'routine' && storeVersion !== null)

/**
 * A routine that reads event tables is called for their slices, like an incremental model: from the first on, once
 * each. Its own change does not call it again for those it had. Returns the version of its state.
 */
async function stateRoutine(
  run: Run,
  model: Model,
  stored: StoredModel | undefined,
): Promise<number | null> {
  if (!model.header['reads']) return null
  const isKept =
    stored?.storeVersion &&
    stored.header['reads'] === model.header['reads'].value &&
    !run.renew.has(model.name)
  if (isKept) return stored.storeVersion
  const version = await nextStoreVersion(run.client, model)
  await makeRoutineState(run.client, model, version, run.problems)
  return version
}

/** Whether a model in a table needs no other one: only its comment, its text's layout or who may read it changed. */
function meansTheSame(stored: StoredModel, model: Model): boolean {
  if (!isTable(model.kind) || stored.kind !== model.kind || stored.storeVersion === null)
    return false
  const withoutRights = (header: Record<string, string>) => ({ ...header, private: undefined })
  return (
    isDeepStrictEqual(withoutRights(stored.header), withoutRights(headerOf(model))) &&
    isSame(parseSelect(stored.definition), parseSelect(model.body))
  )
}

/**
 * Of a changed model the new table is filled before anybody sees it, and before it the entities that it takes and that
 * have not caught up yet. A new model catches up by itself.
 */
async function settleTable(
  run: Run,
  model: Model,
  stored: StoredModel | undefined,
  made: Made,
): Promise<void> {
  const { client } = run
  if (model.schema === 'ops' || made.storeVersion === stored?.storeVersion) return
  // readers of the view that a plan leaves as it is hold them
  if (!run.options.planOnly) {
    await waitFor(client, 'oldTables')
    await dropStoreVersions(client, model.name, made.storeVersion)
    await waitFor(client, 'readers')
  }
  if (made.storeVersion === null) return
  for (const reader of run.stored.values()) {
    if (!applySlices(reader) || !reader.dependsOn.includes(model.name)) continue
    run.renew.set(reader.name, `the table of ${model.name} below it was made anew`)
  }
  if (!stored || run.options.planOnly) return
  if (!run.locksFirst) run.mustFill = true
  if (!willStay(run)) return
  const { rows } = await client.query<{ entity: string }>(
    'select entity from ops.awaited_entities where model = $1 order by entity',
    [model.name],
  )
  for (const { entity } of rows) await rebuild(client, model, entity)
  await rebuild(client, model, model.name)
}

/** Fills a model's table, or one that `model` takes entities from; the error is told of `model`. */
async function rebuild(client: pg.ClientBase, model: Model, filled: string): Promise<void> {
  try {
    await waitFor(client, 'filling')
    await client.query('select ops.rebuild_model($1)', [filled])
    await waitFor(client, 'readers')
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== 'SL032') throw error
    const { path, text, bodyOffset: offset } = model
    const what = filled === model.name ? 'It' : `${filled}, which it takes as of arrival,`
    const message = `${what} can't be filled from what is stored: ${error.message}`
    throw new LocatedError({ path, text, offset, message }, error.code, error)
  }
}
