import { parseSelect, placeOf, textOf, type Select } from './ast.ts'
import { tableEqualities } from './equalities.ts'
import type { StoredForm } from './compileEvent.ts'
import type { Incremental } from './compileMerge.ts'
import { insertAll, resultTable } from './compileRegroup.ts'
import { newOnly, readTables, rowsOf } from './eventRows.ts'
import { markEntities, type EventTable } from './eventTables.ts'
import { fillFunction } from './fillFunction.ts'
import { flatten, leavesOf, untold, type Flat } from './flatten.ts'
import { indexOn } from './indexes.ts'
import {
  linearObstacle,
  readsTables,
  unionBranches,
  type Aggregates,
  type Obstacle,
} from './linear.ts'
import { columnList, quote, storeName } from './storeNames.ts'
import { besides, occurrencesIn } from './touches.ts'

/**
 * The model kept by inserting what new rows of each event table add to a join: such a result only grows, and
 * nothing is computed anew. An obstacle for all but inner joins and `union all` of them.
 */
export function compileAppend(context: Incremental): StoredForm | Obstacle {
  const { model, inputs, aggregates } = context
  const flat = flatten(markEntities(parseSelect(model.body), inputs), inputs)
  if (!flat) return untold
  const branches = unionBranches(flat.select)
  for (const branch of branches) {
    const found = growthObstacle(branch, inputs, aggregates)
    if (found) return found
  }
  return compile(flat, branches, context)
}

/** What keeps the rows of a select from only becoming more as its tables do. */
function growthObstacle(
  select: Select,
  inputs: EventTable[],
  aggregates: Aggregates,
): Obstacle | undefined {
  if (select['larg']) return { reason: 'it compares sets of rows', place: placeOf(select) }
  if (occurrencesIn(select).length === 0) {
    return { reason: 'a part of the union reads no event table', place: placeOf(select) }
  }
  // each item for itself is linear, and so is the level once its tables are joined by inner joins
  const alone: Select = { ...select, fromClause: undefined, whereClause: undefined }
  const leaves = leavesOf(select, inputs)
  const outer = leaves.find((leaf) => leaf.isNullable && readsTables(leaf.node, new Map()))
  if (outer)
    return { reason: 'an outer join makes rows out of missing ones', place: placeOf(outer.node) }
  const items = leaves.map((leaf): Select => ({
    ...alone,
    targetList: [],
    fromClause: [leaf.node],
  }))
  const conditions: Select = { ...alone, targetList: [], whereClause: allConditions(select) }
  return [alone, conditions, ...items]
    .map((part) => linearObstacle(part, new Map(), aggregates))
    .find((found) => found)
}

function allConditions(select: Select): unknown {
  const conditions: unknown[] = [select['whereClause']]
  const visit = (item: unknown): void => {
    const join = (item as { JoinExpr?: { quals?: unknown; larg: unknown; rarg: unknown } }).JoinExpr
    if (!join) return
    conditions.push(join.quals)
    visit(join.larg)
    visit(join.rarg)
  }
  for (const item of (select['fromClause'] ?? []) as unknown[]) visit(item)
  return conditions.filter(Boolean)
}

function compile(flat: Flat, branches: Select[], context: Incremental): StoredForm {
  const { model, version, columns, inputs } = context
  const name = storeName(model, version)
  const names = columnList(columns.map((column) => column.name))
  const additions = branches.flatMap((branch) =>
    occurrencesIn(branch).map((occurrence) => additionOf(branch, occurrence, flat, inputs)),
  )
  const indexes = branches.flatMap((branch) =>
    tableEqualities(branch, inputs).flatMap(({ table, column }) => indexOn(table, column)),
  )
  const isJoin = branches.some((branch) => occurrencesIn(branch).length > 1)
  return {
    create: [
      resultTable(context),
      `create function store.${quote(`${name}_apply`)}(sluice_new ops.slice_range[], sluice_applied int8multirange[])
returns void
language plpgsql volatile
as $sluice$
#variable_conflict use_column
begin
  insert into store.${quote(name)} (${names})
${additions.join('\n  union all\n')};
end
$sluice$`,
      fillFunction(name, insertAll(flat, context)),
    ],
    indexes,
    view: `select ${names}\nfrom store.${quote(name)}`,
    functionName: `${name}_apply`,
    strategy: 'append',
    strategyReason: isJoin
      ? 'an inner join without aggregates only grows'
      : 'each event makes its rows by itself',
  }
}

/**
 * What the new rows of one event table add: joined with all rows of the tables before it, and of those behind it
 * with the ones that were applied before, so that a pair of new rows counts once.
 */
function additionOf(branch: Select, occurrence: number, flat: Flat, inputs: EventTable[]): string {
  const others = besides(branch, occurrence)
  return textOf(
    readTables(branch, flat, (table, number) => {
      if (others.includes(number)) return rowsOf(table, branch, ['false'])
      const applied = `sluice_applied[${inputs.indexOf(table) + 1}] @> slice_no`
      const fresh = newOnly(table, inputs)
      const conditions =
        number === occurrence
          ? fresh
          : number > occurrence
            ? [applied]
            : [`(${applied} or (${fresh.join(' and ')}))`]
      return rowsOf(table, branch, conditions)
    }),
  )
}
