import pg from 'pg'
import { UserError } from '../cli/userError.ts'
import { columnsOf, type Kind, type Model } from './model.ts'

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
  /** Of a model in a table: the version of the table; null for others. */
  storeVersion: number | null
  strategy: string | null
  strategyReason: string | null
  header: Record<string, string>
  definition: string
}

/** What applying a model made. */
export interface Made {
  routines: string[]
  storeVersion: number | null
  strategy: string | null
  strategyReason: string | null
}

/** The applied models in the order in which they were applied. */
export async function readStored(client: pg.ClientBase): Promise<Map<string, StoredModel>> {
  const rows = await queryStored(client).catch((error: unknown) => {
    if (!(error instanceof pg.DatabaseError) || error.code !== '42P01') throw error
    throw new UserError('The database has no Sluice in it yet. Run `sluice migrate` first.', {
      cause: error,
    })
  })
  return new Map(rows.map((row) => [row.name, row]))
}

async function queryStored(client: pg.ClientBase): Promise<StoredModel[]> {
  const { rows } = await client.query<StoredModel>(`
    select
      schema_name || '.' || object_name as name, schema_name as schema, object_name as object, kind, path,
      checksum, version, depends_on as "dependsOn", objects, store_version as "storeVersion", strategy,
      strategy_reason as "strategyReason", header, definition
    from ops.models
    order by applied_at, schema_name, object_name`)
  return rows
}

/** What a materialized model that is made after this holds at least. */
export interface DataBelow {
  newestEventAt: Date | null
  /** Whether the tables that it reads were level with what is stored. */
  isLevel: boolean
}

export async function dataBelow(client: pg.ClientBase, model: Model): Promise<DataBelow> {
  const { rows } = await client.query<DataBelow>(
    'select newest_event_at as "newestEventAt", is_level as "isLevel" from ops.data_below($1)',
    [dependenciesOf(model)],
  )
  return rows[0]!
}

function dependenciesOf(model: Model): string[] {
  const relations = model.structure.relations.filter((relation) => relation.schema)
  const named = relations.map((relation) => `${relation.schema}.${relation.name}`)
  return [...new Set([...named, ...columnsOf(model, 'reads')])]
}

/** Writes down what was applied: the current row, and the text as a new version. */
export async function recordModel(
  client: pg.ClientBase,
  model: Model,
  stored: StoredModel | undefined,
  made: Made,
  held: DataBelow | undefined,
): Promise<StoredModel> {
  const { name, schema, object, kind, path, checksum, body, text } = model
  const latest = stored?.version ?? (await latestVersion(client, model))
  const version = latest + (stored?.checksum === checksum ? 0 : 1)
  const dependsOn = dependenciesOf(model)
  const header = headerOf(model)
  await client.query(
    `insert into ops.models (
      schema_name, object_name, kind, path, version, checksum, header, definition, depends_on, objects,
      populated_at, newest_event_at, applied_at, store_version, strategy, strategy_reason, was_level
    )
    values (
      $1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
      case when $3 = 'materialized' then clock_timestamp() end, $11, clock_timestamp(), $12, $13, $14, $15
    )
    on conflict (schema_name, object_name) do update
    set kind = excluded.kind, path = excluded.path, version = excluded.version, checksum = excluded.checksum,
      header = excluded.header, definition = excluded.definition, depends_on = excluded.depends_on,
      objects = excluded.objects, populated_at = excluded.populated_at, newest_event_at = excluded.newest_event_at,
      error = case when models.store_version = excluded.store_version then models.error end,
      applied_at = excluded.applied_at, store_version = excluded.store_version,
      strategy = excluded.strategy, strategy_reason = excluded.strategy_reason,
      was_level = excluded.was_level`,
    [
      schema,
      object,
      kind,
      path,
      version,
      checksum,
      header,
      body,
      dependsOn,
      made.routines,
      held?.newestEventAt,
      made.storeVersion,
      made.strategy,
      made.strategyReason,
      held?.isLevel ?? true,
    ],
  )
  await client.query(
    `insert into ops.model_versions (schema_name, object_name, version, checksum, path, file_text)
    values ($1, $2, $3, $4, $5, $6)
    on conflict do nothing`,
    [schema, object, version, checksum, path, text],
  )
  const { routines: objects, storeVersion, strategy, strategyReason } = made
  const fixed = { name, schema, object, kind, path, checksum, version, dependsOn, objects }
  return { ...fixed, storeVersion, strategy, strategyReason, header, definition: body }
}

export function headerOf(model: Model): Record<string, string> {
  return Object.fromEntries(Object.entries(model.header).map(([key, line]) => [key, line.value]))
}

/** The next version of a model's table. One that was dropped and comes back begins anew. */
export async function nextStoreVersion(client: pg.ClientBase, { name }: Model): Promise<number> {
  const { rows } = await client.query<{ version: number }>(
    'select coalesce(max(version), 0) + 1 as version from ops.model_states where model = $1',
    [name],
  )
  return rows[0]!.version
}

/** Drops the tables of a model but the one of `kept`. */
export async function dropStoreVersions(
  client: pg.ClientBase,
  name: string,
  kept: number | null,
): Promise<void> {
  await client.query(
    `select ops.drop_model_version(model, version)
    from ops.model_states
    where model = $1 and version is distinct from $2`,
    [name, kept],
  )
}

/** A model that was dropped and comes back goes on counting. */
async function latestVersion(
  client: pg.ClientBase,
  { schema, object }: { schema: string; object: string },
): Promise<number> {
  const { rows } = await client.query<{ version: number }>(
    `select coalesce(max(version), 0) as version
    from ops.model_versions
    where schema_name = $1 and object_name = $2`,
    [schema, object],
  )
  return rows[0]!.version
}

/** Deletes a dropped model's row and job. Its versions stay. */
export async function forgetModel(
  client: pg.ClientBase,
  { name, schema, object, kind }: StoredModel,
): Promise<void> {
  if (kind === 'materialized') await client.query('select ops.drop_job($1)', [`refresh ${name}`])
  if (schema !== 'ops') await dropStoreVersions(client, name, null)
  await client.query('delete from ops.models where schema_name = $1 and object_name = $2', [
    schema,
    object,
  ])
}
