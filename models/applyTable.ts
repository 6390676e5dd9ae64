import type pg from 'pg'
import { copyOf, parseSelect } from './ast.ts'
import { makesSeveralRows } from './bronzeInputs.ts'
import {
  checkEntityJoins,
  checkInputs,
  checkParsing,
  checkParts,
  checkTable,
  reporter,
} from './checkTable.ts'
import { checkOnServer, describeInSavepoint } from './checkOnServer.ts'
import { compileEntity } from './compileEntity.ts'
import { compileEvent, type StoredForm } from './compileEvent.ts'
import { compileIncremental } from './compileIncremental.ts'
import { describeCollated } from './describe.ts'
import { inputsOf, markEntities, type EventTable } from './eventTables.ts'
import { foreignTypes } from './foreignTypes.ts'
import { functionFacts } from './functionFacts.ts'
import type { EventIndex } from './indexes.ts'
import { locatedQuery } from './locatedQuery.ts'
import { columnsOf, type Kind, type Model } from './model.ts'
import type { Problem } from './problems.ts'
import { quote, storeName, type Column } from './storeNames.ts'
import { timeTypesIn } from './timeTypes.ts'

interface Input {
  input: string
  version: number | null
  sourceId: number | null
}

export interface TableContext {
  client: pg.ClientBase
  problems: Problem[]
  kindOf: (name: string) => Kind | undefined
  /** Makes an index on a table below, at once or before all is tried again. */
  needIndex: (index: EventIndex) => Promise<void>
}

/**
 * Makes the tables and functions of a new version of a model in schema store, and writes down what it reads.
 * Returns what the view above it needs; undefined after problems, which are reported.
 */
export async function makeTable(
  { client, problems, kindOf, needIndex }: TableContext,
  model: Model,
  version: number,
  columns: Column[],
): Promise<StoredForm | undefined> {
  const found = problems.length
  const compiled = await compileTable(client, model, version, columns, kindOf, problems)
  if (!compiled || problems.length > found) return undefined
  for (const index of compiled.form.indexes) await needIndex(index)
  for (const statement of compiled.form.create) {
    await locatedQuery(client, model, [{ text: statement }])
  }
  await tryFunctions(client, model, version, compiled)
  await writeDown(client, model, version, compiled.form, compiled.inputs)
  return compiled.form
}

/** Writes down that a routine applies slices of event tables by its function `<name>(p_from bigint, p_to bigint)`. */
export async function makeRoutineState(
  client: pg.ClientBase,
  model: Model,
  version: number,
  problems: Problem[],
): Promise<void> {
  const { header, path, text, name, schema, object } = model
  const report = (message: string, hint: string) =>
    problems.push({ path, text, offset: header['reads']!.offset, message, hint, model: name })
  const tables = await readEventTables(client)
  const reads = columnsOf(model, 'reads')
  const [only] = reads
  if (reads.length !== 1 || !tables.has(only!)) {
    report(
      `A routine reads one event model; "${header['reads']!.value}" is none`,
      'Name one: silver.orders.',
    )
    return
  }
  const functionName = `${quote(schema)}.${quote(object)}`
  const { rows } = await client.query('select where to_regprocedure($1) is not null', [
    `${functionName}(bigint, bigint)`,
  ])
  if (rows.length === 0) {
    report(
      `The file makes no function ${name}(p_from bigint, p_to bigint)`,
      'It is called for new slices, both ends included.',
    )
    return
  }
  const form = {
    create: [],
    indexes: [],
    view: '',
    functionName,
    strategy: 'by hand',
    strategyReason: null,
  }
  await writeDown(client, model, version, form, [
    { input: only!, version: tables.get(only!)!.version, sourceId: null },
  ])
}

/** Calls the compiled functions for nothing at all, so that the server finds now what it would find in a tick. */
async function tryFunctions(
  client: pg.ClientBase,
  model: Model,
  version: number,
  { form, inputs }: { form: StoredForm; inputs: Input[] },
): Promise<void> {
  const name = storeName(model, version)
  const range = `'(0,0,0,1,0,,,,,0)'::ops.batch_range`
  const slices = `array_fill('(1,0,,)'::ops.slice_range, array[${inputs.length}])`
  const calls = form.functionName
    ? [
        `store.${quote(form.functionName)}(${slices}, array_fill('{}'::int8multirange, array[${inputs.length}]))`,
        `store.${quote(`${name}_fill`)}(${slices})`,
      ]
    : [
        `store.${quote(`${name}_take`)}(${range}, 0, '{}', 'epoch')`,
        ...((await makesTemporary(client))
          ? [`store.${quote(`${name}_check`)}(${range}, '{}', 'epoch')`]
          : []),
      ]
  for (const call of calls) await locatedQuery(client, model, [{ text: `select ${call}` }])
}

/** Makes the sequence that `_check` moves, where it may: without it ticks do not call that. */
async function makesTemporary(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(
    "select has_database_privilege(current_database(), 'temporary') as may",
  )
  if (rows[0]!.may) await client.query('create temporary sequence if not exists sluice_event')
  return rows[0]!.may
}

async function compileTable(
  client: pg.ClientBase,
  model: Model,
  version: number,
  described: Column[],
  kindOf: (name: string) => Kind | undefined,
  problems: Problem[],
): Promise<{ form: StoredForm; inputs: Input[] } | undefined> {
  const found = problems.length
  const report = reporter(model, problems)
  const select = parseSelect(model.body)
  const facts = await functionFacts(client, select)
  checkTable(model, select, described, facts, report)
  const times = await timeTypesIn(client, select)
  await checkOnServer(client, model, select, { columns: described, times }, report)
  const describe = (text: string) => describeInSavepoint(client, text, describeCollated)
  if (model.kind === 'incremental') {
    const tables = await readEventTables(client)
    checkInputs(model, tables, kindOf, report)
    if (problems.length > found) return undefined
    const inputs = inputsOf(select, tables)
    checkEntityJoins(model, markEntities(copyOf(select), inputs), report)
    if (problems.length > found) return undefined
    const columns = await describe(model.body)
    const form = await compileIncremental({
      model,
      version,
      columns,
      inputs,
      aggregates: facts.aggregates,
      setReturning: facts.setReturning,
      foreign: await foreignTypes(client, columns),
      describe,
    })
    if ('reason' in form) {
      report(form.place, form.reason, form.hint)
      return undefined
    }
    checkParts(model, form.strategy, problems)
    return {
      form,
      inputs: inputs.map(({ name, version: of }) => ({ input: name, version: of, sourceId: null })),
    }
  }
  checkParsing(model, select, described, { facts, times }, report)
  if (problems.length > found) return undefined
  const columns = await describe(model.body)
  const sources = await readSources(client)
  const tables = new Set(model.structure.relations.map((relation) => relation.name))
  return {
    form:
      model.kind === 'event'
        ? compileEvent(model, version, columns, {
            sources,
            times,
            severalRows: makesSeveralRows(model, (name) => facts.setReturning.has(name)),
            hasSoftCasts: await hasSoftCasts(client),
          })
        : compileEntity(model, version, columns, { sources, times }),
    inputs: [...sources]
      .filter(([table]) => tables.has(table))
      .map(([table, sourceId]) => ({ input: `bronze.${table}`, version: null, sourceId })),
  }
}

/** Whether the server has pg_input_is_valid. */
async function hasSoftCasts(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ version: number }>(
    `select current_setting('server_version_num')::int as version`,
  )
  return rows[0]!.version >= 160000
}

async function readSources(client: pg.ClientBase): Promise<Map<string, number>> {
  const { rows } = await client.query<{ table: string; id: number }>(
    'select table_name as table, source_id as id from ops.sources order by table_name',
  )
  return new Map(rows.map(({ table, id }) => [table, id]))
}

/** The event tables that readers see now, with their columns. */
export async function readEventTables(client: pg.ClientBase): Promise<Map<string, EventTable>> {
  const { rows } = await client.query<EventTable & { isEver: boolean }>(`
    select
      stored.model as name, stored.version, stored.store_name as store,
      trim(models.header ->> 'time') as time,
      coalesce(regexp_split_to_array(trim(models.header ->> 'key'), '\\s*,\\s*'), '{}') as key,
      models.header ? 'unique' as "isEver",
      array_agg(attname::text order by attnum) as columns
    from ops.stored_models as stored
    join ops.models on models.model = stored.model
    join pg_attribute on attrelid = to_regclass(format('store.%I', stored.store_name))
    where stored.kind = 'event'
      and attnum > 0
      and not attisdropped
      and attname <> 'slice_no'
      and attname not like 'sluice\\_%'
    group by stored.model, stored.version, stored.store_name, models.header`)
  return new Map(
    rows.map(({ isEver, ...table }) => [
      table.name,
      { ...table, uniqueBy: isEver ? [] : table.key },
    ]),
  )
}

async function writeDown(
  client: pg.ClientBase,
  model: Model,
  version: number,
  { functionName }: StoredForm,
  inputs: Input[],
): Promise<void> {
  await client.query(
    'insert into ops.model_states (model, version, function_name) values ($1, $2, $3)',
    [model.name, version, functionName],
  )
  await client.query('select ops.comment_on_store($1, $2)', [model.name, version])
  for (const [index, { input, version: of, sourceId }] of inputs.entries()) {
    await client.query(
      `insert into ops.model_inputs (model, version, input_no, input, input_version, source_id)
      values ($1, $2, $3, $4, $5, $6)`,
      [model.name, version, index + 1, input, of, sourceId],
    )
  }
}
