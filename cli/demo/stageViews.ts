import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { domainNames } from '../../generator/index.ts'
import { engineViews } from '../config.ts'
import { projectFolder } from '../projectFolder.ts'
import { UserError } from '../userError.ts'

const views = join(projectFolder, 'views')

/**
 * Where only some of the example domains run: copies the folders of views/ but those of the others below the data folder,
 * and returns the folders to apply. Domains of the user's own, and what domains share, are always among them.
 */
export function stageViews(domains: string[], dataFolder: string): string[] {
  const left = domainNames.filter((name) => !domains.includes(name))
  const staged = stagedViews(dataFolder)
  rmSync(staged, { recursive: true, force: true })
  mkdirSync(staged, { recursive: true })
  for (const entry of readdirSync(views, { withFileTypes: true })) {
    if (entry.isDirectory() && entry.name !== 'ops' && !left.includes(entry.name))
      cpSync(join(views, entry.name), join(staged, entry.name), { recursive: true })
  }
  return [engineViews, staged]
}

const stagedViews = (dataFolder: string) => join(dataFolder, 'views')

/** Mistakes in models are told with the file that is to be mended, not with its copy. */
export function namingOriginals(error: unknown, dataFolder: string): unknown {
  if (!(error instanceof UserError) || !existsSync(stagedViews(dataFolder))) return error
  const message = error.message.replaceAll(/\S*\/views\/(\S+\.sql)/g, (path, file: string) =>
    existsSync(join(views, file)) ? `views/${file}` : path,
  )
  return new UserError(message, { cause: error })
}
