import { textOf } from './ast.ts'
import { describeParts } from './describe.ts'
import { readTables, rowsOf } from './eventRows.ts'
import type { Flat } from './flatten.ts'
import { obstacle, type Obstacle } from './linear.ts'
import type { Scope } from './scope.ts'
import type { Column } from './storeNames.ts'

/** Of these types equal values are the same bytes: https://www.postgresql.org/docs/current/btree.html, equalimage */
const exactTypes =
  /^(smallint|integer|bigint|boolean|text|character varying|"char"|name|bytea|uuid|oid|date|time without|timestamp|money)\b|^"char"$/

const isExact = ({ type, collation }: Column): boolean =>
  exactTypes.test(type.replace(/\(\d+\) ?/, '')) && isPlain(collation)

const isPlain = (collation: string | undefined): boolean =>
  collation === undefined || /^"(C|POSIX)"$/.test(collation)

/** Parts that some event tables give in one collation and others in another: what is equal in one is not in the other. */
export function mixedPart(touches: Column[][]): Obstacle | undefined {
  const mixed = touches[0]!.find((first, part) => {
    const collations = touches.map((columns) => columns[part]!.collation)
    return collations.some((one) => one !== first.collation) && !collations.every(isPlain)
  })
  return (
    mixed && {
      reason:
        'a part is joined by texts of two collations, of which one may take different texts for equal',
      place: undefined,
      hint: 'Collate both alike, in the event models.',
    }
  )
}

/**
 * A key of which a part is made, and of which equal values may look different, as 5 and 5.0 do: rows of one group would
 * be of two parts, by whichever of them comes first.
 */
export async function looseKey(
  flat: Flat,
  keys: Scope['keys'],
  describe: (select: string) => Promise<Column[]>,
): Promise<Obstacle | undefined> {
  for (const { select, key } of keys) {
    const values = {
      targetList: [{ ResTarget: { name: 'key', val: key } }],
      fromClause: select['fromClause'],
      limitOption: 'LIMIT_OPTION_DEFAULT',
      op: 'SETOP_NONE',
    }
    const text = textOf(readTables(values, flat, (event) => rowsOf(event, values, [])))
    const described = await describeParts([text], describe)
    if ('reason' in described) return described
    const [column] = described[0]!
    if (!isExact(column!)) {
      return obstacle(
        `a part is made of this key, and equal values of ${column!.type} may look different: group by the part itself`,
        key,
      )
    }
  }
  return undefined
}
