import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from '../../cli/config.ts'
import { projectFolder } from '../../cli/projectFolder.ts'
import { actions, newProject, view, viewsFolder } from './project.ts'

const engine = join(projectFolder, 'views/ops')

test('SLUICE_VIEWS names folders instead of views/, after those of the engine', () => {
  const given = readConfig({ DATABASE_URL: 'postgres://x/y', SLUICE_VIEWS: '/one: /two:' })
  expect(given.viewFolders).toEqual([engine, '/one', '/two'])
  expect(readConfig({ DATABASE_URL: 'postgres://x/y' }).viewFolders).toEqual([
    join(projectFolder, 'views'),
  ])
})

test('models of two folders are one graph', async () => {
  const project = await newProject()
  const one = viewsFolder({ 'a/gold/top.sql': view('select x from silver.base') })
  const two = viewsFolder({ 'b/silver/base.sql': view('select 1 as x') })
  const changes = await project.apply({ folders: [one, two] })
  expect(actions(changes)).toEqual(['create silver.base', 'create gold.top'])
})

test('a folder that is left out takes its models with it only when pruned', async () => {
  const project = await newProject()
  const one = viewsFolder({ 'a/gold/one.sql': view('select 1 as x') })
  const two = viewsFolder({ 'b/gold/two.sql': view('select 1 as x') })
  await project.apply({ folders: [one, two] })
  expect(actions(await project.apply({ folders: [one] }))).toEqual(['gone gold.two'])
})

test('the same object in two folders is refused, with both files named', async () => {
  const project = await newProject()
  const folders = [1, 2].map(() => viewsFolder({ 'a/gold/one.sql': view('select 1 as x') }))
  const message = await project.complaint({ folders })
  expect(message).toContain(`${folders[1]}/a/gold/one.sql:1:1: gold.one is made by ${folders[0]}/`)
})

test("a user's folder with ops/ in it is refused", async () => {
  const project = await newProject({ 'ops/lag.sql': view('select 1 as x') })
  expect(await project.complaint()).toContain("ops/lag.sql:1:1: Schema ops is the engine's own\n")
})

test("a user's folder may itself be named ops", async () => {
  const project = await newProject()
  const folder = viewsFolder({ 'ops/shop/gold/one.sql': view('select 1 as x') })
  const changes = await project.apply({ folders: [join(folder, 'ops')] })
  expect(actions(changes)).toEqual(['create gold.one'])
})

test('a folder may be that of one domain, with its sources, or with silver or gold alone', async () => {
  const project = await newProject()
  const views = viewsFolder({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('sales');\n`,
    'shop/silver/base.sql': view('select 1 as x'),
    'mine/gold/top.sql': view('select x from silver.base'),
    'other/gold/left_out.sql': view('select 1 as x'),
  })
  const folders = ['shop', 'mine'].map((domain) => join(views, domain))
  const changes = await project.apply({ folders })
  expect(actions(changes)).toEqual(['create shop.sources', 'create silver.base', 'create gold.top'])
})

test('a folder that does not exist is named, and so is a file given as folder', async () => {
  const project = await newProject({ 'shop/gold/one.sql': view('select 1 as x') })
  expect(await project.complaint({ folders: ['/nowhere/views'] })).toBe(
    'The folder of views /nowhere/views does not exist. SLUICE_VIEWS names one or more folders with ":" between them.',
  )
  const file = join(project.folder, 'shop/gold/one.sql')
  expect(await project.complaint({ folders: [file] })).toContain('does not exist')
})

test('files that are no SQL are left alone', async () => {
  const project = await newProject({
    'README.md': '# Ours',
    'shop/gold/one.sql': view('select 1 as x'),
  })
  expect(actions(await project.apply())).toEqual(['create gold.one'])
})
