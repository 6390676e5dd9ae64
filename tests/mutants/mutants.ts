import { ingestMutants } from './ingestMutants.ts'
import { modelMutants } from './modelMutants.ts'
import type { Mutant } from './mutant.ts'

/** Every rule that `npm run mutants` takes away. */
export const mutants: Mutant[] = [...ingestMutants, ...modelMutants]
