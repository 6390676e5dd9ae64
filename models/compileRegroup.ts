import { parseSelect, textOf } from './ast.ts'
import type { StoredForm } from './compileEvent.ts'
import type { Incremental } from './compileMerge.ts'
import { describeParts } from './describe.ts'
import { newOnly, readTables, rowsOf } from './eventRows.ts'
import type { EventTable } from './eventTables.ts'
import { fillFunction } from './fillFunction.ts'
import { flatten, untold, type Flat } from './flatten.ts'
import { indexOn, type EventIndex } from './indexes.ts'
import type { FunctionFacts } from './functionFacts.ts'
import type { Obstacle } from './linear.ts'
import { mixedPart } from './looseKeys.ts'
import { columnsOf, type Model } from './model.ts'
import { settleOrder } from './order.ts'
import { chooseScope, type Choice } from './chooseScope.ts'
import { compileReach } from './compileReach.ts'
import { partName, type Restriction, type Scope } from './scope.ts'
import { besides } from './touches.ts'
import { columnList, columnType, quote, storeName, type Column } from './storeNames.ts'
import { typeUnions } from './unionTypes.ts'

/**
 * The model kept by computing the parts anew that new slices touch, of whichever table: a part is what falls under
 * one value of the scope. An obstacle when there is no such scope.
 */
export async function compileRegroup(context: Incremental): Promise<StoredForm | Obstacle> {
  const { model, inputs } = context
  const flat = flatten(parseSelect(model.body), inputs)
  if (!flat) return untold
  const disorder = settleOrder(flat, inputs, context)
  if (disorder) return disorder
  const untyped = await typeUnions(flat, context.describe)
  if (untyped) return untyped
  const choice = await chooseScope(flat, context)
  if ('reason' in choice) return choice
  return model.header['reach']
    ? compileReach(flat, choice, context)
    : compile(flat, choice, context)
}

async function compile(
  flat: Flat,
  { outputs, scope }: Choice,
  context: Incremental,
): Promise<StoredForm | Obstacle> {
  const { model, version, columns, describe } = context
  const name = storeName(model, version)
  const types = await partTypes(flat, scope, describe)
  if ('reason' in types) return types
  const parts = outputs.map((index, part) => ({ name: columns[index]!.name, type: types[part]! }))
  const bounded = flat.occurrences.map((_, index) =>
    scope.restrictions.filter((one) => one.occurrence === index + 1),
  )
  const indexes = [
    ...scope.joined.flatMap(({ occurrence, column }) =>
      indexOn(flat.occurrences[occurrence - 1]!, column),
    ),
    ...bounded.flatMap((restrictions, index) => boundIndex(restrictions, flat.occurrences[index]!)),
  ]
  return {
    create: [
      resultTable(context),
      ...partIndex(
        context,
        parts.map((part) => part.name),
      ),
      applyFunction(flat, scope, parts, bounded, context),
      fillFunction(name, insertAll(flat, context)),
    ],
    indexes,
    view: `select ${columnList(columns.map((column) => column.name))}\nfrom store.${quote(name)}`,
    functionName: `${name}_apply`,
    strategy: 'regroup',
    strategyReason: reasonOf(parts, bounded, scope, flat),
  }
}

/** The types of touched parts: an int that is joined by a bigint has parts that no int can be. */
export async function partTypes(
  flat: Flat,
  scope: Scope,
  describe: Incremental['describe'],
): Promise<string[] | Obstacle> {
  const touches = touchTexts(flat, scope, () => [])
  const described = await describeParts([touches.join('\nunion\n'), ...touches], describe)
  if ('reason' in described) return described
  const [all, ...each] = described
  return mixedPart(each) ?? all!.map(({ type }) => type)
}

/** The table of a result as the select makes it, with more columns of ours, unique by its grain. */
export function resultTable(
  { model, version, columns }: Incremental,
  added: string[] = [],
): string {
  const grain = columnList(columnsOf(model, 'grain'))
  const definitions = [
    ...columns.map((column) => `${quote(column.name)} ${columnType(column)}`),
    ...added,
  ]
  return `create table store.${quote(storeName(model, version))} (\n  ${definitions.join(',\n  ')},\n  unique nulls not distinct (${grain})\n)\nwith (fillfactor = 80)`
}

/** Inserts what the select makes of the new slices alone, into a table that is empty; in the order of its index. */
export function insertAll(flat: Flat, { model, version, columns, inputs }: Incremental): string {
  const names = columnList(columns.map((column) => column.name))
  return `insert into store.${quote(storeName(model, version))} (${names})
  select ${names}
  from (
${newDefinition(flat, inputs)}
  ) as result (${names})
  order by ${columnList(columnsOf(model, 'grain'))}`
}

/** The select over the new slices alone. */
export const newDefinition = (flat: Flat, inputs: EventTable[]): string =>
  textOf(
    readTables(flat.select, flat, (table) => rowsOf(table, flat.select, newOnly(table, inputs))),
  )

/** The index by which a result's parts are found; none where its grain begins with these columns. */
export function partIndex({ model, version }: Incremental, by: string[]): string[] {
  const grain = columnsOf(model, 'grain')
  if (by.every((column, index) => grain[index] === column)) return []
  return [`create index on store.${quote(storeName(model, version))} (${columnList(by)})`]
}

/** A regroup model's text in which no order leaves ties, over all rows of its event tables; undefined where it has no order. */
export function settledText(
  model: Model,
  tables: EventTable[],
  facts: FunctionFacts,
): string | undefined {
  const flat = flatten(parseSelect(model.body), tables)!
  const before = JSON.stringify(flat.select)
  settleOrder(flat, tables, facts)
  if (JSON.stringify(flat.select) === before) return undefined
  return textOf(readTables(flat.select, flat, (table) => rowsOf(table, flat.select, [])))
}

/** By the columns of the scope, and by time within them where the scope is a bucket of it. */
function boundIndex(restrictions: Restriction[], table: EventTable): EventIndex[] {
  const keys = restrictions.filter((one) => one.bucket === undefined).map((one) => one.column)
  const hasBucket = restrictions.some((one) => one.bucket !== undefined)
  const columns = [...new Set([...keys, ...(hasBucket ? [table.time] : [])])]
  return indexOn(table, ...columns)
}

function reasonOf(
  parts: Column[],
  bounded: Restriction[][],
  { joined }: Scope,
  { occurrences }: Flat,
): string {
  const names = parts.map((part) => part.name).join(', ')
  const loose = occurrences.filter(
    (_, index) =>
      bounded[index]!.length === 0 && !joined.some((one) => one.occurrence === index + 1),
  )
  const text = `parts by ${names} are computed anew`
  if (loose.length > 0) {
    return `${text}; all of ${[...new Set(loose.map((table) => table.name))].join(', ')} is read each time`
  }
  const isTimed = bounded.every((restrictions) => restrictions.some((one) => one.bucket))
  return isTimed ? text : `${text}; its cost grows with the history of each part`
}

function applyFunction(
  flat: Flat,
  scope: Scope,
  parts: Column[],
  bounded: Restriction[][],
  { model, version, columns, inputs }: Incremental,
): string {
  const name = storeName(model, version)
  const table = `store.${quote(name)}`
  const names = columnList(columns.map((column) => column.name))
  const touches = touchTexts(flat, scope, (event) => newOnly(event, inputs))
  const definition = textOf(
    readTables(flat.select, flat, (event, number) =>
      rowsOf(event, flat.select, bounded[number - 1]!.map(boundTo)),
    ),
  )
  const declared = parts.map(
    (part, index) =>
      `  sluice_${index + 1} ${part.type}[];\n  sluice_${index + 1}_has_null boolean;\n`,
  )
  const found = parts.map(
    (_, index) =>
      `array_agg(distinct ${partName(index)}) filter (where ${partName(index)} is distinct from null),\n    coalesce(bool_or(${partName(index)} is not distinct from null), false)`,
  )
  const variables = parts.map((_, index) => `sluice_${index + 1}, sluice_${index + 1}_has_null`)
  for (const index of bucketParts(scope)) {
    const name = `sluice_${index + 1}`
    declared.push(`  ${name}_from timestamptz;\n  ${name}_to timestamptz;\n`)
    found.push(`min(${partName(index)})::timestamptz,\n    max(${partName(index)})::timestamptz`)
    variables.push(`${name}_from, ${name}_to`)
  }
  const touched = parts.map(({ name: part }, index) => isTouched(`result.${quote(part)}`, index))
  const bound = touched.filter((_, index) => isBoundBy(index, scope, flat))
  const loose = touched.filter((condition) => !bound.includes(condition))
  return `create function store.${quote(`${name}_apply`)}(sluice_new ops.slice_range[], sluice_applied int8multirange[])
returns void
language plpgsql volatile
set plan_cache_mode = force_custom_plan
as $sluice$
#variable_conflict use_column
declare
${declared.join('')}begin
  -- which parts do the new rows touch?
  select
    ${found.join(',\n    ')}
  into ${variables.join(', ')}
  from (
${touches.join('\n    union\n')}
  ) as touches;

  delete from ${table} as result
  where ${touched.join('\n    and ')};

  insert into ${table} (${names})
  select ${names}
  from (
    select *
    from (
${definition}
    ) as result (${columns.map((column) => quote(column.name)).join(', ')})${where(loose)}${
      // said twice of one column, the server would look for each pair of values, and rather reads the whole table
      bound.length > 0 ? '\n    offset 0' : ''
    }
  ) as result${where(bound)};
end
$sluice$`
}

/** The selects of the touched parts, reading of one event table each the rows of these conditions, which are new. */
export function touchTexts(
  flat: Flat,
  { touches }: Pick<Scope, 'touches'>,
  newRows: (event: EventTable) => string[],
): string[] {
  return touches.map(({ select, occurrence }) => {
    const others = besides(select, occurrence)
    return textOf(
      readTables(select, flat, (event, number) =>
        rowsOf(
          event,
          select,
          number === occurrence ? newRows(event) : others.includes(number) ? ['false'] : [],
        ),
      ),
    )
  })
}

const where = (conditions: string[]) =>
  conditions.length > 0 ? `\n  where ${conditions.join('\n    and ')}` : ''

/** Whether every event table is read by this column of the scope, or by its join to one that is. */
function isBoundBy(part: number, { restrictions, joined }: Scope, { occurrences }: Flat): boolean {
  const own = restrictions.filter((one) => one.part === part && one.bucket === undefined)
  return (
    own.length > 0 &&
    occurrences.every((_, index) => [...own, ...joined].some((one) => one.occurrence === index + 1))
  )
}

// a composite value with a null in it is neither null nor not null: but it is distinct from null
const isTouched = (value: string, index: number): string =>
  `(${value} = any (sluice_${index + 1}) or (sluice_${index + 1}_has_null and ${value} is not distinct from null))`

/** Bounds a table to what can belong to the touched parts. */
function boundTo({ part, column, bucket }: Restriction): string {
  if (bucket === undefined) return isTouched(quote(column), part)
  return `${quote(column)} >= sluice_${part + 1}_from
      and ${quote(column)} < sluice_${part + 1}_to + ${bucket}`
}

/** Which columns of the scope are buckets of a time. */
const bucketParts = ({ restrictions }: Scope): number[] => [
  ...new Set(restrictions.filter((one) => one.bucket !== undefined).map((one) => one.part)),
]
