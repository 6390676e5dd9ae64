import { expect } from 'vitest'
import { storeEvents, tick } from './bronzeRows.ts'
import { differences } from './exact.ts'
import { newProject, type Project } from './project.ts'

/** Incremental models by name: header lines and select. */
export type Models = Record<string, [header: string, select: string]>

export interface LabEvent {
  table: string
  payload: object
  at: string
}

/** A project with these models in schema gold; `types` (statements) are there before. */
export async function newLab(
  models: Models,
  silver: Record<string, string>,
  types: string[],
): Promise<Project> {
  const gold = Object.entries(models).map(([name, [header, select]]) => [
    `lab/gold/${name}.sql`,
    `-- A model.\n-- kind: incremental\n${header}\n${select}\n`,
  ])
  const events = Object.entries(silver).map(([name, select]) => [
    `lab/silver/${name}.sql`,
    `-- Events.\n-- kind: event\n-- key: id\n-- time: at\n${select}\n`,
  ])
  const sources = Object.keys(silver).map((name) => `select ops.add_source('${name}');\n`)
  const project = await newProject({
    'lab/sources.sql': `-- Topics.\n${sources.join('')}`,
    ...(Object.fromEntries([...events, ...gold]) as Record<string, string>),
  })
  await project.rows('create schema lab')
  for (const type of types) await project.rows(type)
  await project.apply()
  return project
}

/** Which of the models differ from their files after any of the events, each of which is a tick of its own. */
export async function wrongAfter(
  project: Project,
  models: Models,
  events: LabEvent[],
): Promise<string[]> {
  const wrong = new Set<string>()
  for (const { table, payload, at } of events) {
    await storeEvents(project.owner, table, [{ payload, at }])
    await tick(project.owner)
    expect(await project.rows('select model, error from ops.lagging_models')).toEqual([])
    for (const name of Object.keys(models)) {
      if ((await differences(project.owner, `gold.${name}`)).length > 0) wrong.add(name)
    }
  }
  for (const name of Object.keys(models))
    expect((await project.rows(`select from gold.${name}`)).length, name).toBeGreaterThan(0)
  return [...wrong]
}
