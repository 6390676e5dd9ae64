import type { Node } from './ast.ts'

// frame options of a window: https://github.com/postgres/postgres/blob/master/src/include/nodes/parsenodes.h
const byRows = 0x4
const fromFirst = 0x20
const toLast = 0x100
const toCurrent = 0x400
const withoutCurrent = 0x8000
const withoutTies = 0x30000
const usualFrame = 0x422

const rankFunctions = ['rank', 'dense_rank', 'percent_rank', 'cume_dist']
const placeFunctions = ['row_number', 'lag', 'lead', 'ntile']
const valueFunctions = ['first_value', 'last_value', 'nth_value']

/** What of a call over a window hangs on the order of rows that tie: nothing, its order, or which of them its frame has. */
export type Chance = 'none' | 'order' | 'frame'

/** `isOrdered`: an aggregate that depends on the order of its rows. */
export function chanceOf(name: string, isOrdered: boolean, window: Node): Chance {
  if (rankFunctions.includes(name)) return 'none'
  if (placeFunctions.includes(name)) return 'order'
  const frame = window['frameOptions'] as number
  const has = (option: number) => (frame & option) !== 0
  const isWhole = has(fromFirst) && has(toLast)
  const isValue = valueFunctions.includes(name)
  if (!isOrdered && !isValue && (!has(byRows) || isWhole)) return 'none'
  if (has(withoutTies)) return 'frame'
  // the first of all is the first of its peers, too
  const beginsAlike =
    name === 'first_value' && has(fromFirst) && has(toCurrent) && !has(withoutCurrent)
  return has(byRows) || isWhole || beginsAlike ? 'order' : 'frame'
}

/** A window of its own in another order, since others under its name may count ties as one. */
export function orderedBy(window: Node, keys: Node[], name: string): Node {
  // a place is the same in any frame, and one in a range of values takes no second key
  const isPlace = placeFunctions.includes(name)
  const left = ['name', 'refname', ...(isPlace ? ['startOffset', 'endOffset'] : [])]
  return {
    ...Object.fromEntries(Object.entries(window).filter(([key]) => !left.includes(key))),
    ...(isPlace ? { frameOptions: usualFrame } : {}),
    orderClause: keys,
  }
}
