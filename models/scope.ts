import {
  calledName,
  cast,
  columnOf,
  columnReference,
  copyOf,
  expression,
  expressionText,
  isSame,
  namesIn,
  replaceNodes,
  targetsOf,
  type Node,
  type Select,
} from './ast.ts'
import { equalities, mapTo } from './equalities.ts'
import type { EventTable } from './eventTables.ts'
import { leavesOf, type Flat, type Leaf } from './flatten.ts'
import {
  linearObstacle,
  obstacle,
  orView,
  readsTables,
  unionObstacle,
  type Aggregates,
  type Obstacle,
} from './linear.ts'
import {
  firstHint,
  isGrouped,
  isOfParts,
  keysInside,
  levelObstacle,
  rowMakers,
  sideObstacle,
} from './scopeObstacles.ts'
import { quote } from './storeNames.ts'
import { levelTouch, occurrencesIn, ownConditions, ownTouch } from './touches.ts'
import { sideType } from './unionTypes.ts'

/** A select of the scope's values; `occurrence` is the event table of which it sees new rows alone. */
export interface Touch {
  select: Select
  occurrence: number
  /** The time of the new rows, where the select reads their table alone. */
  time: Node | undefined
}

/** What bounds an event table to the touched parts: a column of the scope, or the time that its bucket is cut from. */
export interface Restriction {
  occurrence: number
  /** Which column of the scope, from 0. */
  part: number
  column: string
  /** The length of the bucket as SQL, when the scope is a bucket of this column. */
  bucket: string | undefined
}

export interface Scope {
  touches: Touch[]
  restrictions: Restriction[]
  /** Tables that only a join ties to the parts, with the column of the join. */
  joined: { occurrence: number; column: string }[]
  /** Keys by which a select keeps rows apart, where parts are made of them: it is not known here that equal ones look the same. */
  keys: { select: Select; key: Node }[]
}

export interface Traced {
  tables: EventTable[]
  aggregates: Aggregates
  setReturning: Set<string>
}

type Tracing = Traced & { scope: Scope }

/**
 * Follows outputs of a select down to the event tables: how new rows of each tell which parts they touch, and how
 * each can be bounded to parts. An obstacle where a level puts rows of several parts together.
 */
export function traceScope(flat: Flat, outputs: number[], known: Traced): Scope | Obstacle {
  const tracing: Tracing = {
    ...known,
    scope: { touches: [], restrictions: [], joined: [], keys: [] },
  }
  return traceOutputs(flat.select, outputs, tracing) ?? tracing.scope
}

function traceOutputs(select: Select, outputs: number[], tracing: Tracing): Obstacle | undefined {
  if (select['larg']) {
    return (
      unionObstacle(select, new Map()) ??
      traceOutputs(select['larg'] as Select, outputs, tracing) ??
      traceOutputs(select['rarg'] as Select, outputs, tracing)
    )
  }
  const targets = targetsOf(select)
  return traceLevel(
    select,
    outputs.map((index) => targets[index]!.node),
    tracing,
  )
}

interface Above {
  /** Conditions of levels above, of this one's columns, that keep rows from being there. */
  conditions: Node[]
  /** Whether one of them groups. */
  groups: boolean
}

function traceLevel(
  select: Select,
  parts: Node[],
  tracing: Tracing,
  above: Above = { conditions: [], groups: false },
): Obstacle | undefined {
  const leaves = leavesOf(select, tracing.tables)
  const found =
    levelObstacle(select, parts, leaves, tracing.aggregates, above.groups) ??
    sideObstacle(select, parts, tracing.setReturning)
  if (found) return found
  for (const key of keysInside(select, parts, leaves, tracing.aggregates))
    tracing.scope.keys.push({ select, key })
  // a row that such a condition hides may change what others become: not where it goes by whole parts
  const others = above.conditions.filter(
    (one) =>
      isOfParts(select, one, leaves, tracing.aggregates) &&
      rowMakers(one, tracing.setReturning).length === 0,
  )
  const groups = above.groups || isGrouped(select, tracing.aggregates)
  for (const leaf of leaves) {
    const problem = traceLeaf({ select, parts, others, groups }, leaf, leaves, tracing)
    if (problem) return problem
  }
  return undefined
}

interface Level {
  select: Select
  parts: Node[]
  others: Node[]
  groups: boolean
}

function traceLeaf(
  { select, parts, others, groups }: Level,
  leaf: Leaf,
  leaves: Leaf[],
  tracing: Tracing,
): Obstacle | undefined {
  if (!leaf.table && !(leaf.select && readsTables(leaf.select, new Map()))) return undefined
  const mapped = parts.map((part) => mapTo(leaf, part, leaves, select))
  const isMapped = mapped.every((part) => part !== undefined)
  if (leaf.table) {
    const occurrence = (leaf.node['RangeVar'] as { sluice_no: number }).sluice_no
    tracing.scope.touches.push({
      occurrence,
      time: isMapped ? columnReference(leaf.alias, leaf.table.time) : undefined,
      select: isMapped
        ? ownTouch(select, mapped, leaf, leaves, conditionsOn(leaf, others, leaves, select))
        : levelTouch(select, parts, leaf, leaves),
    })
    for (const [part, value] of mapped.entries()) {
      const bound = value && boundOf(value, leaf.table)
      if (bound) tracing.scope.restrictions.push({ occurrence, part, ...bound })
    }
    if (!isMapped) {
      for (const end of equalities(select, leaves).flat()) {
        if (end.leaf === leaf) tracing.scope.joined.push({ occurrence, column: end.column })
      }
    }
    return undefined
  }
  const inner = leaf.select!
  if ((leaf.node['RangeSubselect'] as Node)['lateral']) {
    return { ...obstacle('a lateral subquery reads a table', inner), hint: firstHint }
  }
  if (isMapped && leaf.columns) {
    const conditions = [
      ...ownConditions(select, leaf, leaves),
      ...conditionsOn(leaf, others, leaves, select),
    ]
    return traceInside(inner, mapped, leaf, tracing, { conditions, groups })
  }
  const linear = linearObstacle(inner, new Map(), tracing.aggregates)
  if (linear)
    return {
      ...obstacle('a subquery is not tied to the parts by an equality', inner),
      hint: orView('Select a column by which it is joined, too.'),
    }
  for (const occurrence of occurrencesIn(inner)) {
    const touch = levelTouch(select, parts, leaf, leaves)
    tracing.scope.touches.push({ occurrence, select: touch, time: undefined })
  }
  return undefined
}

/** Conditions from above that concern an item alone: they may keep from it what a part can't be made of. */
const conditionsOn = (leaf: Leaf, others: Node[], leaves: Leaf[], select: Select): Node[] =>
  leaf.isNullable
    ? []
    : others.flatMap<Node>((condition) => mapTo(leaf, condition, leaves, select) ?? [])

/** The parts as expressions of what a subquery selects, and the conditions that can be. */
function traceInside(
  inner: Select,
  parts: Node[],
  leaf: Leaf,
  tracing: Tracing,
  above: Above,
): Obstacle | undefined {
  if (inner['larg']) {
    return (
      unionObstacle(inner, new Map()) ??
      traceInside(inner['larg'] as Select, parts, leaf, tracing, above) ??
      traceInside(inner['rarg'] as Select, parts, leaf, tracing, above)
    )
  }
  const targets = targetsOf(inner)
  const insideOf = (node: Node): Node =>
    replaceNodes(node, (child) => {
      const column = columnOf(child)?.at(-1)
      if (column === undefined) return undefined
      const { node: value, target } = targets[leaf.columns!.indexOf(column)]!
      const type = target[sideType] as string | undefined
      // a part that is the column itself is compared with what the union gives, whatever its side
      return type && child !== node ? cast(copyOf(value), type) : copyOf(value)
    })
  const inside = parts.map(insideOf)
  const unwritten = inside.findIndex((part) => !isWritten(part))
  if (unwritten >= 0)
    return obstacle('the part can’t be written as one expression', parts[unwritten])
  const conditions = above.conditions.map(insideOf).filter(isWritten)
  return traceLevel(inner, inside, tracing, { ...above, conditions })
}

/** Whether the text of an expression means it: a `not` within others, for example, would need brackets. */
const isWritten = (node: Node): boolean => isSame(expression(expressionText(node)), node)

/** How a table's rows can be bounded by a part: a plain column, or a bucket of time. */
function boundOf(
  value: Node,
  table: EventTable,
): Omit<Restriction, 'occurrence' | 'part'> | undefined {
  const column = columnOf(value)?.at(-1)
  if (column !== undefined) return { column, bucket: undefined }
  const bucket = bucketOf(value)
  return bucket?.column === table.time ? { column: table.time, bucket: bucket.length } : undefined
}

/** Cut out of a time: `date_trunc('hour', at)`, `date_bin(…)`, `at::date`. */
function bucketOf(value: Node): { column: string; length: string } | undefined {
  const cast = value['TypeCast'] as { arg: Node; typeName: Node } | undefined
  if (cast && namesIn(cast.typeName['names']).at(-1) === 'date') {
    const column = columnOf(cast.arg)?.at(-1)
    return column === undefined ? undefined : { column, length: `interval '1 day'` }
  }
  const call = value['FuncCall'] as Node | undefined
  const args = (call?.['args'] ?? []) as Node[]
  const column = args[1] && columnOf(args[1])?.at(-1)
  if (!call || column === undefined) return undefined
  if (calledName(call) === 'date_bin') {
    const isFixed =
      args[0]!['A_Const'] ?? (args[0]!['TypeCast'] as { arg: Node } | undefined)?.arg['A_Const']
    return isFixed ? { column, length: `(${expressionText(args[0]!)})::interval` } : undefined
  }
  const unit = (args[0]!['A_Const'] as { sval?: { sval?: string } } | undefined)?.sval?.sval
  if (calledName(call) !== 'date_trunc' || unit === undefined) return undefined
  const length = /^(quarter|qtr)$/i.test(unit) ? `interval '3 months'` : `interval '1 ${unit}'`
  // of another time zone a day may have 25 hours, and of two neighbouring months one is up to three days longer
  const isLonger = args[2] && !/sec|min|hour/i.test(unit)
  return { column, length: isLonger ? `${length} + interval '5 days'` : length }
}

export const partName = (index: number): string => quote(`part_${index + 1}`)
