import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { domainNames } from '../generator/index.ts'
import { projectFolder } from './projectFolder.ts'

/** The package's own views: those of the engine and of the example domains. */
export const packageViews = join(projectFolder, 'views')

/** The engine's own functions and views, of schema ops. */
export const engineViews = join(packageViews, 'ops')

/**
 * The folders of views where only some of the example domains run: the engine's, and of views/ all but those of the other
 * examples. Domains of the user's own, and what domains share, are always among them.
 */
export function exampleViews(domains: readonly string[]): string[] {
  const left = [...domainNames.filter((name) => !domains.includes(name)), 'ops']
  const folders = readdirSync(packageViews, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !left.includes(entry.name))
    .map((entry) => join(packageViews, entry.name))
  return [engineViews, ...folders.sort()]
}
