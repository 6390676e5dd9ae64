import type { Node } from './ast.ts'
import { fillFunction } from './fillFunction.ts'
import { columnList, columnType, quote, type Column } from './storeNames.ts'

/** A column of the state: how new rows make it, and how it is merged into what is there. */
export interface StateColumn {
  name: string
  /** Over the columns of `core`. */
  partial: string
  merge: 'sum' | 'min' | 'max' | 'and' | 'or'
  /** Filled from a side table of distinct values. */
  distinct?: { value: string; filter: string | undefined }
  /** The sum of an average, for its type. */
  call: Node
}

/** What a merged model is made of. */
export interface MergeParts {
  /** Its table in schema store. */
  name: string
  /** The rows that are aggregated, as a select over the new slices: keys, arguments and filters. */
  core: string
  /** Types of the columns of `core`, with their collations. */
  types: Map<string, string>
  keys: string[]
  state: StateColumn[]
}

/** The tables of a merged model and the functions that bring new rows into them. `columns`: keys and state, with their types. */
export const mergeStatements = (merge: MergeParts, columns: Column[]): string[] => [
  stateTable(merge, columns),
  ...distinctTables(merge),
  applyFunction(merge),
  fillFunction(merge.name, insertOf(merge, 'fill')),
]

const stateTable = ({ name, keys }: MergeParts, columns: Column[]) =>
  `create table store.${quote(name)} (\n  ${columns
    .map((column) => `${quote(column.name)} ${columnType(column)}`)
    .join(',\n  ')},\n  unique nulls not distinct (${columnList(keys)})\n)\nwith (fillfactor = 70)`

const distinctName = (name: string, index: number) => `${name}_distinct_${index + 1}`

function distinctTables({ name, types, keys, state }: MergeParts): string[] {
  const keyColumns = keys.map((key) => `${quote(key)} ${types.get(key)!}`)
  return state
    .filter((column) => column.distinct)
    .map(
      ({ distinct }, index) =>
        `create table store.${quote(distinctName(name, index))} (\n  ${keyColumns.join(',\n  ')},\n  sluice_value ${types.get(distinct!.value)!},\n  unique nulls not distinct (${columnList(keys)}, sluice_value)\n)`,
    )
}

function applyFunction(merge: MergeParts): string {
  const { name, keys, state } = merge
  const keyList = columnList(keys)
  return `create function store.${quote(`${name}_apply`)}(sluice_new ops.slice_range[], sluice_applied int8multirange[])
returns void
language plpgsql volatile
as $sluice$
#variable_conflict use_column
begin
  ${insertOf(merge, 'apply')}
  on conflict (${keyList}) do update
  set ${state.map((column) => `${quote(column.name)} = ${merged(column)}`).join(',\n    ')}${unlessSame(state)};
end
$sluice$`
}

/**
 * Inserts what the new rows make: into tables that are empty to `fill` them, else to `apply` them to what is there.
 * In the order of the indexes, which take neighbours for less than random values.
 */
function insertOf(merge: MergeParts, way: 'apply' | 'fill'): string {
  const { name, core, keys, state } = merge
  const distincts = state.filter((column) => column.distinct)
  const keyList = columnList(keys)
  const added = distincts.map(({ distinct }, index) => {
    const filter = distinct!.filter ? ` and ${quote(distinct!.filter)}` : ''
    return `added_${index + 1} as (
    insert into store.${quote(distinctName(name, index))} (${keyList}, sluice_value)
    select distinct ${keyList}, ${quote(distinct!.value)}
    from core
    where ${quote(distinct!.value)} is distinct from null${filter}
    order by ${keyList}, ${quote(distinct!.value)}${way === 'apply' ? '\n    on conflict do nothing' : ''}
    returning ${keyList}
  )`
  })
  const partials = state.map(({ name: column, partial }) => `${partial} as ${quote(column)}`)
  const base = `select ${[keyList, ...partials].join(', ')}\n    from core\n    group by ${keyList}`
  const rows =
    distincts.length === 0
      ? `  ${base}`
      : `  select ${keyList}, ${state.map((column) => `${combined(column)} as ${quote(column.name)}`).join(', ')}
  from (
    ${base}
${distincts.map((column, index) => countsOf(column, index, state, keyList)).join('\n')}
  ) as parts
  group by ${keyList}`
  return `with core as ${distincts.length > 0 ? 'materialized ' : ''}(
${core}
  )${added.map((one) => `,\n  ${one}`).join('')}
  insert into store.${quote(name)} as state (${keyList}, ${columnList(state.map((column) => column.name))})
${rows}
  order by ${keyList}`
}

/** Most new rows leave flags, minima and maxima as they are: then the row needs no new version. */
function unlessSame(state: StateColumn[]): string {
  // equal sums may differ in their scale, or in months and days
  if (state.some((column) => column.merge === 'sum' && !column.distinct)) return ''
  const columns = state.map(({ name }) => `state.${quote(name)}`)
  return `\n  where row(${columns.join(', ')}) is distinct from row(${state.map(merged).join(', ')})`
}

/** How many values are new to each key: other columns are as if no row had come. */
function countsOf(column: StateColumn, index: number, state: StateColumn[], keys: string): string {
  const values = state.map((other) =>
    other === column
      ? 'count(*)'
      : other.partial.startsWith('count') || other.distinct
        ? '0'
        : 'null',
  )
  return `    union all
    select ${[keys, ...values].join(', ')}
    from added_${index + 1}
    group by ${keys}`
}

function combined({ name, merge }: StateColumn): string {
  const functions = { sum: 'sum', min: 'min', max: 'max', and: 'bool_and', or: 'bool_or' }
  return `${functions[merge]}(${quote(name)})`
}

function merged({ name, merge }: StateColumn): string {
  const [old, added] = [`state.${quote(name)}`, `excluded.${quote(name)}`]
  return {
    sum: `coalesce(${old} + ${added}, ${old}, ${added})`,
    min: `least(${old}, ${added})`,
    max: `greatest(${old}, ${added})`,
    and: `coalesce(${old} and ${added}, ${old}, ${added})`,
    or: `coalesce(${old} or ${added}, ${old}, ${added})`,
  }[merge]
}
