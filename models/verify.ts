import pg from 'pg'
import { UserError } from '../cli/userError.ts'
import { parseSelect } from './ast.ts'
import { definitionText } from './compileRegroup.ts'
import { newestPerKey, storedColumns } from './compileEntity.ts'
import { coordinateColumns, partitionUnit } from './compileEvent.ts'
import { readEventTables } from './applyTable.ts'
import { functionFacts } from './functionFacts.ts'
import { columnsOf, type Kind, type Model } from './model.ts'
import { columnList, qualified, quote } from './storeNames.ts'
import { loadParser } from './structure.ts'

/** What came of comparing one model with its definition. */
export interface Verdict {
  model: string
  kind: Kind
  outcome: 'equal' | 'different' | 'failed' | 'not compared'
  /** What was counted, or why nothing was. */
  message: string
}

interface StoredRow {
  schema: string
  object: string
  kind: Kind
  strategy: string | null
  header: Record<string, string>
  definition: string
  version: number
  store: string
  floor: Date
}

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

const verdictOf = (
  { schema, object, kind }: StoredRow,
  outcome: Verdict['outcome'],
  message: string,
): Verdict => ({ model: `${schema}.${object}`, kind, outcome, message })

/** The parts of a model that the compiler's own functions look at. */
const modelOf = ({ schema, object, kind, header, definition }: StoredRow): Model =>
  ({
    name: `${schema}.${object}`,
    schema,
    object,
    kind,
    body: definition,
    header: Object.fromEntries(
      Object.entries(header).map(([key, value]) => [key, { value, offset: 0 }]),
    ),
  }) as Model

async function verifyIncremental(client: pg.ClientBase, row: StoredRow): Promise<Verdict> {
  const name = `${row.schema}.${row.object}`
  const { rows: behind } = await client.query<{ slices: string }>(
    `select coalesce(sum(upper(run) - lower(run)), 0) as slices
    from ops.slices_behind
    cross join lateral unnest(missing) as run
    where model = $1 and version = $2`,
    [name, row.version],
  )
  if (behind[0]!.slices !== '0') {
    return verdictOf(row, 'not compared', `it is ${behind[0]!.slices} slices behind`)
  }
  if (row.header['entities']) {
    return verdictOf(
      row,
      'not compared',
      'it joins entities as they were on arrival, which is gone',
    )
  }
  const tables = [...(await readEventTables(client)).values()]
  const facts = await functionFacts(client, parseSelect(row.definition))
  const definition =
    row.strategy === 'regroup' ? definitionText(modelOf(row), tables, facts) : row.definition
  const outputs = (await outputsOf(client, row)).map(comparable).join(', ')
  const { rows, extra, missing } = await compare(
    client,
    `select ${outputs} from ${qualified(row)} as rows`,
    `select ${outputs} from (\n${definition}\n) as rows`,
  )
  return extra + missing === 0
    ? verdictOf(row, 'equal', `${rows} rows`)
    : verdictOf(
        row,
        'different',
        `${extra} rows are stored that should not be, ${missing} are missing`,
      )
}

interface Output {
  name: string
  /** Whether the server can tell two values of its type apart. */
  has_equality: boolean
}

async function outputsOf(client: pg.ClientBase, row: StoredRow): Promise<Output[]> {
  const { rows } = await client.query<Output>(
    `select
      attname::text as name,
      -- json, xml and points have none; of an array or a range it is that of its elements
      coalesce(
        case when pg_type.typcategory = 'A' then pg_type.typelem end, pg_range.rngsubtype, nullif(pg_type.typbasetype, 0), pg_type.oid
      )
        not in (
          select oid from pg_type
          where typname in ('json', 'jsonpath', 'xml', 'point', 'polygon', 'line', 'txid_snapshot', 'aclitem')
            and typnamespace = 'pg_catalog'::regnamespace
        ) as has_equality
    from pg_attribute
    join pg_type on pg_type.oid = atttypid
    left join pg_range on rngtypid = pg_type.oid
    where attrelid = to_regclass($1) and attnum > 0 and not attisdropped
    order by attnum`,
    [qualified(row)],
  )
  return rows
}

const comparable = ({ name, has_equality: hasEquality }: Output) =>
  `rows.${quote(name)}${hasEquality ? '' : '::text'}`

async function compare(
  client: pg.ClientBase,
  stored: string,
  definition: string,
): Promise<{ rows: number; extra: number; missing: number }> {
  const { rows } = await client.query<Record<'rows' | 'extra' | 'missing', string>>(`
    with stored as materialized (${stored}),
    defined as materialized (${definition})
    select
      (select count(*) from stored) as rows,
      (select count(*) from (table stored except all table defined) as extra) as extra,
      (select count(*) from (table defined except all table stored) as missing) as missing`)
  const [counts] = rows
  return {
    rows: Number(counts!.rows),
    extra: Number(counts!.extra),
    missing: Number(counts!.missing),
  }
}

/** Every event of bronze through the model, its dead letters aside; columns of `parsed`. */
function parsedFrom({ schema, object, store, floor }: StoredRow, columns: string): string {
  const name = `'${schema}.${object}'`
  const range = 'row(ranges.*)::ops.batch_range'
  return `select ${columns}
    from unnest(ops.applied_ranges(${name})) as ranges
    cross join lateral store.${quote(`${store}_parse`)}(
      ${range}, ops.dead_offsets(${name}, ${range}), '${floor.toISOString()}'
    ) as parsed`
}

async function verifyEntity(client: pg.ClientBase, row: StoredRow): Promise<Verdict> {
  if (await hasLostBronze(client, row)) {
    return verdictOf(row, 'not compared', 'bronze no longer has all of its events')
  }
  const columns = (await outputsOf(client, row)).map(({ name }) => name)
  const all = columnList(storedColumns(columns))
  const stored = `select ${all} from store.${quote(row.store)}`
  // with the collations of the table, which a function's columns have not
  const parsed = `${stored} where false union all ${parsedFrom(row, columnList(storedColumns(columns), 'parsed.'))}`
  const newest = newestPerKey(modelOf(row), `(${parsed}) as parsed`)
  const { rows, extra, missing } = await compare(
    client,
    stored,
    `select ${all} from (${newest}) as newest`,
  )
  const wrong = await falseLetters(client, row)
  return extra + missing + wrong === 0
    ? verdictOf(row, 'equal', `${rows} entries`)
    : verdictOf(
        row,
        'different',
        `${extra} entries are stored that should not be, ${missing} are missing, ${wrong} dead letters are none`,
      )
}

/** Whether batches that a model has taken were dropped from bronze since. */
async function hasLostBronze(client: pg.ClientBase, row: StoredRow): Promise<boolean> {
  const { rows } = await client.query<{ is_lost: boolean }>(
    `select exists (
      select
      from ops.model_inputs as inputs
      join ops.batches using (source_id)
      where inputs.model = $1
        and inputs.version = $2
        and batches.row_count > 0
        and batches.stored_at < ops.bronze_floor(substr(inputs.input, length('bronze.') + 1))
    ) as is_lost`,
    [`${row.schema}.${row.object}`, row.version],
  )
  return rows[0]!.is_lost
}

async function falseLetters(client: pg.ClientBase, { schema, object }: StoredRow): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    'select count(*) from ops.false_letters($1)',
    [`${schema}.${object}`],
  )
  return Number(rows[0]!.count)
}

/**
 * Every event is one of four: stored with the rows that the definition gives, dead, repeated (its key is stored by
 * another event), or filtered (it gives no row).
 */
async function verifyEvents(client: pg.ClientBase, row: StoredRow): Promise<Verdict> {
  const names = (await outputsOf(client, row)).map(({ name }) => name)
  const outputs = [...coordinateColumns.map((column) => column.name), ...names]
  const places = columnList(coordinateColumns.map((column) => column.name))
  const { rows } = await client.query<
    Record<'events' | 'stored' | 'given' | 'dead' | 'repeated' | 'extra' | 'missing', string>
  >(`
    with defined as materialized (${parsedFrom(row, columnList(outputs, 'parsed.'))}),
    ranges as materialized (
      select * from unnest(ops.applied_ranges('${row.schema}.${row.object}'))
    ),
    -- of events that bronze still has
    stored as materialized (
      select ${columnList(outputs, 'stored.')}
      from store.${quote(row.store)} as stored
      where exists (
        select
        from ranges
        where ranges.source_id = stored.sluice_source_id
          and ranges.generation = stored.sluice_generation
          and ranges.kafka_partition = stored.sluice_partition
          and stored.sluice_offset between ranges.first_offset and ranges.last_offset
      )
    ),
    extra as (table stored except all table defined),
    missing as materialized (table defined except all table stored),
    stored_events as materialized (select distinct ${places} from stored),
    -- of events none of whose rows is stored, those with a key that is
    repeated as (
      select distinct ${columnList(
        coordinateColumns.map((column) => column.name),
        'missing.',
      )}
      from missing
      where not exists (
          select from stored_events where (${columnList(
            coordinateColumns.map((column) => column.name),
            'stored_events.',
          )}) = (${columnList(
            coordinateColumns.map((column) => column.name),
            'missing.',
          )})
        )
        and ${hasStoredKey(row)}
    )
    select
      (select coalesce(sum(row_count), 0) from unnest(ops.applied_ranges('${row.schema}.${row.object}'))) as events,
      (select count(*) from stored_events) as stored,
      (select count(*) from (select distinct ${places} from defined) as given) as given,
      (select coalesce(sum(cardinality(ops.dead_offsets('${row.schema}.${row.object}', row(ranges.*)::ops.batch_range))), 0)
        from unnest(ops.applied_ranges('${row.schema}.${row.object}')) as ranges) as dead,
      (select count(*) from repeated) as repeated,
      (select count(*) from extra) as extra,
      (select count(*) from (
        select distinct ${places} from missing
        except
        select ${places} from repeated
      ) as missing_events) as missing`)
  const found = rows[0]!
  const [extra, missing] = [Number(found.extra), Number(found.missing)]
  const wrong = await falseLetters(client, row)
  const filtered = Number(found.events) - Number(found.given) - Number(found.dead)
  const account = `${found.stored} stored + ${found.dead} dead + ${found.repeated} repeated + ${filtered} filtered = ${found.events} events`
  return extra + missing + wrong === 0
    ? verdictOf(row, 'equal', account)
    : verdictOf(
        row,
        'different',
        `${extra} rows are stored that should not be, ${missing} events are missing or incomplete, ${wrong} dead letters are none (${account})`,
      )
}

function hasStoredKey(row: StoredRow): string {
  const model = modelOf(row)
  const key = columnsOf(model, 'key')
  if (key.length === 0) return 'false'
  const same = key.map((column) => `kept.${quote(column)} = missing.${quote(column)}`).join(' and ')
  if (model.header['unique']) {
    return `exists (select from store.${quote(`${row.store}_keys`)} as kept where ${same})`
  }
  const [time] = columnsOf(model, 'time').map(quote)
  const unit = partitionUnit(model)
  const start = `date_trunc('${unit}', missing.${time!}, 'UTC')`
  return `exists (
          select from store.${quote(row.store)} as kept
          where ${same} and kept.${time!} >= ${start} and kept.${time!} < ${start} + interval '1 ${unit}'
        )`
}
