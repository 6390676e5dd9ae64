import { isDeepStrictEqual } from 'node:util'
import pg from 'pg'
import { checkColumns } from './checkModel.ts'
import { makeTable, type TableContext } from './applyTable.ts'
import { compile, type Compiled, type Piece } from './compile.ts'
import { describeColumns } from './describe.ts'
import { LocatedError, locatedColumns, locatedQuery } from './locatedQuery.ts'
import { columnsOf, isRelation, isTable, type Model } from './model.ts'
import type { StoredModel } from './stored.ts'
import { qualified, type Column } from './storeNames.ts'

export interface RelationContext extends TableContext {
  /** A view whose columns stay is left as it is, so that nobody who reads it is waited for. */
  planOnly: boolean
  /** It is known that all will be rolled back. */
  isTried: boolean
  wasMaterialized: boolean
  /** The version of the table to make for the model; undefined to keep the table that is there. */
  storeVersion: number | undefined
  /** Drops the stored relation and all models that read it, which are then made again. */
  dropWithReaders: (existing: StoredModel) => Promise<void>
}

export interface Applied {
  /** How an incremental model is kept current, and why so. */
  strategy: string | null
  strategyReason: string | null
}

/**
 * Makes or replaces the view or materialized view of a model, with comment, grants and schedule; for a model in
 * a table that table first. Undefined after problems.
 */
export async function applyRelation(
  context: RelationContext,
  model: Model,
  existing: StoredModel | undefined,
): Promise<Applied | undefined> {
  const { client, problems, storeVersion } = context
  const found = problems.length
  const columns = await locatedColumns(client, model)
  checkColumns(
    model,
    columns.map((column) => column.name),
    problems,
  )
  if (problems.length > found) return undefined
  if (isTable(model.kind) && storeVersion === undefined) {
    await describeAndGrant(client, model, columns, 'view')
    return { strategy: existing!.strategy, strategyReason: existing!.strategyReason }
  }
  const form =
    storeVersion === undefined ? undefined : await makeTable(context, model, storeVersion, columns)
  if (problems.length > found) return undefined

  const { create, after, objectType } = form ? viewOver(model, form.view) : compile(model)
  if (context.isTried && objectType === 'materialized view') create.push({ text: '\nwith no data' })
  const isReplaceable = objectType === 'view' && existing?.kind !== 'materialized'
  if (existing && !isReplaceable) await context.dropWithReaders(existing)

  const isLeft =
    context.planOnly && existing && isReplaceable && (await hasColumns(client, existing, columns))
  if (!isLeft) await createRelation(context, model, existing, create)
  for (const statement of after) await locatedQuery(client, model, [{ text: statement }])
  await describeAndGrant(client, model, columns, objectType)
  await schedule(context, model)
  return { strategy: form?.strategy ?? null, strategyReason: form?.strategyReason ?? null }
}

async function createRelation(
  { client, dropWithReaders }: RelationContext,
  model: Model,
  existing: StoredModel | undefined,
  create: Piece[],
): Promise<void> {
  await client.query('savepoint creation')
  try {
    await locatedQuery(client, model, create)
  } catch (error) {
    // 42P16: create or replace view can't take away, rename or retype columns
    if (!existing || !(error instanceof LocatedError) || error.sqlstate !== '42P16') throw error
    await client.query('rollback to savepoint creation')
    await dropWithReaders(existing)
    await locatedQuery(client, model, create)
  }
}

/** Whether a model that is there shows just these: then another select of the same ones can take its place. */
async function hasColumns(
  client: pg.ClientBase,
  existing: StoredModel,
  columns: Column[],
): Promise<boolean> {
  if (!isRelation(existing.kind)) return false
  const found = await describeColumns(client, `select * from ${qualified(existing)}`)
  return isDeepStrictEqual(found, columns)
}

const viewOver = (model: Model, select: string): Compiled => ({
  create: [{ text: `create or replace view ${qualified(model)} as\n${select}` }],
  after: [],
  objectType: 'view',
})

async function describeAndGrant(
  client: pg.ClientBase,
  model: Model,
  columns: Column[],
  objectType: string,
): Promise<void> {
  const name = qualified(model)
  const hidden = columnsOf(model, 'private')
  const visible = columns
    .filter((column) => !hidden.includes(column.name))
    .map((column) => pg.escapeIdentifier(column.name))
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
