import type { Topic } from './domain.ts'
import { domains } from './domains.ts'

export type { Topic } from './domain.ts'
export { generate, generateBatches, referenceEvents } from './generate.ts'
export type { GeneratedEvent } from './generate.ts'
export { generateOptions } from './options.ts'
export type { GenerateInput, GenerateOptions } from './options.ts'

/** The names of all domains. */
export const domainNames: readonly string[] = domains.map((domain) => domain.name)

/** The topics of each domain. */
export const topics: Readonly<Record<string, readonly Topic[]>> = Object.fromEntries(
  domains.map((domain) => [domain.name, domain.topics]),
)
