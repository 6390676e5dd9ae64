import { beforeEach, expect, test } from 'vitest'
import { storeEvents, tick } from './bronzeRows.ts'
import { actions, newProject, view, type Project } from './project.ts'

const inner = (result: string, comment = '') => `-- Doubles.
-- kind: routine
create or replace function silver.doubled(p int) returns int language sql immutable return ${result};
${comment}`
const outer = `-- Doubles, and adds.
-- kind: routine
create or replace function silver.raised(p int) returns int language sql immutable return silver.doubled(p) + 1;
`
const sales = `-- Sales.
-- kind: event
-- time: sold_at
select silver.raised((payload ->> 'n')::int) as amount, kafka_at as sold_at
from bronze.sales
`
const total = `-- Total.
-- kind: incremental
-- grain: day_at
select date_trunc('day', sold_at) as day_at, sum(amount) as amount
from silver.sales
group by 1
`

let project: Project
beforeEach(async () => {
  project = await newProject({
    'shop/sources.sql': `-- Topics.\nselect ops.add_source('sales');\n`,
    'shop/silver/doubled.sql': inner('p * 2'),
    'shop/silver/raised.sql': outer,
    'shop/silver/sales.sql': sales,
    'shop/silver/other.sql': sales.replace('silver.raised', ''),
    'shop/gold/total.sql': total,
    'shop/gold/top.sql': view('select amount from gold.total'),
  })
  await project.apply()
  await storeEvents(
    project.owner,
    'sales',
    [1, 2].map((n) => ({ payload: { n } })),
  )
  await tick(project.owner)
})

const shown = () => project.rows('select amount::int from gold.top')

test('a changed function has the tables of the models that call it made anew, and what reads those', async () => {
  expect(await shown()).toEqual([{ amount: 8 }])
  project.write({ 'shop/silver/doubled.sql': inner('p * 20') })
  const changes = await project.apply()
  expect(actions(changes)).toEqual([
    'replace silver.doubled',
    'rebuild silver.sales',
    'rebuild gold.total',
  ])
  expect(changes[1]!.reason).toBe('silver.raised, which it calls, changed')
  expect(await shown()).toEqual([{ amount: 62 }])
})

test('a function that is written in another way changes no table', async () => {
  project.write({ 'shop/silver/doubled.sql': inner('p*2', '-- twice as much\n') })
  expect(actions(await project.apply())).toEqual(['replace silver.doubled'])
})
