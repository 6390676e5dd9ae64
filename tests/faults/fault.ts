import type { Random } from '../../generator/random.ts'
import type { World } from './world.ts'

/** Something that goes wrong. When `strike` returns, what is outside of the ingesters works again. */
export interface Fault {
  kind: string
  /** Where in a flush, or how. */
  point: string
  /** Throws when the ingesters did not take it as they must. */
  strike(this: void, world: World, random: Random): Promise<unknown>
}
