import pg from 'pg'
import { columnOf, expressionText, namesIn, parseSelect, targetsOf, type Node } from './ast.ts'
import { branchesOf, isSafe } from './bronzeInputs.ts'
import type { Model } from './model.ts'
import type { Column } from './storeNames.ts'

/** Types whose cast from a text is their input and nothing else; varchar(3), say, cuts in a cast what it refuses as input. */
const sameAsInput =
  /^(uuid|boolean|smallint|integer|bigint|real|double precision|numeric.*|date|timestamp.*|jsonb|inet)$/

/**
 * A condition on an event: whether all texts that the model casts can be cast. A server from version 16 on can ask that
 * without an error, so that one reading stores the good events and passes over the bad ones, which are told to
 * `ops.pass_over`. Undefined where a cast is not alone at fault for what an event is: in a union of tables.
 */
export function castsSoftly(model: Model, columns: Column[]): string | undefined {
  const branches = branchesOf(parseSelect(model.body))
  if (branches.length > 1) return undefined
  const tests = targetsOf(branches[0]!).flatMap(({ node }, index) => {
    const text = castText(node)
    const type = columns[index]!.type
    return text && sameAsInput.test(type)
      ? [`coalesce(pg_input_is_valid(${text}, ${pg.escapeLiteral(type)}), true)`]
      : []
  })
  return tests.length === 0 ? undefined : tests.join(' and ')
}

/** The text that a target casts, when it is one out of JSON or the key. */
function castText(node: Node): string | undefined {
  const cast = node['TypeCast'] as { arg: Node } | undefined
  if (!cast || !isSafe(cast.arg)) return undefined
  const operation = cast.arg['A_Expr'] as { name: unknown } | undefined
  const isText =
    columnOf(cast.arg)?.at(-1) === 'kafka_key' || namesIn(operation?.name).at(-1) === '->>'
  return isText ? expressionText(cast.arg) : undefined
}
