import { parseSelect } from './ast.ts'
import type { StoredForm } from './compileEvent.ts'
import { compileAppend } from './compileAppend.ts'
import { compileMerge, type Incremental } from './compileMerge.ts'
import { compileRegroup } from './compileRegroup.ts'
import type { Obstacle } from './linear.ts'

/** Chooses how an incremental model is kept current; or says why it can't be, where, and what to do instead. */
export async function compileIncremental(context: Incremental): Promise<StoredForm | Obstacle> {
  const merge = await compileMerge(context)
  if (!('reason' in merge)) return merge
  const append = compileAppend(context)
  if (!('reason' in append)) return append
  if (context.model.header['entities']) {
    return {
      ...append,
      reason: `Entities as of arrival are for models that are merged or appended: ${merge.reason}`,
      hint: 'Join the entities in a view above.',
    }
  }
  const regroup = await compileRegroup(context)
  if (!('reason' in regroup)) {
    return { ...regroup, strategyReason: `${regroup.strategyReason}; not merged: ${merge.reason}` }
  }
  const groups = parseSelect(context.model.body)['groupClause'] !== undefined
  const isSaid = !groups || merge.reason === regroup.reason
  return {
    ...regroup,
    reason: `This can't be kept exact from new rows alone: ${regroup.reason}`,
    hint: [
      ...(isSaid ? [] : [`Nor can it be merged: ${merge.reason}.`]),
      regroup.hint ?? 'Make it a view or a materialized view.',
    ].join('\n'),
  }
}
