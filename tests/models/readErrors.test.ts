// What is wrong with an event when the errors of a model are of other classes than those of data.
import { beforeEach, expect, test } from 'vitest'
import { verifyModels } from '../../models/verify.ts'
import { lettersOf, storeEvents, tick } from './bronzeRows.ts'
import { newProject, type Project } from './project.ts'

const model = (kind: string, column: string) =>
  `-- Rows.\n-- kind: ${kind}\n-- ${kind === 'event' ? 'time: at' : 'key: id'}\nselect payload ->> 'id' as id, ${column} as x, kafka_at as at from bronze.e\n`

const sources = { 'lab/sources.sql': `-- Topics.\nselect ops.add_source('e');\n` }

let project: Project
beforeEach(async () => {
  project = await newProject(sources)
})

async function store(...payloads: object[]): Promise<void> {
  await storeEvents(
    project.owner,
    'e',
    payloads.map((payload) => ({ payload })),
  )
  await tick(project.owner)
}

const ids = async (name: string) =>
  (await project.rows(`select id from silver.${name} order by id`)).map(({ id }) => id)
const errors = () => project.rows('select model, error from ops.lagging_models')

test('a cast that fails with an error of syntax, or of what is not supported, makes a dead letter', async () => {
  project.write({
    'lab/silver/searches.sql': model('event', `(payload ->> 'search')::tsquery::text`),
    'lab/silver/paths.sql': model('entity', `(payload ->> 'path')::jsonpath::text`),
    'lab/silver/units.sql': model('event', `date_trunc(payload ->> 'unit', kafka_at, 'UTC')`),
  })
  await project.apply()
  const good = { search: 'a & b', path: '$.a', unit: 'hour' }
  const bad = { id: 'bad', search: 'a & & b', path: '$.a..', unit: 'timezone' }
  await store(bad)
  await store({ id: 'a', ...good }, bad, { id: 'b', ...good })
  expect(await errors()).toEqual([])
  for (const [name, code] of [
    ['searches', '42601'],
    ['paths', '42601'],
    ['units', '0A000'],
  ] as const) {
    expect(await ids(name)).toEqual(['a', 'b'])
    expect(await lettersOf(project.owner, `silver.${name}`)).toEqual([`0/0 ${code}`, `0/2 ${code}`])
  }
  const verdicts = await verifyModels(project.owner, [])
  expect(verdicts.map(({ outcome }) => outcome)).toEqual(['equal', 'equal', 'equal'])
})

test('what a model lacks is no fault of an event', async () => {
  await project.rows(`create schema lab;
    create type lab.kind as enum ('a');
    create function lab.inner(p text) returns text language sql immutable return p;
    create function lab.outer(p text) returns text language plpgsql immutable as $$ begin return lab.inner(p); end $$`)
  project.write({
    'lab/silver/typed.sql': model('event', `(payload ->> 'id')::lab.kind::text`),
    'lab/silver/called.sql': model('event', `lab.outer(payload ->> 'id')`),
  })
  await project.apply()
  await store({ id: 'a' })
  await project.rows('drop function lab.inner; drop type lab.kind')
  await storeEvents(project.owner, 'e', [{ payload: { id: 'a' } }, { payload: { id: 'a' } }])
  // a session that has seen neither
  await tick(await project.database.client())
  expect(await project.rows('select stage from ops.dead_letters')).toEqual([])
  expect(await errors()).toMatchObject([
    { model: 'silver.called', error: expect.stringContaining('(42883)') as string },
    { model: 'silver.typed', error: expect.stringContaining('(42704)') as string },
  ])
})

test('without the right to temporary objects models are applied, and a bad event is one dead letter', async () => {
  const tests = await project.database.client('sluice_tests')
  await tests.query(`revoke temporary on database ${project.database.name} from public`)
  project.write({
    'lab/silver/numbers.sql': model('event', `(payload ->> 'n')::int`),
    'lab/silver/newest.sql': model('entity', `10 / (payload ->> 'n')::int`),
  })
  await project.apply()
  await store({ id: 'a', n: 1 })
  await store({ id: 'b', n: 2 }, { id: 'bad', n: 'none' }, { id: 'c', n: 3 }, { id: 'd', n: 4 })
  await store({ id: 'bad', n: 'none' })
  expect(await errors()).toEqual([])
  for (const name of ['numbers', 'newest']) {
    expect(await ids(name)).toEqual(['a', 'b', 'c', 'd'])
    expect(await lettersOf(project.owner, `silver.${name}`)).toEqual(['0/2 22P02', '0/5 22P02'])
  }
})
