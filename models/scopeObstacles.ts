import {
  calledName,
  columnOf,
  findNode,
  isSame,
  replaceNodes,
  targetsOf,
  visitNodes,
  type Node,
  type Select,
} from './ast.ts'
import { leafColumn, type Leaf } from './flatten.ts'
import {
  distinctOnKeys,
  isAggregate,
  limitObstacle,
  obstacle,
  orView,
  readsTables,
  type Aggregates,
  type Obstacle,
} from './linear.ts'
import { outerObstacle } from './outerJoins.ts'

/** Why a level of a select can't be computed part by part; `groupsAbove`: another level groups what it gives. */
export function levelObstacle(
  select: Select,
  parts: Node[],
  leaves: Leaf[],
  aggregates: Aggregates,
  groupsAbove: boolean,
): Obstacle | undefined {
  return (
    separationObstacle(select, parts, leaves, aggregates, groupsAbove) ??
    outerObstacle(select, parts, leaves)
  )
}

/** Whether a level makes one row of several. */
export const isGrouped = (select: Select, aggregates: Aggregates): boolean =>
  ((select['groupClause'] ?? []) as Node[]).length > 0 ||
  callsAtLevel(select).some((call) => isAggregate(call, aggregates))

/** Whether a condition on the rows of a level holds for all or none of the rows that the level looks at together. */
export const isOfParts = (
  select: Select,
  condition: Node,
  leaves: Leaf[],
  aggregates: Aggregates,
): boolean => separationObstacle(select, [condition], leaves, aggregates) === undefined

/** What puts rows of several parts together: grouping, windows, distinct or limits by something else. */
function separationObstacle(
  select: Select,
  parts: Node[],
  leaves: Leaf[],
  aggregates: Aggregates,
  groupsAbove = false,
): Obstacle | undefined {
  const all = separations(select, leaves, aggregates)
  const whole = all.find(({ keys }) => !keys)
  if (whole) return { ...obstacle(whole.reason, whole.at), hint: whole.hint }
  for (const part of parts) {
    const made = madeOfRows(part, aggregates)
    if (made)
      return {
        ...obstacle('the part is made of several rows, and moves with them', made),
        hint: groupsAbove ? splitHint : undefined,
      }
  }
  const limited = limitObstacle(select)
  if (limited) return limited
  const sublink = subqueryReading(select)
  if (sublink) {
    return {
      ...obstacle('a subquery in an expression reads a table', sublink),
      hint: sublinkHint(sublink['SubLink'] as Node),
    }
  }
  if (groupKeysOf(select, leaves).some((key) => key['GroupingSet']))
    return obstacle('it has grouping sets', select['groupClause'])
  const meeting = all.find(({ keys }) => !parts.every((part) => keysWithin(part, keys!, leaves)))
  const hint = groupsAbove ? splitHint : meeting?.hint
  return meeting && { ...obstacle(meeting.reason, meeting.at), hint }
}

interface Separation {
  /** Undefined where all rows are one. */
  keys: Node[] | undefined
  reason: string
  hint?: string | undefined
  at: unknown
}

/** What of a level looks at several rows at once, and by which keys it keeps them apart. */
function separations(select: Select, leaves: Leaf[], aggregates: Aggregates): Separation[] {
  const group = groupKeysOf(select, leaves)
  const calls = callsAtLevel(select)
  const aggregate = calls.find((call) => isAggregate(call, aggregates))
  const reason = 'it groups rows of several parts'
  const distinct = distinctOnKeys(select)
  return [
    ...(group.length > 0 ? [{ keys: group, reason, at: group[0] }] : []),
    ...(group.length === 0 && aggregate
      ? [
          {
            keys: undefined,
            reason: 'it does not group',
            hint: wholeHint,
            at: { FuncCall: aggregate },
          },
        ]
      : []),
    ...calls
      .filter((call) => call['over'])
      .map((call) => {
        const keys = (windowOf(call, select)['partitionClause'] ?? []) as Node[]
        const at = { FuncCall: call }
        return {
          keys,
          reason: 'a window looks at rows of several parts',
          hint: windowHint(keys),
          at,
        }
      }),
    ...(distinct.length > 0
      ? [
          {
            keys: resolveNames(distinct, select, leaves, true),
            reason: 'distinct on compares rows of several parts',
            at: distinct,
          },
        ]
      : []),
  ]
}

/** The keys, of those that keep the rows of a level apart, of which parts are made that are no key themselves. */
export function keysInside(
  select: Select,
  parts: Node[],
  leaves: Leaf[],
  aggregates: Aggregates,
): Node[] {
  return separations(select, leaves, aggregates).flatMap(({ keys = [] }) =>
    parts
      .filter((part) => !keys.some((key) => isSameColumn(key, part, leaves)))
      .flatMap((part) => keysWithin(part, keys, leaves) ?? []),
  )
}

const wholeHint = orView(
  'Group by a bucket of time or by another key, and sum that up in a view above.',
)

const splitHint = orView(
  'Make the inner select an incremental model of its own, and group its rows in a view above.',
)

/** Of what a subquery finds for each row. */
export const firstHint = orView(
  'Join the table, and keep what is wanted of several matches by an aggregate, distinct on or row_number().',
)

const joinHint = orView(
  'Join it: by left join … where … is null what must be missing, with count(distinct …) what may be met several times.',
)

function sublinkHint({ subLinkType, subselect }: Node): string | undefined {
  if (/^(EXISTS|ANY)/.test(subLinkType as string)) return joinHint
  return limitObstacle((subselect as { SelectStmt: Select }).SelectStmt) && firstHint
}

function windowHint(partition: Node[]): string | undefined {
  if (partition.length === 0) return undefined
  const names = partition.map((key) => columnOf(key)?.at(-1))
  return names.every((name) => name !== undefined)
    ? `Select what it is partitioned by, and name that: -- scope: ${names.join(', ')}`
    : 'Select what it is partitioned by under a name, and give that: -- scope: <name>'
}

const madeOfRows = (part: Node, aggregates: Aggregates): Node | undefined =>
  findNode(
    part,
    (type, call) =>
      type === 'FuncCall' && (call['over'] !== undefined || isAggregate(call, aggregates)),
  )

/** Which keys a part is made of; undefined where it is made of something else, too. */
function keysWithin(part: Node, keys: Node[], leaves: Leaf[]): Node[] | undefined {
  const found: Node[] = []
  let isMade = true
  replaceNodes(part, (node) => {
    const key = keys.find((one) => isSameColumn(one, node, leaves))
    if (key) {
      found.push(key)
      return node
    }
    if (node['ColumnRef']) isMade = false
    return undefined
  })
  return isMade ? found : undefined
}

/** The same text, or the same column with and without its table. */
function isSameColumn(one: Node, other: Node, leaves: Leaf[]): boolean {
  if (isSame(one, other)) return true
  const [first, second] = [leafColumn(one, leaves), leafColumn(other, leaves)]
  return Boolean(first && second && first.leaf === second.leaf && first.column === second.column)
}

const groupKeysOf = (select: Select, leaves: Leaf[]): Node[] =>
  resolveNames((select['groupClause'] ?? []) as Node[], select, leaves)

/** Ordinals and names of outputs become what they stand for: in `group by` a column of the tables goes before an output. */
export function resolveNames(
  items: Node[],
  select: Select,
  leaves: Leaf[],
  outputsFirst = false,
): Node[] {
  const targets = targetsOf(select)
  return items.map((item) => {
    const ordinal = (item['A_Const'] as { ival?: { ival?: number } } | undefined)?.ival?.ival
    if (ordinal !== undefined) return targets[ordinal - 1]?.node ?? item
    const column = columnOf(item)
    if (column?.length !== 1 || (!outputsFirst && leafColumn(item, leaves))) return item
    return targets.find((target) => target.name === column[0])?.node ?? item
  })
}

/** The calls of a level's own clauses, not of its subqueries. */
export function callsAtLevel(select: Select): Node[] {
  const calls: Node[] = []
  visitNodes(
    [select['targetList'], select['havingClause'], select['sortClause'], select['distinctClause']],
    (type, fields) => {
      if (type === 'SubLink') return false
      if (type === 'FuncCall') calls.push(fields)
      return undefined
    },
  )
  return calls
}

/** The window of a call, with what it takes from named ones. */
export function windowOf(call: Node, select: Select): Node {
  const over = call['over'] as Node
  const named = (name: unknown): Node =>
    ((select['windowClause'] ?? []) as { WindowDef: Node }[]).find(
      ({ WindowDef }) => WindowDef['name'] === name,
    )?.WindowDef ?? {}
  const whole = (window: Node): Node => {
    if (window['refname'] === undefined) return window
    // a copy has the partition and the order of what it copies, and a frame of its own
    const { partitionClause, orderClause } = whole(named(window['refname']))
    return { ...window, partitionClause, orderClause: orderClause ?? window['orderClause'] }
  }
  return whole(over['name'] === undefined ? over : named(over['name']))
}

function subqueryReading(select: Select): Node | undefined {
  let found: Node | undefined
  const clauses = Object.entries(select).filter(([key]) => key !== 'larg' && key !== 'rarg')
  visitNodes(
    clauses.map(([, value]) => value),
    (type, fields, node) => {
      // what a subselect of `from` has in it is looked at when it is traced
      if (type === 'RangeSubselect') return false
      if (type === 'SubLink' && readsTables(fields, new Map())) found ??= node
      return undefined
    },
  )
  return found
}

/** Calls that make several rows, side by side, make as many as the longest of them, and nulls beside the others. */
export function sideObstacle(
  select: Select,
  parts: Node[],
  setReturning: Set<string>,
): Obstacle | undefined {
  const [own] = rowMakers(parts, setReturning)
  const other =
    own && rowMakers(select['targetList'], setReturning).find((call) => !isSame(call, own))
  return other && obstacle('calls that make several rows stand side by side', other)
}

/** Calls that may make several rows. */
export function rowMakers(tree: unknown, setReturning: Set<string>): Node[] {
  const calls: Node[] = []
  visitNodes(tree, (type, call, node) => {
    if (type === 'SubLink') return false
    if (type === 'FuncCall' && setReturning.has(calledName(call))) calls.push(node)
    return undefined
  })
  return calls
}
