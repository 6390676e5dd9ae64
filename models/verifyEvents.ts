import type pg from 'pg'
import { coordinateColumns, partitionUnit } from './parsedEvents.ts'
import { columnsOf } from './model.ts'
import { columnList, quote } from './storeNames.ts'
import {
  comparable,
  compare,
  modelOf,
  outputsOf,
  told,
  verdictOf,
  type StoredRow,
  type Verdict,
} from './verdict.ts'
import { falseLetters, notCounted, parsedFrom, uncountedEvents } from './verifyBronze.ts'

/**
 * Every event is one of four: stored with the rows that the definition gives, dead, repeated (its key is stored by
 * another event), or filtered (it gives no row).
 */
export async function verifyEvents(client: pg.ClientBase, row: StoredRow): Promise<Verdict> {
  const columns = await outputsOf(client, row)
  const coordinates = coordinateColumns.map((column) => column.name)
  const outputsOfTable = (table: string) =>
    [columnList(coordinates, `${table}.`), ...columns.map((one) => comparable(one, table))].join(
      ', ',
    )
  const places = columnList(coordinates)
  const { rows } = await client.query<
    Record<'events' | 'stored' | 'given' | 'dead' | 'repeated' | 'extra' | 'missing', string>
  >(`
    with defined as materialized (${parsedFrom(row, outputsOfTable('parsed'))}),
    ranges as materialized (
      select * from unnest(ops.applied_ranges('${row.schema}.${row.object}'))
    ),
    -- of events that bronze no longer has nothing can be said
    dropped as materialized (
      select
        batches.source_id, batches.generation, batches.kafka_partition,
        min(batches.first_offset) as first_offset, max(batches.last_offset) as last_offset
      from ops.model_inputs as inputs
      join ops.batches using (source_id)
      where inputs.model = '${row.schema}.${row.object}'
        and inputs.version = ${row.version}
        and batches.row_count > 0
        and batches.stored_at < ops.bronze_floor(substr(inputs.input, length('bronze.') + 1))
      group by batches.source_id, batches.generation, batches.kafka_partition, batches.kind
    ),
    stored as materialized (
      select ${outputsOfTable('stored')}
      from store.${quote(row.store)} as stored
      where not ${isWithin('dropped')} or ${isWithin('ranges')}
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
  const beside: [number, string][] = [
    [await wrongSlices(client, row), 'slices do not hold the rows that were counted'],
    [await wrongKeys(client, row), 'keys are kept wrongly'],
    [await uncountedEvents(client, row), notCounted],
  ]
  return extra + missing + wrong === 0 && told(beside) === ''
    ? verdictOf(row, 'equal', account)
    : verdictOf(
        row,
        'different',
        `${extra} rows are stored that should not be, ${missing} events are missing or incomplete, ${wrong} dead letters are none${told(beside)} (${account})`,
      )
}

const isWithin = (ranges: string) => `exists (
        select
        from ${ranges} as ranges
        where ranges.source_id = stored.sluice_source_id
          and ranges.generation = stored.sluice_generation
          and ranges.kafka_partition = stored.sluice_partition
          and stored.sluice_offset between ranges.first_offset and ranges.last_offset
      )`

/** Slices whose rows are not as many as the tick added: models that catch up would miss some, or take them twice. */
async function wrongSlices(client: pg.ClientBase, row: StoredRow): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `with held as (
      select slice_no, count(*) as row_count from store.${quote(row.store)} group by slice_no
    ),
    counted as (
      select slice_no, row_count from ops.slices where model = $1 and version = $2
    )
    select count(*)
    from held
    full join counted using (slice_no)
    where coalesce(held.row_count, 0) <> coalesce(counted.row_count, 0)`,
    [`${row.schema}.${row.object}`, row.version],
  )
  return Number(rows[0]!.count)
}

/** Of a model whose keys are unique for ever: keys that the table of keys has and the model has not, or the other way. */
async function wrongKeys(client: pg.ClientBase, row: StoredRow): Promise<number> {
  const model = modelOf(row)
  if (!model.header['unique']) return 0
  const key = columnsOf(model, 'key')
  const isWhole = key.map((column) => `${quote(column)} is distinct from null`).join(' and ')
  const { extra, missing } = await compare(
    client,
    `select ${columnList(key)} from store.${quote(`${row.store}_keys`)}`,
    `select ${columnList(key)} from store.${quote(row.store)} where ${isWhole}`,
  )
  return extra + missing
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
