import pg from 'pg'
import { LocatedError, locatedQuery } from './locatedQuery.ts'
import type { Model } from './model.ts'
import { dropRoutine } from './drop.ts'
import type { Run } from './run.ts'
import type { StoredModel } from './stored.ts'

/**
 * Runs the statements of a routine or sources file, one by one. Returns the functions and procedures
 * that they made, as `schema.name(types)`; each gets the file's description unless it has a comment.
 */
export async function applyStatements(
  run: Run,
  model: Model,
  stored: StoredModel | undefined,
): Promise<string[]> {
  const { client } = run
  const existing = await routinesNamed(client, model)
  const before = new Set(existing.map((routine) => routine.state))
  // a comment that the file no longer makes, or makes anew, does not stay
  for (const { identity } of existing.filter((routine) =>
    stored?.objects.includes(routine.identity),
  )) {
    await client.query(`comment on routine ${identity} is null`)
  }
  await client.query('savepoint statements')
  try {
    await runAll(client, model)
  } catch (error) {
    // 42P13: create or replace function can't change the result type or the names of arguments
    if (!stored || !(error instanceof LocatedError) || error.sqlstate !== '42P13') throw error
    await client.query('rollback to savepoint statements')
    for (const object of stored.objects) await dropRoutine(run, model, object)
    await runAll(client, model)
  }
  const made = (await routinesNamed(client, model)).filter((routine) => !before.has(routine.state))
  for (const { identity, comment } of made) {
    if (comment === null) {
      await client.query(`comment on routine ${identity} is ${pg.escapeLiteral(model.description)}`)
    }
    if (model.schema !== 'ops') {
      await client.query(
        `grant execute on routine ${identity} to sluice_refresh, grafana_reader, analyst`,
      )
    }
  }
  return made.map((routine) => routine.identity)
}

async function runAll(client: pg.ClientBase, model: Model): Promise<void> {
  for (const { text, offset } of model.structure.statements) {
    await locatedQuery(client, model, [{ text, offset: model.bodyOffset + offset }])
  }
}

interface Routine {
  identity: string
  comment: string | null
  /** Differs after create or replace, which writes the catalogue row anew. */
  state: string
}

async function routinesNamed(client: pg.ClientBase, model: Model): Promise<Routine[]> {
  const { creates } = model.structure
  if (creates.length === 0) return []
  const { rows } = await client.query<Routine>(
    `select
      pg_proc.oid::regprocedure::text as identity,
      obj_description(pg_proc.oid, 'pg_proc') as comment,
      pg_proc.oid::text || ' ' || pg_proc.xmin::text || ' ' || pg_proc.ctid::text as state
    from pg_proc
    join pg_namespace on pg_namespace.oid = pg_proc.pronamespace
    where (nspname, proname) in (select * from unnest($1::text[], $2::text[]))`,
    [creates.map(({ schema }) => schema), creates.map(({ name }) => name)],
  )
  return rows
}
