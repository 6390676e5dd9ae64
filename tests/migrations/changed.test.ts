import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { projectFolder } from '../../cli/projectFolder.ts'
import { runMigrations } from '../../cli/runMigrations.ts'
import { UserError } from '../../cli/userError.ts'
import { atEnd } from '../support/cleanUp.ts'
import { testDatabase } from '../support/database.ts'
import { fingerprint } from './fingerprint.ts'

const migrations = join(projectFolder, 'migrations')
const names = readdirSync(migrations)
  .filter((file) => file.endsWith('.sql'))
  .map((file) => file.replace('.sql', ''))
  .sort()

describe('the migrations of a database', () => {
  /** A copy of migrations/, changed, run as the owner of everything in a database that has run them all. */
  async function runChanged(change: (folder: string) => void) {
    const database = await testDatabase('migrated')
    const client = await database.client()
    const folder = mkdtempSync(join(tmpdir(), 'sluice-migrations-'))
    atEnd(() => rmSync(folder, { recursive: true }))
    cpSync(migrations, folder, { recursive: true })
    change(folder)
    const before = await fingerprint(client)
    const outcome = await runMigrations(client, folder).catch((error: unknown) => error)
    return {
      client,
      outcome,
      isUnchanged: () => expect(fingerprint(client)).resolves.toEqual(before),
    }
  }

  const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12)
  const textOf = (folder: string, name: string) => readFileSync(join(folder, `${name}.sql`), 'utf8')

  test('are not run again when they are what they were', async () => {
    const { outcome, isUnchanged } = await runChanged(() => undefined)
    expect(outcome).toEqual([])
    await isUnchanged()
  })

  test.each(names)('%s, edited, is an error with its name and both hashes', async (name) => {
    const original = textOf(migrations, name)
    const edited = `${original}\n-- an afterthought\n`
    const { outcome, isUnchanged } = await runChanged((folder) =>
      writeFileSync(join(folder, `${name}.sql`), edited),
    )
    expect(outcome).toBeInstanceOf(UserError)
    const { message } = outcome as UserError
    expect(message).toContain(`migrations/${name}.sql`)
    expect(message).toContain(hash(original))
    expect(message).toContain(hash(edited))
    await isUnchanged()
  })

  test('taken away, are an error that says the version is too old', async () => {
    const { outcome, isUnchanged } = await runChanged((folder) =>
      rmSync(join(folder, `${names.at(-1)}.sql`)),
    )
    expect(outcome).toBeInstanceOf(UserError)
    expect((outcome as UserError).message).toContain(`migrations/${names.at(-1)}.sql`)
    await isUnchanged()
  })

  test('grow by a new one, which alone is run', async () => {
    const { client, outcome } = await runChanged((folder) =>
      writeFileSync(
        join(folder, '9999_new.sql'),
        "create table store.new_one (id int); comment on table store.new_one is 'New.';",
      ),
    )
    expect(outcome).toEqual(['9999_new'])
    expect((await client.query('select * from store.new_one')).rows).toEqual([])
  })

  test('that fail leave nothing behind, nor do those before them', async () => {
    const { outcome, client } = await runChanged((folder) => {
      writeFileSync(join(folder, '9998_good.sql'), 'create table store.good (id int);')
      writeFileSync(join(folder, '9999_bad.sql'), 'create table store.half (id int); select 1 / 0;')
    })
    expect(outcome).toBeInstanceOf(Error)
    expect((outcome as Error).message).toMatch(/division by zero/)
    const { rows } = await client.query(
      `select to_regclass('store.good') as good, to_regclass('store.half') as half,
        (select count(*)::int from ops.migrations where name like '999%') as recorded`,
    )
    expect(rows).toEqual([{ good: null, half: null, recorded: 0 }])
  })
})
