import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from '../../cli/projectFolder.ts'

/** The text of a page, such as `models.md`. */
export const readPage = (name: string): string =>
  readFileSync(join(projectFolder, 'docs', name), 'utf8')

export const sqlBlocksOf = (page: string): string[] =>
  [...page.matchAll(/^```sql\n([\s\S]*?)^```/gm)].map((match) => match[1]!)

/** Files by their path below views/: each block of SQL with a path before it. */
export const filesOf = (page: string): Record<string, string> =>
  Object.fromEntries(
    [...page.matchAll(/^`views\/(\S+\.sql)`.*\n\n```sql\n([\s\S]*?)^```/gm)].map((match) => [
      match[1]!,
      match[2]!,
    ]),
  )

/** The name of the model that a file makes. */
export const modelOf = (path: string): string => path.replace(/^\w+\/(\w+)\/(\w+)\.sql$/, '$1.$2')
