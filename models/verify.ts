import pg from 'pg'
import { UserError } from '../cli/userError.ts'
import { loadParser } from './structure.ts'
import { verdictOf, type StoredRow, type Verdict } from './verdict.ts'
import { verifyEntity } from './verifyEntity.ts'
import { verifyEvents } from './verifyEvents.ts'
import { verifyIncremental } from './verifyIncremental.ts'

export type { Verdict } from './verdict.ts'

/**
 * Computes every model in a table anew from its definition, and compares: incremental models with their event
 * tables, event and entity models with bronze. All in one snapshot; ticks go on meanwhile. The caller is
 * sluice_owner. Throws for a name that is no such model.
 */
export async function verifyModels(client: pg.ClientBase, names: string[]): Promise<Verdict[]> {
  await loadParser()
  await client.query('begin isolation level repeatable read')
  try {
    await client.query(`set local timezone = 'UTC'`)
    await client.query(`set local datestyle = 'ISO, YMD'`)
    await client.query(`set local intervalstyle = 'postgres'`)
    await client.query('set local search_path = pg_catalog, pg_temp')
    const verdicts: Verdict[] = []
    for (const row of await readModels(client, names)) verdicts.push(await verdictFor(client, row))
    return verdicts
  } finally {
    // nothing was changed but what trying dead letters again undid; of a lost connection the first error tells why
    await client.query('rollback').catch(() => undefined)
  }
}

async function readModels(client: pg.ClientBase, names: string[]): Promise<StoredRow[]> {
  const { rows } = await client.query<StoredRow>(
    `select
      models.schema_name as schema, models.object_name as object, models.kind, models.strategy, models.header,
      models.definition, stored.version, stored.store_name as store, stored.floor_at as floor
    from ops.stored_models as stored
    join ops.models using (model)
    where models.kind <> 'routine'
      and (cardinality($1::text[]) = 0 or models.model = any ($1))
    order by models.schema_name desc, models.object_name`,
    [names],
  )
  const unknown = names.find((name) => !rows.some((row) => `${row.schema}.${row.object}` === name))
  if (unknown) {
    throw new UserError(
      `${unknown} is no model that is kept in a table; those are event, entity and incremental models. See ops.stored_models.`,
    )
  }
  return rows
}

/** A model that can't be read does not keep the others from being compared. */
async function verdictFor(client: pg.ClientBase, row: StoredRow): Promise<Verdict> {
  await client.query('savepoint verifying')
  try {
    return await verifyModel(client, row)
  } catch (error) {
    if (!isOfQuery(error)) throw error
    await client.query('rollback to savepoint verifying')
    return verdictOf(row, 'failed', `${error.message} (${error.code})`)
  }
}

/** An error of what was asked, not of the server or the connection. */
const isOfQuery = (error: unknown): error is pg.DatabaseError =>
  error instanceof pg.DatabaseError && /^(2|42|54|P0|SL)/.test(error.code ?? '')

function verifyModel(client: pg.ClientBase, row: StoredRow): Promise<Verdict> {
  const check = { event: verifyEvents, entity: verifyEntity, incremental: verifyIncremental }
  return check[row.kind as keyof typeof check](client, row)
}
