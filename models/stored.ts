import pg from 'pg'
import { UserError } from '../cli/userError.ts'
import { locatedQuery } from './locatedQuery.ts'
import { isRelation, type Kind, type Model } from './model.ts'

/** A model as the database has it. */
export interface StoredModel {
  name: string
  schema: string
  object: string
  kind: Kind
  path: string
  checksum: string
  version: number
  dependsOn: string[]
  /** Functions and procedures of a routine file, as `schema.name(types)`. */
  objects: string[]
}

/** The applied models in the order in which they were applied. */
export async function readStored(client: pg.ClientBase): Promise<Map<string, StoredModel>> {
  const { rows } = await client.query<StoredModel>(`
    select
      schema_name || '.' || object_name as name, schema_name as schema, object_name as object, kind, path,
      checksum, version, depends_on as "dependsOn", objects
    from ops.models
    order by applied_at, schema_name, object_name`)
  return new Map(rows.map((row) => [row.name, row]))
}

/** Writes down what was applied: the current row, and the text as a new version. Drops routines that it no longer makes. */
export async function recordModel(
  client: pg.ClientBase,
  model: Model,
  stored: StoredModel | undefined,
  routines: string[],
): Promise<void> {
  for (const stale of stored?.objects.filter((object) => !routines.includes(object)) ?? []) {
    await locatedQuery(client, model, [{ text: `drop routine if exists ${stale}` }])
  }
  const { schema, object, kind, path, checksum, body, text } = model
  const version = (stored?.version ?? 0) + (stored?.checksum === checksum ? 0 : 1)
  const relations = model.structure.relations.filter((relation) => relation.schema)
  const dependsOn = [...new Set(relations.map((relation) => `${relation.schema}.${relation.name}`))]
  const header = Object.fromEntries(
    Object.entries(model.header).map(([key, line]) => [key, line.value]),
  )
  await client.query(
    `insert into ops.models (
      schema_name, object_name, kind, path, version, checksum, header, definition, depends_on, objects,
      populated_at, applied_at
    )
    values (
      $1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
      case when $3 = 'materialized' then clock_timestamp() end, clock_timestamp()
    )
    on conflict (schema_name, object_name) do update
    set kind = excluded.kind, path = excluded.path, version = excluded.version, checksum = excluded.checksum,
      header = excluded.header, definition = excluded.definition, depends_on = excluded.depends_on,
      objects = excluded.objects, populated_at = excluded.populated_at, error = null, applied_at = excluded.applied_at`,
    [schema, object, kind, path, version, checksum, header, body, dependsOn, routines],
  )
  await client.query(
    `insert into ops.model_versions (schema_name, object_name, version, checksum, path, file_text)
    values ($1, $2, $3, $4, $5, $6)
    on conflict do nothing`,
    [schema, object, version, checksum, path, text],
  )
}

/**
 * Drops what a stored model made, never with cascade: objects that are not Sluice's stop it, and are listed.
 * `changed` is the model that makes it necessary; without one the model is gone, and forgotten.
 */
export async function dropModel(
  client: pg.ClientBase,
  stored: StoredModel,
  changed: Model | undefined,
): Promise<void> {
  const name = `${pg.escapeIdentifier(stored.schema)}.${pg.escapeIdentifier(stored.object)}`
  const drops = stored.objects.map((object) => `drop routine if exists ${object}`)
  if (isRelation(stored.kind)) {
    drops.push(
      `drop ${stored.kind === 'materialized' ? 'materialized view' : 'view'} if exists ${name}`,
    )
  }
  for (const text of drops) {
    if (changed) await locatedQuery(client, changed, [{ text }])
    else await client.query(text).catch((error: unknown) => explainRefusal(stored, error))
  }
  if (changed) return
  if (stored.kind === 'materialized')
    await client.query('select ops.drop_job($1)', [`refresh ${stored.name}`])
  await client.query('delete from ops.models where schema_name = $1 and object_name = $2', [
    stored.schema,
    stored.object,
  ])
}

function explainRefusal(stored: StoredModel, error: unknown): never {
  if (!(error instanceof pg.DatabaseError) || error.code !== '2BP01') throw error
  throw new UserError(
    `${stored.name} can't be dropped: other objects need it.\n${error.detail ?? error.message}\nDrop or change them first.`,
    { cause: error },
  )
}
