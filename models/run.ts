import type pg from 'pg'
import type { ApplyOptions, Change } from './apply.ts'
import type { Grants } from './grants.ts'
import type { EventIndex } from './indexes.ts'
import type { Problem } from './problems.ts'
import type { StoredModel } from './stored.ts'

/** One plan or apply on its way. */
export interface Run {
  client: pg.ClientBase
  options: ApplyOptions
  /** The models that have a file. */
  present: Set<string>
  /** The models as the database has them by now. */
  stored: Map<string, StoredModel>
  /** Models to be made again, with the reason: something below them was. */
  rebuild: Map<string, string>
  /** Models whose table is to be made anew, with the reason: a table below it was. Their views are there. */
  renew: Map<string, string>
  /** Files of functions that give other results now, since they changed or call one that did. */
  changedFunctions: Set<string>
  /** What to give back to the models that are made again. */
  grants: Grants
  /** Tables of this transaction, in schema store: nobody else sees them. */
  newTables: Set<string>
  /** Whether no tick can be at work until the end. */
  ticksAreOut: boolean
  /** Indexes that would hold up ticks for long: they are made first, and then all is tried again. */
  indexesAside: EventIndex[]
  /** Relations to lock before anything is done, so that no filling is in vain; undefined: nothing is filled yet. */
  locksFirst: number[] | undefined
  /** Whether tables must be filled: then all is tried again, with the locks that it took. */
  mustFill: boolean
  /** The model at hand, or what is to be locked. */
  at: { place: string }
  failed: Set<string>
  problems: Problem[]
  changes: Change[]
}
