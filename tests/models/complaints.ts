import { beforeAll } from 'vitest'
import { newProject, viewsFolder, type Project } from './project.ts'

/** Returns a function that applies files as a folder of their own and returns the complaint, on one database. */
export function complaints(): (files: Record<string, string>) => Promise<string> {
  let project: Project
  beforeAll(async () => {
    project = await newProject()
  })
  return async (files) => {
    const folder = viewsFolder(files)
    const message = await project.complaint({ folders: [folder] })
    return message.replaceAll(`${folder}/`, '')
  }
}

/** A message of one problem. */
export const oneProblem = (...lines: string[]): string =>
  [...lines, '', '1 problem; nothing was changed.'].join('\n')
