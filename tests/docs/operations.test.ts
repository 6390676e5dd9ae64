// docs/operations.md: what it asks of models can be asked, by people and by Grafana's role where it may.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectFolder } from '../../cli/projectFolder.ts'
import { storeEvents, tick } from '../models/bronzeRows.ts'
import { moneyProject, payments } from '../ticks/money.ts'

const page = readFileSync(join(projectFolder, 'docs/operations.md'), 'utf8')
const section = page.split('\n## ').find((part) => part.startsWith('Models in tables'))!

test('what is behind and what models cost is told by the statements of the page', async () => {
  const project = await moneyProject()
  await tick(project.owner)
  await storeEvents(project.owner, 'cards', payments(0, 10))
  const [statements] = [...section.matchAll(/```sql\n([\s\S]*?)```/g)].map((match) => match[1]!)
  const [behind, costs] = statements!.split(/;\n/)
  const analyst = await project.database.client('analyst')
  expect((await analyst.query(behind!)).rows.map((row: { model: string }) => row.model)).toEqual(
    expect.arrayContaining(['silver.card_payments', 'silver.payments']),
  )
  await tick(project.owner)
  expect((await analyst.query(behind!)).rows).toEqual([])
  expect((await analyst.query(costs!)).rows).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ model: 'silver.card_payments', runs: '1', rows: '10' }),
    ]),
  )
})

test('every problem that ops.health can name is on the page', () => {
  const views = ['health', 'file_problems', 'model_problems', 'tick_problems'].map((view) =>
    readFileSync(join(projectFolder, `views/ops/${view}.sql`), 'utf8'),
  )
  const problems = [...views.join('').matchAll(/^ {2}'([a-z ]+)'(?: as problem)?,$/gm)]
    .map((match) => match[1]!)
    .filter((name) => !['error', 'warning'].includes(name))
  expect(problems).toHaveLength(15)
  expect(problems.filter((problem) => !page.includes(`| \`${problem}\``))).toEqual([])
})
