import { expect, test } from 'vitest'
import { newProject, view } from './project.ts'

const people = `select 'Ada' as name, 'ada@example.org' as email, '10.0.0.1' as ip`

test('private columns are hidden from grafana_reader, and from nobody else', async () => {
  const project = await newProject({
    'shop/gold/people.sql': view(people, '-- private: email, ip\n'),
  })
  await project.apply()
  const grafana = await project.database.client('grafana_reader')
  expect((await grafana.query('select name from gold.people')).rows).toEqual([{ name: 'Ada' }])
  for (const hidden of ['email', 'ip', '*']) {
    const asking = grafana.query(`select ${hidden} from gold.people`)
    await expect(asking, hidden).rejects.toMatchObject({ code: '42501' })
  }
  const analyst = await project.database.client('analyst')
  expect((await analyst.query('select email from gold.people')).rows).toHaveLength(1)
})

test('a column that becomes private is hidden at once, and shown when it is public again', async () => {
  const project = await newProject({ 'shop/gold/people.sql': view(people) })
  const grafana = await project.database.client('grafana_reader')
  await project.apply()
  expect((await grafana.query('select email from gold.people')).rows).toHaveLength(1)
  project.write({ 'shop/gold/people.sql': view(people, '-- private: email\n') })
  await project.apply()
  const asking = grafana.query('select email from gold.people')
  await expect(asking).rejects.toMatchObject({ code: '42501' })
  project.write({ 'shop/gold/people.sql': view(people) })
  await project.apply()
  expect((await grafana.query('select email from gold.people')).rows).toHaveLength(1)
})

test('a private column of a model does not reach grafana_reader through a model above it by itself', async () => {
  const project = await newProject({
    'shop/silver/people.sql': view(people, '-- private: email\n'),
    'shop/gold/names.sql': view('select name, email from silver.people', '-- private: email\n'),
  })
  await project.apply()
  const grafana = await project.database.client('grafana_reader')
  expect((await grafana.query('select name from gold.names')).rows).toHaveLength(1)
  const asking = grafana.query('select email from gold.names')
  await expect(asking).rejects.toMatchObject({ code: '42501' })
})

test('columns may have names that need quotes', async () => {
  const header = '-- private: Größe, select\n'
  const project = await newProject({
    'shop/gold/odd.sql': view('select 1 as "Größe", 2 as "select", 3 as "Ok"', header),
  })
  await project.apply()
  const grafana = await project.database.client('grafana_reader')
  expect((await grafana.query('select "Ok" from gold.odd')).rows).toEqual([{ Ok: 3 }])
  await expect(grafana.query('select "Größe" from gold.odd')).rejects.toMatchObject({
    code: '42501',
  })
})
