import { textOf } from './ast.ts'
import { selectOverRange } from './bronzeInputs.ts'
import {
  checkFunction,
  definitionOf,
  resultOf,
  riskyOutputs,
  type Reading,
  type StoredForm,
} from './compileEvent.ts'
import { columnsOf, type Model } from './model.ts'
import { coordinates, parsedIn } from './parsedEvents.ts'
import { columnList, quote, storeName, type Column } from './storeNames.ts'

const places: Column[] = [
  { name: 'sluice_is_deleted', type: 'boolean' },
  { name: 'sluice_kafka_at', type: 'timestamptz' },
  { name: 'sluice_partition', type: 'int' },
  { name: 'sluice_offset', type: 'bigint' },
  { name: 'sluice_generation', type: 'smallint' },
  { name: 'sluice_source_id', type: 'int' },
]

/**
 * What orders the versions of an entity: its version, then Kafka's time, partition, offset. With a version a
 * tombstone, which has none, is newer than all: else the order of arrival would matter.
 */
function orderOf(model: Model): string[] {
  const version = columnsOf(model, 'version')
  const isFinal = version.length > 0 && model.header['delete'] !== undefined
  const later = places.slice(1).map((column) => column.name)
  return [...(isFinal ? ['sluice_is_deleted'] : []), ...version, ...later]
}

/** Of entries, as `parsed`, the newest of each key. Of one event's own the last by their text: none is newer. */
export function newestPerKey(model: Model, from: string): string {
  const key = columnList(columnsOf(model, 'key'))
  const order = orderOf(model).map((column) => `${quote(column)} desc nulls last`)
  return `select distinct on (${key}) *
    from ${from}
    order by ${key}, ${order.join(', ')}, (parsed.*)::text collate "C" desc`
}

/** All columns of an entity's table. */
export const storedColumns = (columns: string[]): string[] => [
  ...places.map((column) => column.name),
  ...columns,
]

/**
 * An entity table: the newest version per key, whatever order events come in. A tombstone leaves a marker, so
 * that a late older version does not revive it.
 */
export function compileEntity(
  model: Model,
  version: number,
  columns: Column[],
  reading: Reading,
): StoredForm {
  const name = storeName(model, version)
  const table = `store.${quote(name)}`
  const key = columnsOf(model, 'key')
  const stored = [...places, ...columns]
  const all = columnList(stored.map((column) => column.name))
  const order = orderOf(model)
  const deletes = model.header['delete'] !== undefined
  // keys that are equal in their collation may differ
  const changed = stored
    .filter((column) => !key.includes(column.name) || column.collation !== undefined)
    .map((column) => column.name)
  const take = `create function store.${quote(`${name}_take`)}(sluice_range ops.batch_range, sluice_slice_no bigint, sluice_skip bigint[], sluice_floor timestamptz)
returns table (row_count bigint, from_at timestamptz, to_at timestamptz)
language plpgsql volatile
as $sluice$
#variable_conflict use_column
begin
  return query
  with newest as (
${newestPerKey(model, `${parsedIn(name, stored)} as parsed`)}
  ),
  upserted as (
    insert into ${table} as stored (${all})
    select ${all}
    from newest
    on conflict (${columnList(key)}) do update
    set ${changed.map((column) => `${quote(column)} = excluded.${quote(column)}`).join(',\n      ')}
    where (${columnList(order, 'excluded.')})
      > (${columnList(order, 'stored.')})
    returning 1
  )
  select count(*), null::timestamptz, null::timestamptz
  from upserted;
end
$sluice$`
  return {
    create: [
      `create table ${table} (\n  ${stored.map(definitionOf).join(',\n  ')},\n  unique (${columnList(key)})\n)\nwith (fillfactor = 80)`,
      parseFunction(model, name, columns, reading),
      checkFunction(
        name,
        ['parsed.sluice_is_deleted', ...riskyOutputs(model, columns, key)],
        parseSelectOf(model, columns, reading, true),
      ),
      take,
    ],
    indexes: [],
    view: `select ${columnList(columns.map((column) => column.name))}\nfrom ${table}${deletes ? '\nwhere not sluice_is_deleted' : ''}`,
    functionName: null,
    strategy: null,
    strategyReason: null,
  }
}

function parseFunction(model: Model, name: string, columns: Column[], reading: Reading): string {
  return `create function store.${quote(`${name}_parse`)}(sluice_range ops.batch_range, sluice_skip bigint[], sluice_floor timestamptz)
returns table (${[...places, ...columns].map(resultOf).join(', ')})
language sql stable
as $sluice$
${parseSelectOf(model, columns, reading, false)}
$sluice$`
}

function parseSelectOf(
  model: Model,
  columns: Column[],
  { sources, times }: Reading,
  isTraced: boolean,
): string {
  const deletes = model.header['delete'] !== undefined
  const key = columnsOf(model, 'key')
  const select = selectOverRange(
    model,
    sources,
    [
      ...coordinates,
      { name: 'sluice_is_deleted', value: 'bronze.payload is null' },
      { name: 'sluice_kafka_at', value: 'bronze.kafka_at' },
      { name: 'sluice_kafka_key', value: 'bronze.kafka_key' },
    ],
    { times, keepTombstones: deletes, isTraced },
  )
  const outputs = columns.map(({ name: column, type }) => {
    const value = `events.${quote(column)}`
    return deletes && column === key[0]
      ? `case when events.sluice_is_deleted then coalesce(${value}, events.sluice_kafka_key::${type}) else ${value} end`
      : value
  })
  const named = columns.map((column, index) => `${outputs[index]!} as ${quote(column.name)}`)
  const isMissing = [
    ...key.map((column) => `entries.${quote(column)} is null`),
    ...columnsOf(model, 'version').map(
      (column) => `(entries.${quote(column)} is null and not entries.sluice_is_deleted)`,
    ),
    'entries.sluice_reads_clock',
  ]
  return `select
  case when ${isMissing.join(' or ')} then ops.refuse_entry() else entries.sluice_is_deleted end as sluice_is_deleted,
  ${[...places.slice(1), ...columns].map((column) => `entries.${quote(column.name)}`).join(',\n  ')}
from (
  select
    ${places.map((column) => `events.${column.name}`).join(',\n    ')},
    ${named.join(',\n    ')},
    events.sluice_reads_clock
  from (
${textOf(select)}
  ) as events${deletes ? '' : '\n  where not events.sluice_is_deleted'}
  offset 0
) as entries`
}
