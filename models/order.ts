import {
  calledName,
  columnOf,
  columnReference,
  expression,
  findNode,
  fullName,
  placeOf,
  rewrite,
  sidesOf,
  type Node,
  type Select,
} from './ast.ts'
import type { EventTable } from './eventTables.ts'
import { leavesOf, type Flat, type Leaf } from './flatten.ts'
import { chanceOf, orderedBy } from './frames.ts'
import type { FunctionFacts } from './functionFacts.ts'
import { distinctOnKeys, isAggregate, orView, unionBranches, type Obstacle } from './linear.ts'
import { callsAtLevel, resolveNames, windowOf } from './scopeObstacles.ts'
import { quote } from './storeNames.ts'

/** The column by which rows of one event table can always be told apart and put into one order. */
export const identity = 'sluice_identity'

/** Aggregates that give the same in whatever order rows come; any other is taken to depend on it. */
const orderFree =
  /^pg_catalog\.(count|sum|avg|min|max|every|bool_(and|or)|bit_(and|or|xor)|stddev(_pop|_samp)?|variance|var_(pop|samp)|corr|covar_(pop|samp)|regr_\w+|range_(intersect_)?agg|(dense_|percent_)?rank|cume_dist)$/

/**
 * Makes what depends on the order of rows depend on nothing else: the identity of the events becomes the last
 * key of each such order. An obstacle where there is no order, or where the events are out of sight.
 * The tree is changed.
 */
export function settleOrder(
  flat: Flat,
  tables: EventTable[],
  facts: Functions,
): Obstacle | undefined {
  let found: Obstacle | undefined
  const settle = (select: Select): void => {
    const leaves = leavesOf(select, tables)
    /** Makes an order end with what tells the rows apart that are put into it. */
    const extendBy =
      (identitiesOf: () => (Node | undefined)[]): Extend =>
      (keys, at, what) => {
        if (keys.length === 0) {
          found ??= {
            reason: `${what} depends on the order of rows: give it an order by`,
            place: placeOf(at),
            hint: orView(
              `${what === 'distinct on' ? 'Order by its keys, and by what comes first of each' : 'Write the order within its brackets'}.`,
            ),
          }
          return keys
        }
        const identities = identitiesOf()
        if (identities.every((one) => one !== undefined)) {
          return [...keys, ...identities.map(sortKey)]
        }
        found ??= {
          reason: `ties in the order of ${what} can't be told apart here: make the rows below distinct, and call what makes several rows in from`,
          place: placeOf(at),
        }
        return keys
      }
    const ofRows = extendBy(() => leaves.map((leaf) => identityOf(leaf, tables, facts)))
    // windows and distinct see what grouping has left: a row for each group
    const grouping = groupingOf(select, leaves, facts)
    const ofResult = grouping ? extendBy(() => grouping) : ofRows
    const disorder = settleCalls(select, facts, ofRows, ofResult)
    found ??= disorder
    const distinct = distinctOnKeys(select)
    if (distinct.length > 0) {
      const sort = (select['sortClause'] ?? []) as Node[]
      const isOrdered = sort.length > distinct.length
      select['sortClause'] = ofResult(isOrdered ? sort : [], distinct, 'distinct on')
    }
  }
  // inner queries first, so that outer ones find their identity
  rewrite({ SelectStmt: flat.select }, (type, fields) => {
    if (type === 'SelectStmt') sidesOf(fields).forEach(settle)
    return undefined
  })
  return found
}

/** What a select groups by: nothing where aggregates make one row of all; undefined where it does not group. */
function groupingOf(select: Select, leaves: Leaf[], facts: Functions): Node[] | undefined {
  const keys = (select['groupClause'] ?? []) as Node[]
  if (keys.length > 0) {
    // a constant tells no rows apart, and an order by it would be by a place in the list of outputs
    return resolveNames(keys, select, leaves).filter((key) => !key['A_Const'])
  }
  return callsAtLevel(select).some((call) => isAggregate(call, facts.aggregates)) ? [] : undefined
}

type Functions = Pick<FunctionFacts, 'aggregates' | 'setReturning'>

type Extend = (keys: Node[], at: unknown, what: string) => Node[]

function settleCalls(
  select: Select,
  facts: Functions,
  ofRows: Extend,
  ofResult: Extend,
): Obstacle | undefined {
  let found: Obstacle | undefined
  for (const call of callsAtLevel(select)) {
    const name = calledName(call)
    const node = { FuncCall: call }
    const isFree = orderFree.test(fullName(call)) || Boolean(call['agg_within_group'])
    const isOrdered = facts.aggregates.has(fullName(call)) && !isFree
    if (call['over']) {
      const window = windowOf(call, select)
      const order = (window['orderClause'] ?? []) as Node[]
      const chance = chanceOf(name, isOrdered, window)
      if (chance === 'none') continue
      if (chance === 'frame' && order.length > 0) {
        found ??= {
          reason: `${name} of rows that tie: give it a frame in rows that excludes no ties`,
          place: placeOf(node),
          hint: orView('Behind its order by: rows between unbounded preceding and current row.'),
        }
      }
      call['over'] = orderedBy(window, ofResult(order, node, name), name)
    } else if (isOrdered && call['agg_distinct']) {
      // of distinct values none ties with another, and the order is by them
      if (!call['agg_order']) ofRows([], node, name)
    } else if (isOrdered) {
      call['agg_order'] = ofRows((call['agg_order'] ?? []) as Node[], node, name)
    }
  }
  return found
}

const sortKey = (node: Node): Node => ({
  SortBy: {
    node,
    sortby_dir: 'SORTBY_DEFAULT',
    sortby_nulls: 'SORTBY_NULLS_DEFAULT',
  },
})

/** What tells the rows of an item of `from` apart; a subselect is made to give it. */
function identityOf(leaf: Leaf, tables: EventTable[], facts: Functions): Node | undefined {
  const own = columnReference(leaf.alias, identity)
  if (leaf.table) return own
  if (!leaf.select) return expression(`${quote(leaf.alias)}::text`)
  if (hasDistinctRows(leaf.select)) {
    return leaf.columns && rowOf(leaf.columns.map((column) => columnReference(leaf.alias, column)))
  }
  return giveIdentity(leaf.select, tables, facts) ? own : undefined
}

function hasDistinctRows(select: Select): boolean {
  if (select['larg']) return !select['all']
  return Boolean(select['distinctClause']) && distinctOnKeys(select).length === 0
}

/** Makes a select tell its rows apart by one more output; of a union by the number of the side before what tells there. */
function giveIdentity(select: Select, tables: EventTable[], facts: Functions): boolean {
  const branches = unionBranches(select)
  const has = (branch: Select) =>
    ((branch['targetList'] ?? []) as Node[]).some(
      (target) => (target['ResTarget'] as Node)['name'] === identity,
    )
  if (branches.every(has)) return true
  const values = branches.map((branch) => identityValue(branch, tables, facts))
  if (values.some((value) => value === undefined)) return false
  for (const [index, branch] of branches.entries()) {
    const side = { A_Const: { ival: { ival: index + 1 } } }
    const value = branches.length === 1 ? values[0]! : rowOf([side, values[index]!])
    const targets = branch['targetList'] as Node[]
    targets.push({ ResTarget: { name: identity, val: value } })
  }
  return true
}

function identityValue(select: Select, tables: EventTable[], facts: Functions): Node | undefined {
  if (select['larg'] || select['distinctClause'] || !select['targetList']) return undefined
  // rows that a function in the list makes of one are not told apart by it
  if (callsAtLevel(select).some((call) => facts.setReturning.has(calledName(call))))
    return undefined
  const inner = leavesOf(select, tables)
  const identities =
    groupingOf(select, inner, facts) ?? inner.map((one) => identityOf(one, tables, facts))
  return identities.every((one) => one !== undefined) ? rowOf(identities) : undefined
}

const rowOf = (args: Node[]): Node => ({
  RowExpr: { args, row_format: 'COERCE_EXPLICIT_CALL' },
})

/** Whether a tree names a column of that name. */
export const namesColumn = (tree: unknown, name: string): boolean =>
  findNode(tree, (_, __, node) => columnOf(node)?.at(-1) === name) !== undefined
