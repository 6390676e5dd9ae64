import { calledName, copyOf, targetsOf, textOf, type Node } from './ast.ts'
import type { StoredForm } from './compileEvent.ts'
import type { Incremental } from './compileMerge.ts'
import { indexOn, newOnly, readTables, resultTable, rowsOf, type Choice } from './compileRegroup.ts'
import type { EventTable } from './eventTables.ts'
import type { Flat } from './flatten.ts'
import type { Obstacle } from './linear.ts'
import { columnList, quote, storeName } from './storeNames.ts'

/** The outputs that say when a row began and ended. */
interface Span {
  from: string
  to: string
}

/**
 * Regroup bounded in time: of each touched part only the times around the new events are computed anew, as far as
 * `reach`, widened to the stored rows that meet them. Exact when rows of one part that are further apart than
 * `reach` have nothing to do with each other, as sessions are.
 */
export function compileReach(
  flat: Flat,
  choice: Choice,
  context: Incremental,
): StoredForm | Obstacle {
  const { model, version, columns } = context
  const refuse = (reason: string): Obstacle => ({ reason, place: undefined })
  const { scope, outputs } = choice
  const part = columns[outputs[0]!]!
  const bounds = flat.occurrences.map(
    (_, index) =>
      scope.restrictions.find((one) => one.occurrence === index + 1 && one.bucket === undefined)
        ?.column,
  )
  if (outputs.length !== 1 || bounds.some((column) => column === undefined)) {
    return refuse('reach needs a scope of one column that every event table has; name it: scope')
  }
  if (scope.touches.some((touch) => touch.time === undefined)) {
    return refuse('reach needs the time of every event that touches a part')
  }
  const span = spanOf(flat, context)
  if (!span) {
    return refuse(
      'reach needs the first and the last time of each row among the outputs: min(…) and max(…) of the events’ time',
    )
  }
  const name = storeName(model, version)
  return {
    create: [
      resultTable(context),
      `create index on store.${quote(name)} (${columnList([part.name, span.from])})`,
      ...new Set(
        flat.occurrences.map((table, index) => indexOn(table, bounds[index]!, table.time)),
      ),
      applyFunction(flat, choice, span, bounds as string[], context),
    ],
    view: `select ${columnList(columns.map((column) => column.name))}\nfrom store.${quote(name)}`,
    functionName: `${name}_apply`,
    strategy: 'regroup',
    strategyReason: `parts by ${part.name} are computed anew within ${model.header['reach']!.value} of new events`,
  }
}

function spanOf(flat: Flat, { columns }: Incremental): Span | undefined {
  if (flat.select['larg']) return undefined
  const targets = targetsOf(flat.select)
  const named = (name: string) =>
    columns.find((column, index) => {
      const call = targets[index]?.node['FuncCall'] as Node | undefined
      return call && calledName(call) === name && column.type === 'timestamp with time zone'
    })?.name
  const [from, to] = [named('min'), named('max')]
  return from && to ? { from, to } : undefined
}

function applyFunction(
  flat: Flat,
  { scope, outputs }: Choice,
  span: Span,
  bounds: string[],
  { model, version, columns, inputs }: Incremental,
): string {
  const table = `store.${quote(storeName(model, version))}`
  const part = columns[outputs[0]!]!
  const names = columnList(columns.map((column) => column.name))
  const touches = scope.touches.map(({ select, occurrence, time }) => {
    const timed = copyOf(select)
    timed['targetList'] = [
      ...(timed['targetList'] as Node[]),
      { ResTarget: { name: 'touched_at', val: copyOf(time!) } },
    ]
    return textOf(
      readTables(timed, flat, (event, number) =>
        rowsOf(event, timed, number === occurrence ? newOnly(event, inputs) : []),
      ),
    )
  })
  const definition = textOf(
    readTables(flat.select, flat, (event, number) =>
      rowsWithin(event, bounds[number - 1]!, rowsOf(event, flat.select, [])),
    ),
  )
  const same = (value: string) =>
    `(${value} = windows.part or (${value} is null and windows.part is null))`
  const windows = 'unnest(sluice_parts, sluice_from, sluice_to) as windows (part, from_at, to_at)'
  const [from, to] = [quote(span.from), quote(span.to)]
  return `create function store.${quote(`${storeName(model, version)}_apply`)}(sluice_new ops.slice_range[], sluice_applied int8multirange[])
returns void
language plpgsql volatile
set plan_cache_mode = force_custom_plan
as $sluice$
#variable_conflict use_column
declare
  sluice_reach constant interval := interval '${model.header['reach']!.value}';
  sluice_parts ${part.type}[];
  sluice_from timestamptz[];
  sluice_to timestamptz[];
begin
  -- around the new events of each part, and around the stored rows that meet these times
  with windows as (
    select part_1 as part, min(touched_at) - sluice_reach as from_at, max(touched_at) + sluice_reach as to_at
    from (
${touches.join('\n      union all\n')}
    ) as touches
    group by part_1
  ),
  widened as (
    select
      windows.part,
      least(windows.from_at, min(met.${from})) as from_at,
      greatest(windows.to_at, max(met.${to})) as to_at
    from windows
    left join lateral (
      select ${from}, ${to}
      from ${table} as result
      where ${same(`result.${quote(part.name)}`)}
        and result.${from} <= windows.to_at
        and result.${to} >= windows.from_at
    ) as met on true
    group by windows.part, windows.from_at, windows.to_at
  )
  select array_agg(part), array_agg(from_at), array_agg(to_at)
  into sluice_parts, sluice_from, sluice_to
  from widened;

  delete from ${table} as result
  using ${windows}
  where ${same(`result.${quote(part.name)}`)}
    and result.${from} >= windows.from_at
    and result.${to} <= windows.to_at;

  insert into ${table} (${names})
  select ${names}
  from (
${definition}
  ) as result (${columns.map((column) => quote(column.name)).join(', ')});
end
$sluice$`
}

/** A part that is null is looked for apart: an equality never finds it, and an or would find it without the index. */
function rowsWithin({ time }: EventTable, column: string, rows: string): string {
  const windows = 'unnest(sluice_parts, sluice_from, sluice_to) as windows (part, from_at, to_at)'
  const within = `events.${quote(time)} between windows.from_at and windows.to_at`
  return `select events.*
    from ${windows}
    join (${rows}) as events on events.${quote(column)} = windows.part and ${within}
    union all
    select events.*
    from ${windows}
    join (${rows}) as events on ${within}
    where windows.part is null and events.${quote(column)} is null`
}
