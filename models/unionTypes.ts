import { sidesOf, targetsOf, textOf, visitNodes, type Select } from './ast.ts'
import { describeParts } from './describe.ts'
import { readTables, rowsOf } from './eventRows.ts'
import type { Flat } from './flatten.ts'
import { readsTables, type Obstacle } from './linear.ts'
import type { Column } from './storeNames.ts'

/** Where an output of one side of a union tells the type that the union gives it, if that is another. */
export const sideType = 'sluice_type'

/**
 * Writes to the sides of the unions in a `from` which of their outputs become another type: half of an int is not half of
 * the numeric that a union makes of it. The tree is changed.
 */
export async function typeUnions(
  flat: Flat,
  describe: (select: string) => Promise<Column[]>,
): Promise<Obstacle | undefined> {
  const unions: Select[] = []
  visitNodes(flat.select, (type, range) => {
    if (type !== 'RangeSubselect' || range['lateral']) return
    const { SelectStmt: select } = range['subquery'] as { SelectStmt: Select }
    if (select['larg'] && readsTables(select, new Map())) unions.push(select)
  })
  for (const union of unions) {
    const sides = sidesOf(union)
    const texts = [union, ...sides].map((select) =>
      textOf(readTables(select, flat, (event) => rowsOf(event, select, []))),
    )
    const described = await describeParts(texts, describe)
    if ('reason' in described) return described
    const [whole, ...own] = described
    for (const [number, side] of sides.entries()) {
      for (const [index, { target }] of targetsOf(side).entries()) {
        const { type } = whole![index]!
        if (own[number]![index]!.type !== type) target[sideType] = type
      }
    }
  }
  return undefined
}
