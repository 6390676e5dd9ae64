import { beforeAll, expect, test } from 'vitest'
import { sortModels } from '../../models/graph.ts'
import type { Problem } from '../../models/problems.ts'
import { readViews } from '../../models/readViews.ts'
import { loadParser } from '../../models/structure.ts'
import { view, viewsFolder } from './project.ts'

beforeAll(loadParser)

async function sorted(files: Record<string, string>) {
  const problems: Problem[] = []
  const models = sortModels(await readViews([viewsFolder(files)], problems), problems)
  return { names: models.map((model) => model.name), messages: problems.map((p) => p.message) }
}

test('each model comes after what it reads, whatever the names', async () => {
  const { names, messages } = await sorted({
    'shop/gold/a.sql': view('select * from gold.b join silver.z using (x)'),
    'shop/gold/b.sql': view('select * from silver.z'),
    'shop/silver/z.sql': view('select 1 as x'),
  })
  expect(messages).toEqual([])
  expect(names).toEqual(['silver.z', 'gold.b', 'gold.a'])
})

test('sources come before routines, and routines before relations', async () => {
  const { names } = await sorted({
    'shop/gold/a.sql': view('select 1 as x'),
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('x');\n`,
    'shop/silver/z.sql':
      '-- F.\n-- kind: routine\ncreate function silver.z() returns int language sql return 1',
  })
  expect(names).toEqual(['shop.sources', 'silver.z', 'gold.a'])
})

test('a relation comes after the function that it calls, and that after what its body reads', async () => {
  const { names } = await sorted({
    'shop/gold/a.sql': view('select gold.m() as x'),
    'shop/gold/m_file.sql':
      '-- F.\n-- kind: routine\ncreate function gold.m() returns bigint language sql stable\nbegin atomic; select count(*) from gold.z; end',
    'shop/gold/z.sql': view('select 1 as x'),
  })
  expect(names).toEqual(['gold.z', 'gold.m_file', 'gold.a'])
})

test('a model that reads itself is a cycle of one', async () => {
  const { messages } = await sorted({
    'shop/gold/a.sql': view('select * from gold.a'),
  })
  expect(messages).toEqual(['Models read each other in a cycle: gold.a → gold.a'])
})

test('a cycle is told once, with its path', async () => {
  const { messages } = await sorted({
    'shop/gold/a.sql': view('select * from gold.b'),
    'shop/gold/b.sql': view('select * from gold.c'),
    'shop/gold/c.sql': view('select * from gold.a'),
    'shop/gold/d.sql': view('select * from gold.a'),
  })
  expect(messages).toEqual(['Models read each other in a cycle: gold.a → gold.b → gold.c → gold.a'])
})
