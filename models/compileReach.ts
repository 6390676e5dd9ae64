import { copyOf, textOf, type Node } from './ast.ts'
import type { StoredForm } from './compileEvent.ts'
import type { Choice } from './chooseScope.ts'
import type { Incremental } from './compileMerge.ts'
import { newDefinition, partIndex, partTypes, resultTable, touchTexts } from './compileRegroup.ts'
import type { Scope, Touch } from './scope.ts'
import { newOnly, readTables, rowsOf } from './eventRows.ts'
import type { EventTable } from './eventTables.ts'
import { fillFunction } from './fillFunction.ts'
import type { Flat } from './flatten.ts'
import { indexOn } from './indexes.ts'
import type { Obstacle } from './linear.ts'
import { farObstacle, spanOf, type Span } from './reachSpan.ts'
import { columnList, quote, storeName, type Column } from './storeNames.ts'

const windows = 'unnest(sluice_parts, sluice_begins, sluice_ends) as windows (part, from_at, to_at)'

/** When the cluster of a row begins and ends. */
const clusterColumns = ['sluice_from timestamptz not null', 'sluice_to timestamptz not null']

/**
 * Regroup bounded in time: of each touched part only the times around the new events are computed anew, as far as
 * `reach`, widened to the stored rows that meet them. Exact when rows of one part that are further apart than
 * `reach` have nothing to do with each other, as sessions are.
 * Rows of one part that overlap, one the next, are a cluster; each row keeps the times of its cluster. So the last row
 * that begins before a time tells whether any of the earlier ones meets it: without that, all of a part's history would
 * have to be read.
 */
export async function compileReach(
  flat: Flat,
  choice: Choice,
  context: Incremental,
): Promise<StoredForm | Obstacle> {
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
      'reach needs the first and the last time of each row among the outputs: min(…) and max(…) of the events’ time; of joined ones min(least(…)) and max(greatest(…))',
    )
  }
  const far = farObstacle(flat, context)
  if (far)
    return { ...far, hint: 'Keep all rows, and number, compare or filter them in a view above.' }
  const types = await partTypes(flat, scope, context.describe)
  if ('reason' in types) return types
  const name = storeName(model, version)
  return {
    create: [
      resultTable(context, clusterColumns),
      ...partIndex(context, [part.name, span.from]),
      applyFunction(flat, scope, { ...part, type: types[0]! }, span, bounds as string[], context),
      fillFunction(name, insertClusters(newDefinition(flat, context.inputs), part, span, context)),
    ],
    indexes: flat.occurrences.flatMap((table, index) => indexOn(table, bounds[index]!, table.time)),
    view: `select ${columnList(columns.map((column) => column.name))}\nfrom store.${quote(name)}`,
    functionName: `${name}_apply`,
    strategy: 'regroup',
    strategyReason: `parts by ${part.name} are computed anew within ${model.header['reach']!.value} of new events`,
  }
}

function applyFunction(
  flat: Flat,
  scope: Scope,
  part: Column,
  span: Span,
  bounds: string[],
  context: Incremental,
): string {
  const { model, version, inputs } = context
  const table = `store.${quote(storeName(model, version))}`
  const touches = touchTexts(flat, { touches: timedTouches(scope) }, (event) =>
    newOnly(event, inputs),
  )
  const definition = textOf(
    readTables(flat.select, flat, (event, number) =>
      rowsWithin(event, bounds[number - 1]!, rowsOf(event, flat.select, [])),
    ),
  )
  const [from, partName] = [quote(span.from), quote(part.name)]
  // apart, since an equality never finds null, and an or would find it without the index
  const samePart = [
    `result.${partName} = windows.part`,
    `windows.part is not distinct from null and result.${partName} is not distinct from null`,
  ]
  return `create function store.${quote(`${storeName(model, version)}_apply`)}(sluice_new ops.slice_range[], sluice_applied int8multirange[])
returns void
language plpgsql volatile
set plan_cache_mode = force_custom_plan
as $sluice$
#variable_conflict use_column
declare
  sluice_reach constant interval := interval '${model.header['reach']!.value}';
  sluice_parts ${part.type}[];
  sluice_begins timestamptz[];
  sluice_ends timestamptz[];
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
      least(windows.from_at, min(met.sluice_from)) as from_at,
      greatest(windows.to_at, max(met.sluice_to)) as to_at
    from windows
    left join lateral (
${samePart.map((condition) => rowsThatMeet(table, from, condition)).join('\n      union all\n')}
    ) as met on true
    group by windows.part, windows.from_at, windows.to_at
  )
  select array_agg(part), array_agg(from_at), array_agg(to_at)
  into sluice_parts, sluice_begins, sluice_ends
  from widened;

${samePart.map((condition) => `  delete from ${table} as result\n  using ${windows}\n  where ${condition}\n    and result.${from} between windows.from_at and windows.to_at;`).join('\n')}

  ${insertClusters(definition, part, span, context)};
end
$sluice$`
}

/** The touches with the times of their events. */
const timedTouches = ({ touches }: Scope): Touch[] =>
  touches.map((touch) => {
    const select = copyOf(touch.select)
    const time = { ResTarget: { name: 'touched_at', val: copyOf(touch.time!) } }
    select['targetList'] = [...(select['targetList'] as Node[]), time]
    return { ...touch, select }
  })

/** Inserts what the select makes, each row with the times of its cluster. */
function insertClusters(
  definition: string,
  part: Column,
  span: Span,
  { model, version, columns }: Incremental,
): string {
  const names = columnList(columns.map((column) => column.name))
  const [from, to, partName] = [quote(span.from), quote(span.to), quote(part.name)]
  return `insert into store.${quote(storeName(model, version))} (${names}, sluice_from, sluice_to)
  select ${names}, min(${from}) over clusters, max(${to}) over clusters
  from (
    select result.*, count(*) filter (where sluice_is_first) over (partition by ${partName} order by ${from}, ${to}) as sluice_cluster_no
    from (
      select result.*, coalesce(${from} > max(${to}) over earlier, true) as sluice_is_first
      from (
${definition}
      ) as result (${columns.map((column) => quote(column.name)).join(', ')})
      window earlier as (partition by ${partName} order by ${from}, ${to} rows between unbounded preceding and 1 preceding)
    ) as result
  ) as result
  window clusters as (partition by ${partName}, sluice_cluster_no)`
}

/** The clusters of stored rows that meet a window: rows that begin in it, and the last before it that reaches into it. */
function rowsThatMeet(table: string, from: string, samePart: string): string {
  return `      select sluice_from, sluice_to
      from ${table} as result
      where ${samePart}
        and result.${from} between windows.from_at and windows.to_at
      union all
      select sluice_from, sluice_to
      from (
        select sluice_from, sluice_to
        from ${table} as result
        where ${samePart}
          and result.${from} < windows.from_at
        order by result.${from} desc
        limit 1
      ) as last_before
      where sluice_to >= windows.from_at`
}

/** A part that is null is looked for apart, as among the stored rows. */
function rowsWithin({ time }: EventTable, column: string, rows: string): string {
  const within = `events.${quote(time)} between windows.from_at and windows.to_at`
  return `select events.*
    from ${windows}
    join (${rows}) as events on events.${quote(column)} = windows.part and ${within}
    union all
    select events.*
    from ${windows}
    join (${rows}) as events on ${within}
    where windows.part is not distinct from null and events.${quote(column)} is not distinct from null`
}
