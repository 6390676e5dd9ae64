import { columnsOf, type Model } from './model.ts'
import { coordinateColumns, parsedIn, partitionUnit } from './parsedEvents.ts'
import { columnList, quote, type Column } from './storeNames.ts'

/** An event model, for what stores a range of its batches. */
export interface Take {
  model: Model
  name: string
  columns: Column[]
  /** What reads a range, as an item of `from`. */
  parsed: string
  key: string[]
  isEver: boolean
  severalRows: boolean
}

/** The function that stores a range of batches as part of a slice; to `fill`, into a table that has no index yet. */
export function takeFunction(way: 'take' | 'fill', take: Take): string {
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
