import {
  calledName,
  columnOf,
  expression,
  placeOf,
  rewrite,
  visitNodes,
  type Node,
  type Select,
} from './ast.ts'
import type { EventTable } from './eventTables.ts'
import { leafColumn, leavesOf, type Flat, type Leaf } from './flatten.ts'
import { distinctOnKeys, unionBranches, type Obstacle } from './linear.ts'
import { callsAtLevel, resolveNames, windowOf } from './scopeObstacles.ts'
import { columnList, quote } from './storeNames.ts'

/** The column by which rows of one event table can always be told apart and put into one order. */
export const identity = 'sluice_identity'

const orderedAggregates = [
  'array_agg',
  'string_agg',
  'json_agg',
  'jsonb_agg',
  'json_object_agg',
  'jsonb_object_agg',
  'xmlagg',
]
const placeFunctions = ['row_number', 'lag', 'lead', 'ntile', 'first_value']
const frameFunctions = ['last_value', 'nth_value']

// frame options of a window: https://github.com/postgres/postgres/blob/master/src/include/nodes/parsenodes.h
const rowsFrame = 0x4
const wholePartition = 0x120

/**
 * Makes what depends on the order of rows depend on nothing else: the identity of the events becomes the last
 * key of each such order. An obstacle where there is no order, or where the events are out of sight.
 * The tree is changed.
 */
export function settleOrder(flat: Flat, tables: EventTable[]): Obstacle | undefined {
  let found: Obstacle | undefined
  const settle = (select: Select): void => {
    const leaves = leavesOf(select, tables)
    const extend: Extend = (keys, at, what) => {
      if (keys.length === 0) {
        found ??= {
          reason: `${what} depends on the order of rows: give it an order by`,
          place: placeOf(at),
        }
        return keys
      }
      if (isUnique(keys, leaves)) return keys
      const identities = leaves.map((leaf) => identityOf(leaf, tables))
      if (identities.every((one) => one !== undefined)) {
        return [...keys, ...identities.map(sortKey)]
      }
      found ??= {
        reason: `ties in the order of ${what} can't be told apart here: order by the events' key and time too`,
        place: placeOf(at),
      }
      return keys
    }
    const disorder = settleCalls(select, extend)
    found ??= disorder
    const distinct = distinctOnKeys(select)
    if (distinct.length > 0) {
      const sort = (select['sortClause'] ?? []) as Node[]
      const isOrdered = sort.length > distinct.length
      select['sortClause'] = extend(isOrdered ? sort : [], distinct, 'distinct on')
    }
  }
  // inner queries first, so that outer ones find their identity
  rewrite({ SelectStmt: flat.select }, (type, fields) => {
    if (type === 'SelectStmt') visitSides(fields, settle)
    return undefined
  })
  return found
}

function visitSides(select: Select, visit: (select: Select) => void): void {
  if (!select['larg']) return visit(select)
  visitSides(select['larg'] as Select, visit)
  visitSides(select['rarg'] as Select, visit)
}

type Extend = (keys: Node[], at: unknown, what: string) => Node[]

function settleCalls(select: Select, extend: Extend): Obstacle | undefined {
  let found: Obstacle | undefined
  for (const call of callsAtLevel(select)) {
    const name = calledName(call)
    const node = { FuncCall: call }
    if (call['over']) {
      const window = windowOf(call, select)
      const frame = window['frameOptions'] as number
      const isWhole = (frame & wholePartition) === wholePartition
      const isByRows = (frame & rowsFrame) !== 0
      const needsPlace = [...placeFunctions, ...orderedAggregates].includes(name)
      if (frameFunctions.includes(name) && !isByRows && !isWhole) {
        found ??= {
          reason: `${name} of rows that tie: give it a frame in rows`,
          place: placeOf(node),
        }
      }
      if (!needsPlace && !frameFunctions.includes(name) && (!isByRows || isWhole)) continue
      const keys = extend((window['orderClause'] ?? []) as Node[], node, name)
      // its own window, since others under that name may count ties as one
      const own = Object.entries(window).filter(([key]) => key !== 'name' && key !== 'refname')
      call['over'] = { ...Object.fromEntries(own), orderClause: keys }
    } else if (orderedAggregates.includes(name) && call['agg_distinct']) {
      // of distinct values none ties with another, and the order is by them
      if (!call['agg_order']) extend([], node, name)
    } else if (orderedAggregates.includes(name)) {
      call['agg_order'] = extend((call['agg_order'] ?? []) as Node[], node, name)
    }
  }
  return found
}

const sortKey = (sql: string): Node => ({
  SortBy: {
    node: expression(sql),
    sortby_dir: 'SORTBY_DEFAULT',
    sortby_nulls: 'SORTBY_NULLS_DEFAULT',
  },
})

/** Whether an order names the key and the time of the only item at its level, an event table. */
function isUnique(keys: Node[], leaves: Leaf[]): boolean {
  const [only] = leaves
  if (!only?.table || leaves.length > 1 || only.table.key.length === 0) return false
  const named = keys.map(
    (key) => leafColumn((key['SortBy'] as { node: Node }).node, leaves)?.column,
  )
  return [...only.table.key, only.table.time].every((column) => named.includes(column))
}

/** What tells the rows of an item of `from` apart, as SQL; a subselect is made to give it. */
function identityOf(leaf: Leaf, tables: EventTable[]): string | undefined {
  const own = `${quote(leaf.alias)}.${identity}`
  if (leaf.table) return own
  if (!leaf.select) return `${quote(leaf.alias)}::text`
  if (hasDistinctRows(leaf.select)) {
    return leaf.columns && `row(${columnList(leaf.columns, `${quote(leaf.alias)}.`)})`
  }
  return giveIdentity(leaf.select, tables) ? own : undefined
}

function hasDistinctRows(select: Select): boolean {
  if (select['larg']) return !select['all']
  return Boolean(select['distinctClause']) && distinctOnKeys(select).length === 0
}

/** Makes a select tell its rows apart by one more output; of a union by the number of the side before what tells there. */
function giveIdentity(select: Select, tables: EventTable[]): boolean {
  const branches = unionBranches(select)
  const has = (branch: Select) =>
    ((branch['targetList'] ?? []) as Node[]).some(
      (target) => (target['ResTarget'] as Node)['name'] === identity,
    )
  if (branches.every(has)) return true
  const values = branches.map((branch) => identityValue(branch, tables))
  if (values.some((value) => value === undefined)) return false
  for (const [index, branch] of branches.entries()) {
    const side = { A_Const: { ival: { ival: index + 1 } } }
    const value = branches.length === 1 ? values[0]! : rowOf([side, values[index]!])
    const targets = branch['targetList'] as Node[]
    targets.push({ ResTarget: { name: identity, val: value } })
  }
  return true
}

function identityValue(select: Select, tables: EventTable[]): Node | undefined {
  if (select['larg'] || select['distinctClause'] || !select['targetList']) return undefined
  const inner = leavesOf(select, tables)
  const group = (select['groupClause'] ?? []) as Node[]
  if (group.length > 0) return rowOf(resolveNames(group, select, inner))
  const identities = inner.map((one) => identityOf(one, tables))
  if (identities.some((one) => one === undefined)) return undefined
  return expression(`row(${identities.join(', ')})`)
}

const rowOf = (args: Node[]): Node => ({
  RowExpr: { args, row_format: 'COERCE_EXPLICIT_CALL' },
})

/** Whether a tree names a column of that name. */
export function namesColumn(tree: unknown, name: string): boolean {
  let isNamed = false
  visitNodes(tree, (type, _, node) => {
    if (type === 'ColumnRef' && columnOf(node)?.at(-1) === name) isNamed = true
  })
  return isNamed
}
