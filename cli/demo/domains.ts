import { domainNames, topics } from '../../generator/index.ts'
import { UserError } from '../userError.ts'

/** The domains of `--domain a,b`, each once. Throws a UserError that names those that do not exist. */
export function chosenDomains(text: string): string[] {
  const names = [...new Set(text.split(',').map((name) => name.trim()))]
  const unknown = names.filter((name) => !domainNames.includes(name))
  if (unknown.length === 0) return names
  throw new UserError(
    `There is no domain ${unknown.map((name) => `"${name}"`).join(', ')}. --domain takes one or more of ${domainNames.join(', ')}, with commas between them.`,
  )
}

export const topicsOf = (domains: string[]): string[] =>
  domains.flatMap((domain) => (topics[domain] ?? []).map(({ topic }) => topic))

/** The domain that a topic is generated for; undefined of a topic of the user's own. */
export const domainOf = (topic: string): string | undefined =>
  domainNames.find((domain) => topics[domain]!.some((one) => one.topic === topic))
