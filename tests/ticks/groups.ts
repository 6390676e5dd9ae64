import { storeEvents, tick } from '../models/bronzeRows.ts'
import { newProject, type Project } from '../models/project.ts'
import { startSluice, type RunningSluice } from '../support/sluice.ts'

export const groups = ['a', 'b', 'c', 'd']

export const event = (source: string) => `-- Events.
-- kind: event
-- time: at
select payload ->> 'id' as id, payload ->> 'word' as word, kafka_at as at from bronze.${source}
`
export const counts = (source: string) => `-- Events of each id.
-- kind: incremental
-- grain: id
select id, count(*) as events from silver.${source} group by id
`

/** Four groups of models that share nothing. */
export async function groupedProject(): Promise<Project> {
  const files: Record<string, string> = {
    'shop/sources.sql': `-- Topics.\n${groups.map((name) => `select ops.add_source('${name}');`).join('\n')}\n`,
  }
  for (const name of groups) {
    files[`shop/silver/${name}.sql`] = event(name)
    files[`shop/gold/${name}_counts.sql`] = counts(name)
  }
  const project = await newProject(files)
  await project.apply()
  for (const name of groups) await storeEvents(project.owner, name, [{ payload: { id: 'x' } }])
  await tick(project.owner)
  return project
}

export const startWorker = ({ database }: Project): RunningSluice =>
  startSluice(['refresh'], { DATABASE_URL: database.url('sluice_refresh') })

export const countOf = async (project: Project, group: string) =>
  Number((await project.rows<{ n: string }>(`select events as n from gold.${group}_counts`))[0]!.n)
