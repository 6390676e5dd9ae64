import pg from 'pg'
import { checkColumns } from './checkModel.ts'
import { compile, qualified } from './compile.ts'
import { LocatedError, locatedColumns, locatedQuery } from './locatedQuery.ts'
import { columnsOf, type Model } from './model.ts'
import type { Problem } from './problems.ts'
import type { StoredModel } from './stored.ts'

export interface RelationContext {
  client: pg.ClientBase
  planOnly: boolean
  problems: Problem[]
  wasMaterialized: boolean
  /** Drops the stored relation and all models that read it, which are then made again. */
  dropWithReaders(existing: StoredModel): Promise<void>
}

/** Makes or replaces the view or materialized view of a model, with comment, grants and schedule. */
export async function applyRelation(
  context: RelationContext,
  model: Model,
  existing: StoredModel | undefined,
): Promise<void> {
  const { client, problems } = context
  const found = problems.length
  const columns = await locatedColumns(client, model)
  checkColumns(model, columns, problems)
  if (problems.length > found) return

  const { create, after, objectType } = compile(model, columns)
  if (context.planOnly && objectType === 'materialized view')
    create.push({ text: '\nwith no data' })
  const isReplaceable = objectType === 'view' && existing?.kind !== 'materialized'
  if (existing && !isReplaceable) await context.dropWithReaders(existing)

  await client.query('savepoint creation')
  try {
    await locatedQuery(client, model, create)
  } catch (error) {
    // 42P16: create or replace view can't take away, rename or retype columns
    if (!existing || !(error instanceof LocatedError) || error.sqlstate !== '42P16') throw error
    await client.query('rollback to savepoint creation')
    await context.dropWithReaders(existing)
    await locatedQuery(client, model, create)
  }
  for (const statement of after) await locatedQuery(client, model, [{ text: statement }])
  await describeAndGrant(client, model, columns, objectType)
  await schedule(context, model)
}

async function describeAndGrant(
  client: pg.ClientBase,
  model: Model,
  columns: string[],
  objectType: string,
): Promise<void> {
  const name = qualified(model)
  const hidden = columnsOf(model, 'private')
  const visible = columns
    .filter((column) => !hidden.includes(column))
    .map((c) => pg.escapeIdentifier(c))
  const reads = hidden.length === 0 ? 'select' : `select (${visible.join(', ')})`
  const others =
    model.schema === 'ops' ? 'sluice_ingest, sluice_refresh, analyst' : 'sluice_refresh, analyst'
  await client.query(`comment on ${objectType} ${name} is ${pg.escapeLiteral(model.description)}`)
  await client.query(`grant select on ${name} to ${others}`)
  await client.query(`revoke select on ${name} from grafana_reader`)
  await client.query(`grant ${reads} on ${name} to grafana_reader`)
}

async function schedule({ client, wasMaterialized }: RelationContext, model: Model): Promise<void> {
  const job = `refresh ${model.name}`
  if (model.kind === 'materialized') {
    const object = [model.schema, model.object].map((part) => pg.escapeLiteral(part)).join(', ')
    await client.query('select ops.put_job($1, $2, $3::interval)', [
      job,
      `select ops.refresh_materialized(${object})`,
      model.header['every']!.value,
    ])
  } else if (wasMaterialized) {
    await client.query('select ops.drop_job($1)', [job])
  }
}
