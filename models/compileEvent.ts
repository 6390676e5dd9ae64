import { textOf } from './ast.ts'
import { safeOutputs, selectOverRange, type Sources } from './bronzeInputs.ts'
import { columnsOf, type Model } from './model.ts'
import type { EventIndex } from './indexes.ts'
import { coordinateColumns, coordinates, parsedIn } from './parsedEvents.ts'
import { castsSoftly } from './softCasts.ts'
import { columnList, columnType, quote, storeName, type Column } from './storeNames.ts'
import { takeFunction } from './takeEvents.ts'
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

/** A column of a table. */
export const definitionOf = (column: Column): string =>
  `${quote(column.name)} ${columnType(column)}`

/** A column of what a function returns, which has no collation. */
export const resultOf = ({ name, type }: Column): string => `${quote(name)} ${type}`

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
