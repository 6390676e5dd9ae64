import {
  columnOf,
  expression,
  findNode,
  fullName,
  replaceNodes,
  sidesOf,
  targetsOf,
  visitNodes,
  type Node,
  type Select,
} from './ast.ts'
import type { Incremental } from './compileMerge.ts'
import { mapTo } from './equalities.ts'
import type { EventTable } from './eventTables.ts'
import { leafColumn, leavesOf, type Flat } from './flatten.ts'
import { isAggregate, obstacle, type Aggregates, type Obstacle } from './linear.ts'
import { callsAtLevel } from './scopeObstacles.ts'
import { occurrencesIn } from './touches.ts'

/** The outputs that say when a row began and ended. */
export interface Span {
  from: string
  to: string
}

/** The first `min` and `max` of the events' own time, of all events that a row is made of. */
export function spanOf(flat: Flat, { columns, inputs }: Incremental): Span | undefined {
  if (flat.select['larg']) return undefined
  const targets = targetsOf(flat.select)
  const named = (name: string, either: string) =>
    columns.flatMap((column, index) => {
      const call = targets[index]?.node['FuncCall'] as Node | undefined
      if (!call || fullName(call) !== `pg_catalog.${name}` || call['agg_filter'] || call['over'])
        return []
      const events = eventsOf(flat.select, (call['args'] as Node[])[0]!, either, inputs)
      return events ? [{ name: column.name, events }] : []
    })
  for (const from of named('min', 'IS_LEAST')) {
    for (const to of named('max', 'IS_GREATEST')) {
      const events = new Set([...from.events, ...to.events])
      if (events.size === flat.occurrences.length) return { from: from.name, to: to.name }
    }
  }
  return undefined
}

/**
 * Of which event tables, by their numbers, a column is the time, through the queries below; or the least (greatest) of
 * several is. Undefined for anything else.
 */
function eventsOf(
  select: Select,
  node: Node,
  either: string,
  tables: EventTable[],
): number[] | undefined {
  const several = node['MinMaxExpr'] as { op: string; args: Node[] } | undefined
  if (several) {
    return several.op === either
      ? ofAll(several.args.map((arg) => eventsOf(select, arg, either, tables)))
      : undefined
  }
  if (!columnOf(node)) return undefined
  const leaves = leavesOf(select, tables)
  const places = leaves.flatMap((leaf) => {
    const value = leaf.table || leaf.select ? mapTo(leaf, node, leaves, select) : undefined
    return value ? [{ leaf, column: columnOf(value)!.at(-1)! }] : []
  })
  if (places.length === 0) return undefined
  return ofAll(
    places.flatMap(({ leaf, column }) => {
      if (leaf.table) return [column === leaf.table.time ? occurrencesIn(leaf.node) : undefined]
      return sidesOf(leaf.select!).map((side) => {
        const target = targetsOf(side)[leaf.columns?.indexOf(column) ?? -1]
        return target && eventsOf(side, target.node, either, tables)
      })
    }),
  )
}

const ofAll = (found: (number[] | undefined)[]): number[] | undefined =>
  found.every((one) => one !== undefined) ? found.flat() : undefined

/** What looks further than reach: rows that a window numbers or compares, and such that a filter takes away. */
export function farObstacle(
  { select }: Flat,
  { inputs, aggregates }: Incremental,
): Obstacle | undefined {
  if (select['havingClause']) {
    return obstacle(
      'reach finds the rows that new events belong to, and having hides some',
      select['havingClause'],
    )
  }
  const filter = filterOverWindow(select)
  if (filter) {
    return obstacle(
      'reach finds the rows that new events belong to, and a filter above a window hides some',
      filter,
    )
  }
  const reason = 'reach computes few rows of a part anew, and a window looks at all of them'
  const window = callsAtLevel(select).find((call) => call['over'])
  if (window) return obstacle(reason, { FuncCall: window })
  const shown = targetsOf(select).find(({ node }) =>
    isOfWindow(select, withoutAggregates(node, aggregates), inputs),
  )
  return shown && obstacle(reason, shown.node)
}

const withoutAggregates = (node: Node, aggregates: Aggregates): Node =>
  replaceNodes(node, (child) => {
    const call = child['FuncCall'] as Node | undefined
    return call && isAggregate(call, aggregates) ? expression('null') : undefined
  })

const hasWindow = (tree: unknown): boolean =>
  findNode(tree, (type, call) => type === 'FuncCall' && call['over'] !== undefined) !== undefined

function filterOverWindow(tree: unknown): unknown {
  let found: unknown
  visitNodes({ SelectStmt: tree }, (type, level) => {
    if (type !== 'SelectStmt') return
    for (const side of sidesOf(level))
      if (hasWindow(side['fromClause'])) found ??= side['whereClause']
  })
  return found
}

/** Whether an expression is of what a window below gives. */
function isOfWindow(select: Select, node: Node, tables: EventTable[]): boolean {
  const leaves = leavesOf(select, tables)
  const isOf = (_: string, __: Node, one: Node): boolean => {
    const place = leafColumn(one, leaves)
    if (!place?.leaf.select) return false
    return sidesOf(place.leaf.select).some((side) => {
      const value = targetsOf(side)[place.leaf.columns?.indexOf(place.column) ?? -1]?.node
      return value !== undefined && (hasWindow(value) || isOfWindow(side, value, tables))
    })
  }
  return findNode(node, isOf) !== undefined
}
