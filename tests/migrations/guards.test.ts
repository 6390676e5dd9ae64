import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { projectFolder } from '../../cli/projectFolder.ts'
import { testDatabase } from '../support/database.ts'
import { sluiceOk } from '../support/sluice.ts'
import { fingerprint } from './fingerprint.ts'

const database = await testDatabase('applied')
const owner = await database.client()
const schemas = `('ops', 'bronze', 'silver', 'gold', 'store')`

async function names(sql: string): Promise<string[]> {
  return (await owner.query<{ name: string }>(sql)).rows.map((row) => row.name)
}

describe('in a database with the models of views/', () => {
  test('every schema, table and view has a comment', async () => {
    const without = await names(
      `select format('schema %s', nspname) as name
      from pg_namespace
      where nspname in ${schemas} and obj_description(oid, 'pg_namespace') is null
      union all
      select format('relation %s', oid::regclass)
      from pg_class
      where relnamespace::regnamespace::text in ${schemas}
        and relkind in ('r', 'p', 'v', 'm', 'f')
        and not relispartition
        and obj_description(oid, 'pg_class') is null
      order by 1`,
    )
    expect(without).toEqual([])
    expect(
      (
        await names(
          `select relname as name from pg_class where relnamespace = 'gold'::regnamespace`,
        )
      ).length,
    ).toBeGreaterThan(8)
  })

  test('every function has a comment', async () => {
    const without = await names(
      `select oid::regprocedure::text as name
      from pg_proc
      where pronamespace::regnamespace::text in ${schemas} and obj_description(oid, 'pg_proc') is null
      order by 1`,
    )
    expect(without).toEqual([])
  })

  test('every function that runs with its owner’s rights has a fixed search_path, without what others may write', async () => {
    const open = await names(
      `select oid::regprocedure::text as name
      from pg_proc
      where pronamespace::regnamespace::text in ${schemas}
        and prosecdef
        and not coalesce(proconfig @> array['search_path=pg_catalog, pg_temp'], false)
      order by 1`,
    )
    expect(open).toEqual([])
    expect(
      (
        await names(
          `select proname as name from pg_proc where pronamespace = 'ops'::regnamespace and prosecdef`,
        )
      ).length,
    ).toBeGreaterThan(10)
  })

  test('no function but ops.now() may be called by everybody', async () => {
    const callable = await names(
      `select pg_proc.oid::regprocedure::text as name
      from pg_proc
      left join lateral aclexplode(coalesce(proacl, acldefault('f', proowner))) as rights on true
      where pronamespace::regnamespace::text in ${schemas}
        and rights.grantee = 0
      order by 1`,
    )
    expect(callable).toEqual(['ops.now()'])
  })

  test('everything belongs to sluice_owner', async () => {
    const foreign = await names(
      `select oid::regclass::text as name
      from pg_class
      where relnamespace::regnamespace::text in ${schemas} and relowner <> 'sluice_owner'::regrole
      union all
      select oid::regprocedure::text
      from pg_proc
      where pronamespace::regnamespace::text in ${schemas} and proowner <> 'sluice_owner'::regrole
      union all
      select nspname
      from pg_namespace
      where nspname in ${schemas} and nspowner <> 'sluice_owner'::regrole
      order by 1`,
    )
    expect(foreign).toEqual([])
  })

  test('nothing is in the schema public', async () => {
    const found = await names(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace
      union all
      select proname from pg_proc where pronamespace = 'public'::regnamespace`,
    )
    expect(found).toEqual([])
  })
})

describe('the file of', () => {
  const folder = join(projectFolder, 'views/ops')
  const functions = readdirSync(folder)
    .map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }))
    .flatMap(({ file, text }) =>
      [
        ...text.matchAll(
          /create (?:or replace )?function (\S+?)\(.*?(?:\bas \$|\breturn\b|\bbegin atomic\b)/gs,
        ),
      ].map(([statement, name]) => ({ file, name: name!, statement })),
    )

  test('every function is found here', async () => {
    const made = await names(
      `select distinct proname as name from pg_proc where pronamespace = 'ops'::regnamespace and proname <> 'now' order by 1`,
    )
    expect(functions.map(({ name }) => name.replace('ops.', '')).sort()).toEqual(made)
  })

  test.each(functions)('$name says how volatile it is', ({ statement }) => {
    expect(statement).toMatch(/^language \w+ (volatile|stable|immutable)\b/m)
  })
})

describe('a second time', () => {
  test.each(['migrate', 'apply', 'up'])('sluice %s changes nothing', async (command) => {
    const before = await fingerprint(owner)
    const output = await sluiceOk([command], { DATABASE_URL: database.url() })
    expect(output).toMatch(/^Nothing to do: .*\n$/)
    expect(await fingerprint(owner)).toEqual(before)
  })
})
