import { textOf } from './ast.ts'
import { safeOutputs, selectOverRange, type Sources } from './bronzeInputs.ts'
import { columnsOf, type Model } from './model.ts'
import type { EventIndex } from './indexes.ts'
import { castsSoftly } from './softCasts.ts'
import { collated, columnList, columnType, quote, storeName, type Column } from './storeNames.ts'
import type { TimeTypes } from './timeTypes.ts'

/** What keeps one version of a model in schema store. */
export interface StoredForm {
  /** Statements that make tables and functions, in order. */
  create: string[]
  /** What else it needs, on the event tables that it reads. */
  indexes: EventIndex[]
  /** The select of the view that readers see. */
  view: string
  /** Of an incremental model: the function that applies slices. */
  functionName: string | null
  strategy: string | null
  strategyReason: string | null
}

export const coordinateColumns: Column[] = [
  { name: 'sluice_source_id', type: 'int' },
  { name: 'sluice_generation', type: 'smallint' },
  { name: 'sluice_partition', type: 'int' },
  { name: 'sluice_offset', type: 'bigint' },
]

export const coordinates = [
  { name: 'sluice_source_id', value: 'bronze.sluice_source_id' },
  { name: 'sluice_generation', value: 'bronze.generation' },
  { name: 'sluice_partition', value: 'bronze.kafka_partition' },
  { name: 'sluice_offset', value: 'bronze.kafka_offset' },
]

/** A column of a table. */
export const definitionOf = (column: Column): string =>
  `${quote(column.name)} ${columnType(column)}`

/** A column of what a function returns, which has no collation. */
export const resultOf = ({ name, type }: Column): string => `${quote(name)} ${type}`

/** What a `_parse` function gives, as an item of `from`; columns in their collations, by which keys are told apart. */
export function parsedIn(name: string, columns: Column[], range = 'sluice_range'): string {
  const call = `store.${quote(`${name}_parse`)}(${range}, sluice_skip, sluice_floor)`
  return columns.some((column) => column.collation)
    ? `(select ${collated(columns, 'rows.')} from ${call} as rows)`
    : call
}

/** Days while they are few; months, so that a query over a long history does not lock hundreds of tables. */
export function partitionUnit(model: Model): 'day' | 'month' {
  const days = retainedDays(model)
  return days !== null && days <= 90 ? 'day' : 'month'
}

/** Of `-- retain: 30 days`; null keeps all. */
export function retainedDays(model: Model): number | null {
  const retain = /^(\d+) days?$/.exec(model.header['retain']?.value ?? '')
  return retain ? Number(retain[1]) : null
}

/** What the compiler knows of what a model reads. */
export interface Reading {
  sources: Sources
  times: TimeTypes
}

/**
 * An event table: partitioned by its time, each partition unique by the key, with the coordinates of the event
 * that every row was made of. `_parse` reads a range of batches, `_take` stores it as part of a slice.
 */
export function compileEvent(
  model: Model,
  version: number,
  columns: Column[],
  {
    severalRows,
    hasSoftCasts,
    ...reading
  }: Reading & { severalRows: boolean; hasSoftCasts: boolean },
): StoredForm {
  const name = storeName(model, version)
  const key = columnsOf(model, 'key')
  const isEver = model.header['unique'] !== undefined
  const table = `store.${quote(name)}`
  const stored = [{ name: 'slice_no', type: 'bigint' }, ...coordinateColumns, ...columns]
  // of an event's rows it would pass over one
  const only = hasSoftCasts && !severalRows ? castsSoftly(model, columns) : undefined
  const parsed = only
    ? `(\n${parseSelectOf(model, columns, reading, { only })}\n)`
    : parsedIn(name, [...coordinateColumns, ...columns])
  const take = { model, name, columns, parsed, key, isEver, severalRows }
  const create = [
    `create table ${table} (\n  ${stored.map(definitionOf).join(',\n  ')}\n)\npartition by range (${quote(columnsOf(model, 'time')[0]!)})`,
    `create index on ${table} (slice_no)`,
    parseFunction(model, name, columns, reading),
    checkFunction(
      name,
      riskyOutputs(model, columns, columnsOf(model, 'time')),
      parseSelectOf(model, columns, reading, { isTraced: true }),
    ),
    takeFunction('take', take),
  ]
  if (!isEver && !severalRows) create.push(takeFunction('fill', { ...take, key: [] }))
  if (isEver) {
    const keyColumns = columns.filter((column) => key.includes(column.name))
    create.splice(
      2,
      0,
      `create table store.${quote(`${name}_keys`)} (\n  ${keyColumns.map(definitionOf).join(',\n  ')},\n  unique (${columnList(key)})\n)`,
    )
  }
  return {
    create,
    indexes: [],
    view: `select ${columnList(columns.map((column) => column.name))}\nfrom ${table}`,
    functionName: null,
    strategy: null,
    strategyReason: null,
  }
}

function parseFunction(model: Model, name: string, columns: Column[], reading: Reading): string {
  const types = [...coordinateColumns, ...columns].map(resultOf)
  return `create function store.${quote(`${name}_parse`)}(sluice_range ops.batch_range, sluice_skip bigint[], sluice_floor timestamptz)
returns table (${types.join(', ')})
language sql stable
as $sluice$
${parseSelectOf(model, columns, reading)}
$sluice$`
}

function parseSelectOf(
  model: Model,
  columns: Column[],
  { sources, times }: Reading,
  how: { isTraced?: boolean; only?: string } = {},
): string {
  const time = quote(columnsOf(model, 'time')[0]!)
  const select = selectOverRange(
    model,
    sources,
    [...coordinates, { name: 'sluice_ingested_at', value: 'bronze.ingested_at' }],
    { times, keepTombstones: false, ...how },
  )
  const outputs = columns.map(({ name }) =>
    quote(name) === time ? `${checkedTime(time)} as ${time}` : `events.${quote(name)}`,
  )
  return `select
  ${[...coordinateColumns.map((column) => `events.${column.name}`), ...outputs].join(',\n  ')}
from (
  select * from (
${textOf(select)}
  ) as parsed
  -- evaluated once, before the check of the time
  offset 0
) as events`
}

/** Reads a range of batches, and computes what of each event may fail; the sequence says how far it came. */
export function checkFunction(name: string, outputs: string[], select: string): string {
  return `create function store.${quote(`${name}_check`)}(sluice_range ops.batch_range, sluice_skip bigint[], sluice_floor timestamptz)
returns void
language plpgsql volatile
as $sluice$
begin
  -- counting them as values makes the server compute all of them
  perform count(row(${outputs.join(', ')}))
  from (
${select}
  ) as parsed;
end
$sluice$`
}

/** The outputs that an event can make fail, of the parsed rows. */
export function riskyOutputs(model: Model, columns: Column[], always: string[]): string[] {
  const safe = safeOutputs(model)
  return columns
    .filter(({ name }, index) => !safe[index] || always.includes(name))
    .map(({ name }) => `parsed.${quote(name)}`)
}

/** Nearly all times are before the event came, which is told without adding a day to a time: a tenth of the parsing. */
const checkedTime = (time: string) => `case
    when events.${time} >= sluice_floor
      and (
        events.${time} <= events.sluice_ingested_at
        or events.${time} <= events.sluice_ingested_at + interval '24 hours'
      )
      and not coalesce(events.sluice_reads_clock, false)
    then events.${time}
    else ops.refuse_time(events.${time}, events.sluice_ingested_at, sluice_floor)
  end`

interface Take {
  model: Model
  name: string
  columns: Column[]
  /** What reads a range, as an item of `from`. */
  parsed: string
  key: string[]
  isEver: boolean
  severalRows: boolean
}

function takeFunction(way: 'take' | 'fill', take: Take): string {
  const { name, severalRows, isEver, key } = take
  const body =
    key.length === 0 || !severalRows
      ? `  return query\n${isEver ? insertByKeyTable(take) : insertAll(take)};`
      : severalRowsBody(take)
  return `create function store.${quote(`${name}_${way}`)}(sluice_range ops.batch_range, sluice_slice_no bigint, sluice_skip bigint[], sluice_floor timestamptz)
returns table (row_count bigint, from_at timestamptz, to_at timestamptz)
language plpgsql volatile${isEver && !severalRows ? joinsByHash : ''}
as $sluice$
#variable_conflict use_column
${declarations(body)}begin
${body}
end
$sluice$`
}

/** The planner takes a range for one row, and would compare each claimed key with each. */
const joinsByHash = '\nset enable_nestloop = off'

const declarations = (body: string) =>
  body.includes('sluice_event')
    ? `declare
  sluice_event record;
  sluice_one ops.batch_range;
  sluice_row_count bigint;
  sluice_from_at timestamptz;
  sluice_to_at timestamptz;
`
    : ''

const names = ({ columns }: Take) =>
  columnList([...coordinateColumns, ...columns].map((column) => column.name))
const timeOf = ({ model }: Take) => quote(columnsOf(model, 'time')[0]!)

const counted = (time: string) =>
  `select count(*), min(inserted.${time}), max(inserted.${time})\nfrom inserted`

/**
 * Of a repeated key the first stays: of one batch the lowest offset. By key first, since the index takes neighbours
 * for a quarter less than random keys.
 */
const inKeyOrder = (key: string[]) => `order by ${columnList(key, 'parsed.')}, parsed.sluice_offset`

function insertAll(take: Take): string {
  const { name, key, parsed } = take
  return `with inserted as (
  insert into store.${quote(name)} (slice_no, ${names(take)})
  select sluice_slice_no, parsed.*
  from ${parsed} as parsed${
    key.length === 0 ? '' : `\n  ${inKeyOrder(key)}\n  on conflict do nothing`
  }
  returning ${timeOf(take)}
)
${counted(timeOf(take))}`
}

function insertByKeyTable(take: Take): string {
  const { name, key, parsed } = take
  const keys = columnList(key)
  const isNull = key
    .map((column) => `parsed.${quote(column)} is not distinct from null`)
    .join(' or ')
  return `with parsed as materialized (
  select * from ${parsed} as events
),
first_events as (
  select distinct on (${keys}) *
  from parsed
  where not (${isNull})
  order by ${keys}, sluice_offset
),
claimed as (
  insert into store.${quote(`${name}_keys`)} (${keys})
  select ${keys}
  from first_events
  on conflict do nothing
  returning ${keys}
),
inserted as (
  insert into store.${quote(name)} (slice_no, ${names(take)})
  select sluice_slice_no, ${names(take)}
  from first_events
  join claimed using (${keys})
  union all
  select sluice_slice_no, ${names(take)}
  from parsed
  where ${isNull}
  returning ${timeOf(take)}
)
${counted(timeOf(take))}`
}

/** The rows of an event are stored all or none: an event repeats when any of its keys is stored. */
function severalRowsBody(take: Take): string {
  const { isEver } = take
  if (isEver) return eventByEvent(take)
  return `  begin
    return query
    ${bulkOrPartial(take)};
    return;
  exception
    -- some rows of an event met stored keys, others did not: once more, event by event
    when sqlstate 'SL020' then null;
  end;
${eventByEvent(take)}`
}

function bulkOrPartial(take: Take): string {
  const { name, key, parsed } = take
  const time = timeOf(take)
  return `with parsed as materialized (
      select * from ${parsed} as events
    ),
    inserted as (
      insert into store.${quote(name)} (slice_no, ${names(take)})
      select sluice_slice_no, parsed.*
      from parsed
      ${inKeyOrder(key)}
      on conflict do nothing
      returning sluice_offset, ${time}
    ),
    events as (
      select sluice_offset, count(*) filter (where is_made) as made, count(*) filter (where not is_made) as wanted
      from (
        select sluice_offset, true as is_made from inserted
        union all
        select sluice_offset, false from parsed
      ) as counted
      group by sluice_offset
    )
    select
      coalesce(sum(made), 0)::bigint
        + coalesce(sum(case when made > 0 then ops.refuse_partial(made, wanted) end), 0)::bigint,
      (select min(${time}) from inserted),
      (select max(${time}) from inserted)
    from events`
}

function eventByEvent(take: Take): string {
  const { name, key, isEver, model, columns } = take
  const time = timeOf(take)
  const parse = parsedIn(name, [...coordinateColumns, ...columns], 'sluice_one')
  const unit = partitionUnit(model)
  const sameKey = key.map((column) => `stored.${quote(column)} = parsed.${quote(column)}`)
  const bucket = isEver
    ? []
    : [
        `stored.${time} >= date_trunc('${unit}', parsed.${time}, 'UTC')`,
        `stored.${time} < date_trunc('${unit}', parsed.${time}, 'UTC') + interval '1 ${unit}'`,
      ]
  const stored = isEver ? `${name}_keys` : name
  const keys = isEver
    ? `
      insert into store.${quote(`${name}_keys`)} (${columnList(key)})
      select ${columnList(key, 'parsed.')}
      from ${parse} as parsed
      where ${key.map((column) => `parsed.${quote(column)} is distinct from null`).join(' and ')};`
    : ''
  return `  row_count := 0;
  for sluice_event in
    -- all columns of all events, as one that is bad is none that is repeated
    with parsed as materialized (
      select * from store.${quote(`${name}_parse`)}(sluice_range, sluice_skip, sluice_floor) as events
    )
    select distinct sluice_offset
    from parsed
    order by sluice_offset
  loop
    sluice_one := sluice_range;
    sluice_one.first_offset := sluice_event.sluice_offset;
    sluice_one.last_offset := sluice_event.sluice_offset;
    if not exists (
      select
      from ${parse} as parsed
      join store.${quote(stored)} as stored
        on ${[...sameKey, ...bucket].join('\n        and ')}
    ) then${keys}
      with inserted as (
        insert into store.${quote(name)} (slice_no, ${names(take)})
        select sluice_slice_no, parsed.*
        from ${parse} as parsed
        returning ${time}
      )
      select count(*), min(inserted.${time}), max(inserted.${time})
      into sluice_row_count, sluice_from_at, sluice_to_at
      from inserted;
      row_count := row_count + sluice_row_count;
      from_at := least(from_at, sluice_from_at);
      to_at := greatest(to_at, sluice_to_at);
    end if;
  end loop;
  return next;`
}
