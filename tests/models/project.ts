import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type pg from 'pg'
import { projectFolder } from '../../cli/projectFolder.ts'
import { UserError } from '../../cli/userError.ts'
import { applyModels, type Change } from '../../models/apply.ts'
import { atEnd } from '../support/cleanUp.ts'
import { testDatabase, type TestDatabase } from '../support/database.ts'

/** A user's folder of views, and a database with the engine in it. */
export interface Project {
  folder: string
  database: TestDatabase
  owner: pg.Client
  /** Writes files, or deletes those whose text is null. */
  write(files: Record<string, string | null>): void
  apply(options?: { prune?: boolean; folders?: string[] }): Promise<Change[]>
  plan(options?: { prune?: boolean; folders?: string[] }): Promise<Change[]>
  /** The message of the UserError that apply throws, with paths as below the folder. */
  complaint(options?: { prune?: boolean; folders?: string[] }): Promise<string>
  /** Rows of a query, as sluice_owner. */
  rows<Row extends pg.QueryResultRow = Record<string, unknown>>(
    sql: string,
    values?: unknown[],
  ): Promise<Row[]>
}

const engine = join(projectFolder, 'views/ops')

export async function newProject(files: Record<string, string> = {}): Promise<Project> {
  const database = await testDatabase('migrated')
  const owner = await database.client('sluice_owner')
  const folder = viewsFolder(files)
  const change =
    (planOnly: boolean): Project['apply'] =>
    ({ prune = false, folders = [folder] } = {}) =>
      applyModels(owner, { folders: [engine, ...folders], planOnly, prune, opsOnly: false })
  return {
    folder,
    database,
    owner,
    write: (changed) => writeFiles(folder, changed),
    apply: change(false),
    plan: change(true),
    async complaint(options) {
      const error: unknown = await change(false)(options).then(
        (changes) => new Error(`It was applied: ${JSON.stringify(changes)}`),
        (thrown: unknown) => thrown,
      )
      if (!(error instanceof UserError)) throw error
      return error.message.replaceAll(`${folder}/`, '')
    },
    rows: async <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) =>
      (await owner.query<Row>(sql, values)).rows,
  }
}

/** A new folder with these files; removed with the test file. */
export function viewsFolder(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-views-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  writeFiles(folder, files)
  return folder
}

function writeFiles(folder: string, files: Record<string, string | null>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path)
    if (text === null) rmSync(file)
    else {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
  }
}

/** The text of a view model. */
export const view = (select: string, header = ''): string =>
  `-- A view.\n-- kind: view\n${header}${select}\n`

/** What was done to which model, in order. */
export const actions = (changes: Change[]): string[] =>
  changes.map(({ action, model }) => `${action} ${model}`)
