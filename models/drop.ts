import type pg from 'pg'
import { UserError } from '../cli/userError.ts'
import { callsOf, functionsOf } from './calls.ts'
import { rememberGrants } from './grants.ts'
import { LocatedError, locatedQuery } from './locatedQuery.ts'
import { keepTicksOut } from './lockPatience.ts'
import { isRelation, type Model } from './model.ts'
import type { Run } from './run.ts'
import { forgetModel, type StoredModel } from './stored.ts'
import { qualified } from './storeNames.ts'

const dropRelation = (stored: StoredModel) =>
  `drop ${stored.kind === 'materialized' ? 'materialized view' : 'view'} if exists ${qualified(stored)}`

/**
 * Drops what a stored model made, because `changed` can't be made otherwise, and before it all models that
 * read it; those are made again when their turn comes. Never with cascade: objects that are not Sluice's
 * stop it, and are listed.
 */
export async function dropWithReaders(
  run: Run,
  changed: Model,
  dropped: StoredModel,
): Promise<void> {
  for (const reader of run.stored.values()) {
    if (reader.dependsOn.includes(dropped.name)) await dropReader(run, changed, reader)
  }
  for (const object of dropped.objects) await dropRoutine(run, changed, object)
  if (!isRelation(dropped.kind)) return
  await rememberGrants(run.client, run.grants, dropped)
  await locatedQuery(run.client, changed, [{ text: dropRelation(dropped) }])
}

/** Drops a function or procedure, given as `schema.name(types)`, and before it the models that call it. */
export async function dropRoutine(run: Run, changed: Model, identity: string): Promise<void> {
  const { rows } = await run.client.query<{ name: string }>(
    `select distinct nspname || '.' || relname as name
    from pg_depend
    join pg_rewrite on pg_rewrite.oid = pg_depend.objid
    join pg_class on pg_class.oid = pg_rewrite.ev_class
    join pg_namespace on pg_namespace.oid = pg_class.relnamespace
    where pg_depend.classid = 'pg_rewrite'::regclass
      and pg_depend.refclassid = 'pg_proc'::regclass
      and pg_depend.refobjid = to_regprocedure($1)`,
    [identity],
  )
  for (const { name } of rows) {
    const reader = run.stored.get(name)
    if (reader) await dropReader(run, changed, reader)
  }
  await locatedQuery(run.client, changed, [{ text: `drop routine if exists ${identity}` }])
}

async function dropReader(run: Run, changed: Model, reader: StoredModel): Promise<void> {
  if (run.rebuild.has(reader.name) || reader.name === changed.name) return
  if (!run.present.has(reader.name) && !run.options.prune) {
    const { path, text, bodyOffset: offset } = changed
    const message = `${reader.name} would have to be made again, and its file ${reader.path} is gone`
    const hint = 'Restore that file, or drop the model with --prune.'
    throw new LocatedError({ path, text, offset, message, hint }, '', undefined)
  }
  const what = changed.kind === 'routine' ? 'signature' : 'columns'
  run.rebuild.set(reader.name, `${changed.name} below it changed its ${what}`)
  await dropWithReaders(run, changed, reader)
}

/** Lists the models whose file is gone, and drops them where that was asked for. */
export async function handleGone(run: Run): Promise<void> {
  const gone = [...run.stored.values()]
    .filter(({ name }) => !run.present.has(name))
    .filter(({ schema }) => !run.options.opsOnly || schema === 'ops')
    .reverse()
  // the engine's own objects go with their file: nobody else makes any
  const dropped = gone.filter(({ schema }) => run.options.prune || schema === 'ops')
  for (const { name, path, kind } of gone.filter((stored) => !dropped.includes(stored))) {
    const reason = 'its file is gone; dropped only with --prune'
    run.changes.push({ model: name, path, kind, action: 'gone', reason })
  }
  refuseNeeded(run, dropped)
  if (dropped.length > 0) await keepTicksOut(run)
  for (const { name, path, kind } of await dropAll(run.client, dropped)) {
    run.changes.push({ model: name, path, kind, action: 'drop', reason: 'its file is gone' })
  }
}

/** Of views the server knows what they read; of functions, and of those that keep a table current, it does not. */
function refuseNeeded(run: Run, dropped: StoredModel[]): void {
  const names = new Set(dropped.map(({ name }) => name))
  const makers = dropped.map((one) => ({
    one,
    functions: one.kind === 'routine' ? functionsOf(one) : [],
  }))
  const refusals = [...run.stored.values()]
    .filter(({ name }) => !names.has(name))
    .flatMap((reader) => {
      const calls = makers.some(({ functions }) => functions.length > 0) ? callsOf(reader) : []
      return makers
        .filter(
          ({ one, functions }) =>
            reader.dependsOn.includes(one.name) || functions.some((name) => calls.includes(name)),
        )
        .map(
          ({ one: { name, path } }) =>
            `${name} can't be dropped: ${reader.name} (${reader.path}) reads it.\nRestore ${path}, or change ${reader.path} first.`,
        )
    })
  if (refusals.length > 0) throw new UserError(refusals.join('\n'))
}

/** Drops models in whatever order the server lets them go; returns it. */
async function dropAll(client: pg.ClientBase, models: StoredModel[]): Promise<StoredModel[]> {
  const dropped: StoredModel[] = []
  for (let rest = models; rest.length > 0;) {
    const refusals: string[] = []
    for (const stored of rest) {
      const refusal = await tryDrop(client, stored)
      if (refusal === undefined) dropped.push(stored)
      else refusals.push(refusal)
    }
    if (refusals.length === rest.length) throw new UserError(refusals.join('\n'))
    rest = rest.filter((stored) => !dropped.includes(stored))
  }
  return dropped
}

/** Returns why not, when other objects need it. */
async function tryDrop(client: pg.ClientBase, stored: StoredModel): Promise<string | undefined> {
  const drops = stored.objects.map((object) => `drop routine if exists ${object}`)
  if (isRelation(stored.kind)) drops.push(dropRelation(stored))
  await client.query('savepoint dropping')
  try {
    for (const drop of drops) await client.query(drop)
    await forgetModel(client, stored)
    return undefined
  } catch (error) {
    const { code, detail, message } = error as pg.DatabaseError
    if (code !== '2BP01') throw error
    await client.query('rollback to savepoint dropping')
    return `${stored.name} can't be dropped: other objects need it.\n${detail ?? message}\nDrop or change them first.`
  }
}
